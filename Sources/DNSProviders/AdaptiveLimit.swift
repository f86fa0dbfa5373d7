/// How many writes are under way at once, found out by trying: one more after each that succeeds, half as many when a
/// server says that it could not keep up (the way of TCP's congestion control, RFC 5681 §3.1).
///
/// PowerDNS on SQLite answers 500 to whichever of two writes came second, and gains nothing from a second one; on
/// PostgreSQL, or far away, it takes many. Neither can be asked beforehand.
actor AdaptiveLimit {
    private let limitMax: Double
    private var limit = 1.0
    private var hasFailed = false
    /// Grows with each halving. Writes that started before it met the same crowd, and say nothing new by failing too.
    private var round = 0
    private var underWay = 0
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// - Parameter limitMax: never more than this at once; at least 1.
    init(max limitMax: Int) { self.limitMax = Double(limitMax) }

    /// Returns once another may start, with what `leave` is to be told; each must be followed by one `leave`.
    func enter() async -> Int {
        if underWay < Int(limit) {
            underWay += 1
        } else {
            await withCheckedContinuation { waiting.append($0) }
        }
        return round
    }

    /// - Parameter isOverloaded: the server failed in a way that fewer at once may help against.
    func leave(_ entered: Int, isOverloaded: Bool) {
        underWay -= 1
        if isOverloaded {
            if entered == round {
                limit = max(1, limit / 2)
                round += 1
            }
            hasFailed = true
        } else {
            // Doubling with each round trip until the first failure, then one more with each.
            limit = min(limitMax, limit + (hasFailed ? 1 / limit / Self.successesPerStep : 1))
        }
        while underWay < Int(limit), !waiting.isEmpty {
            underWay += 1
            waiting.removeFirst().resume()
        }
    }

    /// After a failure, this many round trips without one are wanted before another write is tried beside the others.
    private static let successesPerStep = 8.0
}
