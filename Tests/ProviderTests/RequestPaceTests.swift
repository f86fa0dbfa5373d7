import Testing

@testable import DNSProviders

/// A server some way off, by a clock of its own: how many writes it carried out and refused, and when.
private struct Simulation {
    var window: RequestWindow
    /// There and back.
    let roundTrip: Duration
    /// A write that arrives while another is carried out, which takes this long, is refused.
    let busy: Duration
    private(set) var now = Duration.zero
    private(set) var starts: [Duration] = []
    private(set) var done = 0
    private(set) var refused = 0
    private var free = Duration.zero
    private var underWay: [(endsAt: Duration, turn: RequestWindow.Turn, isRefused: Bool)] = []

    init(max: Int, roundTrip: Duration, busy: Duration = .zero) {
        window = RequestWindow(max: max)
        self.roundTrip = roundTrip
        self.busy = busy
        window.observe(roundTrip: roundTrip + busy)
    }

    mutating func run(for time: Duration) {
        let end = now + time
        while now < end {
            var wake = end
            starting: while true {
                switch window.next(at: now) {
                case .start(let turn):
                    starts.append(now)
                    let isRefused = now < free
                    if !isRefused { free = now + busy }
                    underWay.append((now + roundTrip + (isRefused ? .zero : busy), turn, isRefused))
                case .wait(let time):
                    wake = min(wake, now + time)
                    break starting
                case .full: break starting
                }
            }
            if let next = underWay.map(\.endsAt).min() { wake = min(wake, next) }
            now = wake
            for (_, turn, isRefused) in underWay.filter({ $0.endsAt <= now }) {
                window.end(turn, isRefused ? .overloaded : .done, at: now)
                if isRefused { refused += 1 } else { done += 1 }
            }
            underWay.removeAll { $0.endsAt <= now }
        }
    }
}

@Suite("When the next write may start") struct RequestPaceTests {
    @Test func oneAloneFindsOutHowFarTheServerIs() {
        var window = RequestWindow(max: 8)
        guard case .start(let first) = window.next(at: .zero) else { return #expect(Bool(false)) }
        #expect(window.next(at: .milliseconds(40)) == .full)
        window.end(first, .done, at: .milliseconds(50))
        // A window of five, spread over four fifths of 50 ms.
        guard case .start = window.next(at: .milliseconds(50)) else { return #expect(Bool(false)) }
        // Two of the eight milliseconds that each has are lateness made up for.
        #expect(window.next(at: .milliseconds(50)) == .wait(.milliseconds(6)))
        #expect(window.next(at: .milliseconds(55)) == .wait(.milliseconds(1)))
    }

    @Test func theWindowDoublesWithEachRoundTripUpToItsBound() {
        var far = Simulation(max: 32, roundTrip: .milliseconds(50))
        var counts: [Int] = []
        for _ in 0..<6 {
            let before = far.starts.count
            far.run(for: .milliseconds(50))
            counts.append(far.starts.count - before)
        }
        #expect(counts[0] == 4)
        #expect(counts[1] >= 6 && counts[1] <= 8, "\(counts)")
        #expect(counts[2] >= 10 && counts[2] <= 16, "\(counts)")
        #expect(counts.last! >= 28 && counts.allSatisfy { $0 <= 33 }, "\(counts)")
        #expect(far.refused == 0)
    }

    @Test func writesLeaveOneAfterAnother() {
        var far = Simulation(max: 4, roundTrip: .milliseconds(40))
        far.run(for: .milliseconds(400))
        let gaps = zip(far.starts, far.starts.dropFirst()).map { $1 - $0 }
        // Less than the even tenth of a millisecond only where lateness is made up for.
        #expect(gaps.allSatisfy { $0 >= .milliseconds(6) }, "\(gaps)")
    }

    /// What SQLite behind PowerDNS does: one at a time, and far away it still gets most of what it can take.
    @Test func aServerThatTakesOneAtATimeIsKeptBusyAndRarelyRefuses() {
        var far = Simulation(max: 32, roundTrip: .milliseconds(50), busy: .milliseconds(2))
        far.run(for: .seconds(4))
        // 500 a second are what it can take at the very most.
        #expect(far.done >= 800, "\(far.done) done, \(far.refused) refused")
        #expect(far.refused * 4 < far.done, "\(far.done) done, \(far.refused) refused")

        var near = Simulation(max: 32, roundTrip: .milliseconds(1), busy: .milliseconds(2))
        near.run(for: .seconds(4))
        #expect(near.done >= 1_000, "\(near.done) done, \(near.refused) refused")
        #expect(near.refused * 8 < near.done, "\(near.done) done, \(near.refused) refused")
    }

    @Test func aCrowdThatFailsTogetherShrinksTheWindowOnce() {
        var window = RequestWindow(max: 16)
        window.observe(roundTrip: .milliseconds(16))
        var now = Duration.zero
        func start() -> RequestWindow.Turn {
            while true {
                switch window.next(at: now) {
                case .start(let turn): return turn
                case .wait(let time): now += time
                case .full: preconditionFailure("the window is full at \(window.size)")
                }
            }
        }
        for _ in 0..<12 { window.end(start(), .done, at: now) }
        #expect(window.size == 16)
        let crowd = (0..<8).map { _ in start() }
        for turn in crowd { window.end(turn, .overloaded, at: now) }
        #expect(window.size == 8)
        window.end(start(), .overloaded, at: now)
        #expect(window.size == 6.4)
        window.end(start(), .unused, at: now)
        #expect(window.size == 6.4)
        for _ in 0..<40 { window.end(start(), .overloaded, at: now) }
        #expect(window.size == 1)
        // One is still tried, and finds its way up again.
        for _ in 0..<60 { window.end(start(), .done, at: now) }
        #expect(window.size > 3)
    }

    @Test func whoHasWaitedOnceComesFirst() async {
        let pace = RequestPace(max: 1)
        let first = await pace.start()
        let order = Order()
        let late = Task { await order.take("late", pace, isUrgent: false) }
        while await order.asked < 1 { await Task.yield() }
        let early = Task { await order.take("early", pace, isUrgent: true) }
        while await order.asked < 2 { await Task.yield() }
        // Both have asked the pace for a turn by now: an actor takes its callers one after another.
        for _ in 0..<20 { await pace.observe(roundTrip: .milliseconds(1)) }
        await pace.end(first, .unused)
        await late.value
        await early.value
        #expect(await order.names == ["early", "late"])
    }
}

private actor Order {
    private(set) var names: [String] = []
    private(set) var asked = 0

    func take(_ name: String, _ pace: RequestPace, isUrgent: Bool) async {
        asked += 1
        let turn = await pace.start(isUrgent: isUrgent)
        names.append(name)
        await pace.end(turn, .unused)
    }
}
