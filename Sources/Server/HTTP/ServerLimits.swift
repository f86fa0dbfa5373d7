/// The server's bounds, each with its reason. A request beyond one is answered with its name (docs/api.md).
enum ServerLimits {
    /// A request's line and one field; browsers and proxies stay below 8 KiB.
    static let headerFieldOctetsMax = 8 << 10
    /// All fields together.
    static let headerOctetsMax = 32 << 10
    static let headerFieldsMax = 100
    /// Bodies that carry a message: 25 MiB of attachments, which is what Gmail takes, in base64, and the text.
    static let messageBodyOctetsMax = 36 << 20
    /// All other bodies.
    static let bodyOctetsMax = 64 << 10
    /// Bodies that show no token: a form with one, to sign in.
    static let anonymousBodyOctetsMax = 4 << 10
    /// All of those at once: one from each connection, so that nobody can hold the room of others.
    static let anonymousBodiesOctetsMax = connectionsMax * anonymousBodyOctetsMax
    /// Bodies that are held in memory at once, of all tokens together.
    static let bodiesInFlightOctetsMax = 256 << 20
    /// Of these, what one token's requests may hold: whoever sends slowly leaves room for others.
    static let bodiesOfOneTokenOctetsMax = bodiesInFlightOctetsMax / 2
    /// From a request's header to its last octet, and for the client to take what it is being sent: a slower one is cut off.
    static let requestTime = Duration.seconds(60)
    /// A connection on which nothing is asked, or the header of a request has not come whole.
    static let idleTime = Duration.seconds(60)
    /// Connections at once; more wait in the listening queue.
    static let connectionsMax = 4096
    /// After the signal to stop: answers that are not out by then are cut off. What they are about is in the outbox.
    static let stopTime = Duration.seconds(30)
    /// For the cut to take effect; then the process ends.
    static let stopMargin = Duration.seconds(2)
    /// How often the manifest is looked at, and the outbox worked on.
    static let workInterval = Duration.seconds(2)
    /// Invalid tokens from one address within the window, before it is told to wait.
    static let tokenFailuresMax = 20
    static let tokenFailureWindow = Duration.seconds(60)
    /// Requests without a token for public keys, from one address within a minute.
    static let publicRequestsMax = 600
    static let publicRequestWindow = Duration.seconds(60)
    /// Rows of one page, and what a page has where none is asked for.
    static let pageMax = 200
    static let pageDefault = 50
    /// Who is signed in to the web page: a working day, or half an hour without a request.
    static let sessionTime = Duration.seconds(8 * 3600)
    static let sessionIdleTime = Duration.seconds(1800)
    /// Signed in at once, far above the approvers that a house has.
    static let sessionsMax = 1000
    /// Text of one message that a page shows: what is longer is looked at by the command line, and approved there.
    static let shownTextOctetsMax = 1 << 20
}
