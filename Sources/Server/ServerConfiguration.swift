package import DNS
package import Operations

/// Where the server listens, and how.
package struct ServerConfiguration: Sendable {
    /// PEM, both of them.
    package struct Certificate: Sendable {
        package var chain: [UInt8]
        package var privateKey: [UInt8]

        package init(chain: [UInt8], privateKey: [UInt8]) {
            self.chain = chain
            self.privateKey = privateKey
        }
    }

    package var address: IPAddress
    /// 0: any that is free.
    package var port: UInt16
    /// nil: plain HTTP.
    package var certificate: Certificate?
    /// For a request to arrive, and for a client to take what it is being sent.
    package var requestTime = ServerLimits.requestTime
    /// For a connection on which nothing is asked.
    package var idleTime = ServerLimits.idleTime
    /// After how long others take this process for dead, and its messages over.
    package var leases = SendLeases()

    package init(address: IPAddress, port: UInt16, certificate: Certificate? = nil) {
        self.address = address
        self.port = port
        self.certificate = certificate
    }
}

/// Why the server is not there.
package struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The address is taken, or is not this machine's.
        case cannotListen
        /// The certificate or its key cannot be used.
        case certificate
        /// The token that was given is good for nothing.
        case token
        case other
    }

    package let code: Code
    /// One sentence for a reader, without anything of a key.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
