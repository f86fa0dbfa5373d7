/// What a server answered, whatever its status: a 500 is a response, not an error.
package struct HTTPResponse: Sendable {
    package var status: Int
    /// In the order of arrival, names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
    }

    /// The first header of a name, which is given in lower case.
    package func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value
    }

    /// Whether the same request may do better later: 408, 425, 429, and 5xx but for 501 and 505 (RFC 9110 §15).
    package var isTransient: Bool {
        switch status {
        case 408, 425, 429: true
        case 501, 505: false
        default: (500...599).contains(status)
        }
    }

    /// How long the server asks to wait (RFC 9110 §10.2.3); nil if it does not say, or not legibly.
    package func retryAfter(unixSeconds now: Int64) -> Duration? {
        header("retry-after").flatMap { HTTPDate.delay(retryAfter: $0, unixSeconds: now) }
    }
}
