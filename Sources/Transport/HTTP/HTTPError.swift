/// Why no response came. The message holds no header, body, query or credential.
package struct HTTPError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case couldNotResolve
        case couldNotConnect
        /// The handshake or the certificate.
        case tls
        case timedOut
        /// The connection ended before the response did.
        case connectionLost
        /// The response's body or header passed its limit.
        case tooLarge
        /// Not an absolute http or https URL, or a header or method with octets that may not stand there.
        case invalidRequest
        /// The caller's task was cancelled, or the client closed.
        case cancelled
        case other
    }

    package let code: Code
    /// One sentence for a reader.
    package let message: String
    /// Whether the server may have acted on the request: all of it had gone out, or that cannot be ruled out.
    package let mayHaveArrived: Bool

    package init(_ code: Code, _ message: String, mayHaveArrived: Bool = false) {
        self.code = code
        self.message = message
        self.mayHaveArrived = mayHaveArrived
    }

    package var description: String { message }

    /// Whether the same request may do better later.
    package var isTransient: Bool {
        switch code {
        case .couldNotResolve, .couldNotConnect, .timedOut, .connectionLost: true
        case .tls, .tooLarge, .invalidRequest, .cancelled, .other: false
        }
    }
}
