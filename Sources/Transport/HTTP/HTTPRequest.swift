/// One HTTP request, whole in memory.
package struct HTTPRequest: Sendable {
    package var method: String
    /// Absolute, `http` or `https`.
    package var url: String
    /// In this order; a name may repeat. Values may be secret: they never stand in an error or a log.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]
    /// For the whole exchange, from the moment it leaves the queue.
    package var timeout: Duration
    /// For name resolution, TCP and TLS together.
    package var connectTimeout: Duration
    /// A longer response body is an error; what came is thrown away.
    package var bodyOctetsMax: Int

    /// Enough for the listing of a zone of some 100,000 records. Ours to choose.
    package static let bodyOctetsMaxDefault = 32 << 20

    package init(
        _ method: String, _ url: String, headers: [(name: String, value: String)] = [], body: [UInt8] = [],
        timeout: Duration = .seconds(30), connectTimeout: Duration = .seconds(10),
        bodyOctetsMax: Int = Self.bodyOctetsMaxDefault
    ) {
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.timeout = timeout
        self.connectTimeout = connectTimeout
        self.bodyOctetsMax = bodyOctetsMax
    }
}
