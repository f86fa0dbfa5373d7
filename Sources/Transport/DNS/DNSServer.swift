import DNS

/// What the engine knows of one server: who waits for it, what is in flight, how much it seems to bear.
final class DNSServer {
    let address: ServerAddress
    private let windowMax: Int

    /// Batches with questions not yet asked, in turn: each with the indices of this server's questions.
    private var waiting: FirstInFirstOut<(batch: DNSBatch, indices: [Int32], next: Int)> = .init()
    private var retries: FirstInFirstOut<DNSQuery> = .init()
    var streamQueries: FirstInFirstOut<DNSQuery> = .init()

    var channels: [UDPChannel] = []
    var streams: [TCPChannel] = []
    var inFlight = 0
    /// Until when it is asked without EDNS: it has refused a question with it, and answered the same one without.
    private var refusesExtensionsUntil: ContinuousClock.Instant?
    var isReady = false

    /// How many questions it may have at once: halved on loss, at most once a time-out; grown back a little for each
    /// window of answers.
    private(set) var window: Int
    private var answersSinceGrowth = 0
    private var lastShrink: ContinuousClock.Instant?
    private var answersSinceBusy = 0
    /// Questions in a row that ran out of tries, nothing having come from the server between them.
    private(set) var unanswered = 0
    /// The same, of TCP alone.
    var streamUnanswered = 0

    init(_ address: ServerAddress, windowMax: Int) {
        self.address = address
        self.windowMax = windowMax
        window = windowMax
    }

    var hasWaiting: Bool { !waiting.isEmpty || !retries.isEmpty }
    var isIdle: Bool { !hasWaiting && inFlight == 0 && streamQueries.isEmpty && streams.allSatisfy(\.slots.isEmpty) }
    var hasRoom: Bool { inFlight < window }

    func enqueue(_ batch: DNSBatch, _ indices: [Int32]) { waiting.append((batch, indices, 0)) }

    func enqueue(retry query: DNSQuery) { retries.append(query) }

    /// The next question to ask: what is asked again first, then one of each batch in turn.
    func next() -> DNSQuery? {
        while let query = retries.popFirst() {
            if !query.batch.isOver { return query }
        }
        while var entry = waiting.popFirst() {
            if entry.batch.isOver { continue }
            let index = Int(entry.indices[entry.next])
            entry.next += 1
            if entry.next < entry.indices.count { waiting.append(entry) }
            return DNSQuery(batch: entry.batch, index: index)
        }
        return nil
    }

    func takesExtensions(_ query: DNSQuery, now: ContinuousClock.Instant) -> Bool {
        !query.isWithoutExtensions && refusesExtensionsUntil.map { $0 <= now } ?? true
    }

    func noteRefusedExtensions(until time: ContinuousClock.Instant) { refusesExtensionsUntil = time }

    func noteAnswer() {
        unanswered = 0
        answersSinceBusy += 1
        answersSinceGrowth += 1
        if answersSinceGrowth >= window {
            answersSinceGrowth = 0
            window = min(window + 8, windowMax)
        }
    }

    /// A silent server is no overloaded one: only where answers came does silence mean loss.
    func noteLoss(now: ContinuousClock.Instant, timeout: Duration) {
        guard answersSinceBusy > 0, lastShrink.map({ now - $0 >= timeout }) ?? true else { return }
        lastShrink = now
        window = max(window / 2, min(DNSLimits.inFlightPerServerMin, windowMax))
    }

    func noteUnanswered() { unanswered += 1 }

    func noteIdle() {
        answersSinceBusy = 0
        unanswered = 0
        streamUnanswered = 0
    }
}
