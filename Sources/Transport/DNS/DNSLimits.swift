import DNS

/// The bounds of asking; each is ours to choose unless a source stands beside it.
package struct DNSLimits: Sendable, Equatable {
    /// How long one try waits for its answer.
    package var timeout: Duration
    /// How many tries a question gets, on UDP and then on TCP where that is needed; 1 to 10.
    package var attempts: Int
    /// What one server may owe us answers to at once. A server's receive buffer (Linux: 212,992 octets by default)
    /// holds some 270 small datagrams: more than that in flight and it drops what it was sent.
    package var inFlightPerServerMax: Int
    package var inFlightMax: Int
    /// How long a server is asked without EDNS once it has shown that it knows none (RFC 6891 §7); it may learn.
    package var withoutExtensions: Duration

    /// The window does not shrink below this on loss: a server that limits its rate still gets asked.
    static let inFlightPerServerMin = 16
    /// So many questions in a row without any answer to any of their tries, and the rest for that server are given up.
    static let unansweredMax = 16
    /// Source ports open to one server at once (RFC 5452 §10: ports make a forged answer costly).
    static let socketsPerServerMax = 4
    /// All UDP sockets at once: well below the usual 1024 descriptors of a process.
    static let socketsMax = 256
    /// A socket closes after so many questions, and another random port takes its place.
    static let questionsPerSocketMax = 512
    static let connectionsPerServerMax = 2
    static let connectionsMax = 64
    /// Questions in flight on one connection (RFC 7766 §6.2.1.1 asks clients to pipeline).
    static let questionsPerConnectionMax = 32

    package init(
        timeout: Duration = .seconds(2), attempts: Int = 3, inFlightPerServerMax: Int = 128, inFlightMax: Int = 2048,
        withoutExtensions: Duration = .seconds(300)
    ) {
        self.timeout = timeout
        self.attempts = min(max(attempts, 1), 10)
        self.inFlightPerServerMax = max(inFlightPerServerMax, 1)
        self.inFlightMax = max(inFlightMax, 1)
        self.withoutExtensions = withoutExtensions
    }
}
