/// Where messages are handed over, and how that place is spoken to.
package struct SMTPRelay: Sendable {
    package enum Security: Sendable, Equatable {
        /// TLS from the first octet (RFC 8314 §3.3).
        case implicit
        /// STARTTLS, or no session (RFC 3207).
        case startTLS
        /// No TLS. Only to this machine.
        case none
    }

    /// A name, or an address; IPv6 without brackets.
    package var host: String
    package var port: UInt16
    package var security: Security
    package var credentials: Credentials?
    /// What EHLO says (RFC 5321 §4.1.1.1); a host name.
    package var clientName: String
    /// A PEM file to trust in place of the system's.
    package var certificateAuthorities: String?

    package init(
        host: String, port: UInt16, security: Security, credentials: Credentials? = nil, clientName: String,
        certificateAuthorities: String? = nil
    ) {
        self.host = host
        self.port = port
        self.security = security
        self.credentials = credentials
        self.clientName = clientName
        self.certificateAuthorities = certificateAuthorities
    }

    /// From a manifest's URL: `smtps://host[:port]` or `smtp://host[:port]`; nil for anything else.
    ///
    /// - Parameter isPlain: no TLS, where the URL is `smtp` and the host is this machine.
    package init?(
        url: String, isPlain: Bool = false, credentials: Credentials? = nil, clientName: String,
        certificateAuthorities: String? = nil
    ) {
        guard let separator = url.firstRange(of: "://") else { return nil }
        let scheme = url[..<separator.lowerBound].lowercased()
        var host = url[separator.upperBound...]
        if host.hasSuffix("/") { host = host.dropLast() }
        var portText: Substring?
        if host.hasPrefix("[") {
            guard let close = host.lastIndex(of: "]") else { return nil }
            let rest = host[host.index(after: close)...]
            host = host[host.index(after: host.startIndex)..<close]
            guard rest.isEmpty || rest.hasPrefix(":") else { return nil }
            portText = rest.isEmpty ? nil : rest.dropFirst()
        } else if let colon = host.lastIndex(of: ":") {
            portText = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard scheme == "smtps" || scheme == "smtp", !host.isEmpty,
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"/?#@\\[]".utf8.contains($0) })
        else { return nil }
        // RFC 8314 §7.3 and RFC 6409 §3.1.
        var port: UInt16 = scheme == "smtps" ? 465 : 587
        if let portText {
            guard let number = UInt16(portText), number > 0 else { return nil }
            port = number
        }
        guard !isPlain || scheme == "smtp" && Self.isLoopback(String(host)) else { return nil }
        self.init(
            host: String(host), port: port, security: isPlain ? .none : scheme == "smtps" ? .implicit : .startTLS,
            credentials: credentials, clientName: clientName, certificateAuthorities: certificateAuthorities)
    }

    /// `localhost` (RFC 6761 §6.3), 127.0.0.0/8 or ::1.
    static func isLoopback(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }

    /// As errors name it; nothing secret.
    var name: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// For AUTH (RFC 4954). No description of it shows what it holds.
    package struct Credentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        let username: String
        let password: String

        package init(username: String, password: String) {
            self.username = username
            self.password = password
        }

        package var description: String { "credentials" }
        package var debugDescription: String { description }
        package var customMirror: Mirror { Mirror(self, children: [:]) }
    }
}
