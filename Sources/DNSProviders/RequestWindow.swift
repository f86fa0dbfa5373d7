/// How many requests to one server may be under way at once, and when the next may start: found out by trying.
///
/// PowerDNS on SQLite answers 500 to whichever of two writes came second, and gains nothing from a second one; on
/// PostgreSQL, or far away, it takes many. It holds no more than ten connections that it has not accepted yet, and one
/// that finds no place there is lost for 200 ms and more. Neither can be asked beforehand, so a window of requests for
/// each round trip grows with each success and shrinks with each failure (the way of TCP's congestion control, RFC 5681
/// §3.1), and does not grow while answers take longer than the server can do: more would only wait there. Its requests
/// are spread evenly over the round trip, so that a server far away is reached by one after another, not by a crowd.
///
/// Pure: time goes in, what may be done comes out. `RequestPace` carries it out.
struct RequestWindow: Sendable {
    /// What a request that may start is given, and gives back at its end.
    struct Turn: Sendable, Equatable {
        fileprivate var round: Int
        fileprivate var startedAt: Duration
    }

    enum Next: Sendable, Equatable {
        case start(Turn)
        /// Nothing may start before this has passed.
        case wait(Duration)
        /// Nothing may start before a request has ended.
        case full
    }

    enum Outcome: Sendable, CaseIterable {
        case done
        /// The server failed in a way that fewer at once may help against.
        case overloaded
        /// Nothing was sent.
        case unused
    }

    /// A server near by says within milliseconds that this is too much, and one far away would cost whole round trips
    /// with less. RFC 6928 starts with ten.
    static let sizeFirst = 4.0
    /// What the first failure leaves of the window, since doubling may have overshot by as much.
    static let firstReduction = 0.5
    /// What a later failure leaves.
    static let reduction = 0.8
    /// What a success then adds at most, as a part of the window: with a window near one, one request in twelve fails.
    static let growth = 0.02
    /// An answer that takes this many times as long as the quickest has waited at the server.
    static let busyFactor = 2
    /// The window is spent in this part of the round trip, so that it is the window that bounds, not the timers.
    static let haste = 1.25
    /// Starts that a late timer delayed by up to this are made up for.
    static let slack = Duration.milliseconds(2)

    private let sizeMax: Double
    private(set) var size = Self.sizeFirst
    /// Smoothed as TCP's (RFC 6298 §2); nil before anything was measured.
    private var roundTrip: Duration?
    private var roundTripMin = Duration.seconds(3600)
    /// How often the window shrank. Requests that started before it did met the same crowd, and say nothing new by
    /// failing too.
    private var round = 0
    private var underWay = 0
    private var startNext: Duration?

    /// - Parameter sizeMax: never more than this at once; at least 1.
    init(max sizeMax: Int) {
        self.sizeMax = Double(sizeMax)
        size = min(size, self.sizeMax)
    }

    /// What a request of another kind to the same server took, until one of these has been measured.
    mutating func observe(roundTrip measured: Duration) {
        if roundTrip == nil { roundTrip = measured }
    }

    /// Asked when somebody wants to send. Times are those of a clock that never runs backwards.
    mutating func next(at now: Duration) -> Next {
        // Before anything is known of the server, one alone finds out.
        guard underWay < (roundTrip == nil ? 1 : Int(size)) else { return .full }
        // Where none is under way there is no crowd.
        if underWay > 0, let startNext, now < startNext { return .wait(startNext - now) }
        underWay += 1
        startNext = max(startNext ?? now, now - Self.slack) + (roundTrip ?? .zero) / (size * Self.haste)
        return .start(Turn(round: round, startedAt: now))
    }

    mutating func end(_ turn: Turn, _ outcome: Outcome, at now: Duration) {
        underWay -= 1
        switch outcome {
        case .done:
            let measured = now - turn.startedAt
            roundTrip = roundTrip.map { $0 * 7 / 8 + measured / 8 } ?? measured
            roundTripMin = min(roundTripMin, measured)
            guard measured <= roundTripMin * Self.busyFactor else { break }
            // Before the first failure the window doubles with each round trip; then it grows by one at most.
            size = min(sizeMax, size + (round == 0 ? 1 : min(1 / size, size * Self.growth)))
        case .overloaded where turn.round == round:
            size = max(1, size * (round == 0 ? Self.firstReduction : Self.reduction))
            round += 1
        case .overloaded, .unused:
            break
        }
    }
}
