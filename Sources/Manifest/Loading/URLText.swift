import DNS

/// The parts of a URL that a manifest's rules ask about (RFC 3986 §3). No normalising beyond scheme and host case.
struct URLText {
    let text: String
    /// In lower case.
    let scheme: String
    let hasCredentials: Bool
    /// In lower case, without brackets.
    let host: String
    let port: UInt16?
    /// From the first slash on, query and fragment included; empty if there is none.
    let path: String

    init?(_ text: String) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let separator = text.firstRange(of: "://") else {
            return nil
        }
        scheme = text[..<separator.lowerBound].lowercased()
        guard !scheme.isEmpty,
            scheme.utf8.allSatisfy({ $0 >= 0x61 && $0 <= 0x7A || $0 >= 0x30 && $0 <= 0x39 || $0 == 0x2B })
        else {
            return nil
        }
        let rest = text[separator.upperBound...]
        let authorityEnd = rest.firstIndex { "/?#".contains($0) } ?? rest.endIndex
        path = String(rest[authorityEnd...])
        var authority = rest[..<authorityEnd]
        if let at = authority.lastIndex(of: "@") {
            hasCredentials = true
            authority = authority[authority.index(after: at)...]
        } else {
            hasCredentials = false
        }
        var portText: Substring?
        if authority.hasPrefix("[") {
            guard let close = authority.firstIndex(of: "]") else { return nil }
            host = authority[authority.index(after: authority.startIndex)..<close].lowercased()
            guard IPAddress(host) != nil else { return nil }
            let after = authority[authority.index(after: close)...]
            if after.hasPrefix(":") { portText = after.dropFirst() } else if !after.isEmpty { return nil }
        } else {
            let colon = authority.firstIndex(of: ":")
            host = authority[..<(colon ?? authority.endIndex)].lowercased()
            if let colon { portText = authority[authority.index(after: colon)...] }
            guard !host.isEmpty, IPAddress(host) != nil || (try? DomainName(host)) != nil else { return nil }
        }
        if let portText {
            guard let number = UInt16(portText), number > 0 else { return nil }
            port = number
        } else {
            port = nil
        }
        self.text = text
    }

    /// `localhost` (RFC 6761 §6.3), 127.0.0.0/8 or ::1.
    var isLoopback: Bool {
        if host == "localhost" { return true }
        return IPAddress(host)?.isLoopback ?? false
    }
}

extension IPAddress {
    var isLoopback: Bool {
        switch self {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }
}
