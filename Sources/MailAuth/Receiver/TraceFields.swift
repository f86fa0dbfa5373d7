public import DNS

/// How a message came in, by the trace fields that the receiving server wrote on it (RFC 5321 §4.4): what SPF needs,
/// where the connection itself is over.
///
/// They are worth as much as whoever wrote them: only a receiver's own fields, at the top of the message, say anything.
public struct TraceFields: Sendable, Hashable {
    /// Received fields that are looked at; RFC 5321 §6.3 takes more than 100 for a loop.
    public static let receivedMax = 100

    /// Where the connection came from: of the topmost Received field with an address of the public Internet, else of
    /// the topmost with any but a loopback address.
    public let address: IPAddress?
    /// What that host said in HELO or EHLO.
    public let helo: String?
    /// MAIL FROM, from Return-Path; empty for a bounce, nil without that field.
    public let mailFrom: String?

    public init(_ message: Message) {
        var found: (address: IPAddress, helo: String?)?
        for field in message.fields(named: "received").prefix(Self.receivedMax) {
            guard let hop = Self.hop(field.unfolded), !hop.address.isLoopback else { continue }
            if found == nil || !hop.address.isPrivate { found = hop }
            if !hop.address.isPrivate { break }
        }
        address = found?.address
        helo = found?.helo
        mailFrom = message.fields(named: "return-path").first.flatMap { Self.reversePath($0.unfolded) }
    }

    /// `<a@b>`; a route in front (RFC 5321 Appendix C) says nothing.
    private static func reversePath(_ text: String) -> String? {
        guard let open = text.firstIndex(of: "<"), let close = text.lastIndex(of: ">"), open < close else { return nil }
        let path = text[text.index(after: open)..<close]
        guard path.first == "@" else { return String(path) }
        return path.firstIndex(of: ":").map { String(path[path.index(after: $0)...]) }
    }

    /// From-domain and TCP-info of RFC 5321 §4.4: `from HELO (name [192.0.2.1]) by …`; Exim writes
    /// `from name ([192.0.2.1] helo=HELO)` and `from [192.0.2.1] (helo=HELO)`.
    private static func hop(_ text: String) -> (address: IPAddress, helo: String?)? {
        var parts: [(text: Substring, isComment: Bool)] = []
        var rest = text[...]
        while !rest.isEmpty {
            if rest.first == "(" {
                guard let close = rest.firstIndex(of: ")") else { return nil }
                parts.append((rest[rest.index(after: rest.startIndex)..<close], true))
                rest = rest[rest.index(after: close)...]
            } else {
                let end = rest.firstIndex(of: "(") ?? rest.endIndex
                parts.append((rest[..<end], false))
                rest = rest[end...]
            }
        }
        // What stands behind "by" is about the receiver.
        var client: [(words: [Substring], isComment: Bool)] = []
        for part in parts {
            let words = part.text.split(separator: " ")
            if !part.isComment, let by = words.firstIndex(where: { $0.lowercased() == "by" }) {
                client.append((Array(words[..<by]), false))
                break
            }
            client.append((words, part.isComment))
        }
        guard client.first?.words.first?.lowercased() == "from", client[0].words.count > 1 else { return nil }
        let name = client[0].words[1]
        let comments = client.filter(\.isComment).flatMap(\.words)
        let said = comments.first { $0.lowercased().hasPrefix("helo=") }.map { String($0.dropFirst(5)) }
        // The client chooses what stands outside the parentheses, unless its HELO is told inside them.
        if let address = comments.lazy.compactMap(literal).first { return (address, said ?? String(name)) }
        if let said, let address = literal(name) { return (address, said) }
        return nil
    }

    /// address-literal of RFC 5321 §4.1.3: `[192.0.2.1]`, `[IPv6:2001:db8::1]`, with a port as Exim may add one.
    private static func literal(_ word: Substring) -> IPAddress? {
        guard let open = word.firstIndex(of: "["), let close = word.firstIndex(of: "]"), open < close else {
            return nil
        }
        let inside = word[word.index(after: open)..<close]
        return IPAddress(String(inside.lowercased().hasPrefix("ipv6:") ? inside.dropFirst(5) : inside))
    }
}

extension IPAddress {
    /// 127.0.0.0/8 and ::1.
    fileprivate var isLoopback: Bool {
        switch unmapped {
        case .v4(let value): value >> 24 == 127
        case .v6(let high, let low): high == 0 && low == 1
        }
    }

    /// RFC 1918 §3, RFC 4193 §3.1 and link-local (RFC 3927, RFC 4291 §2.5.6): a hop inside the receiver's network.
    fileprivate var isPrivate: Bool {
        switch unmapped {
        case .v4(let value):
            value >> 24 == 10 || value >> 20 == 0xAC1 || value >> 16 == 0xC0A8 || value >> 16 == 0xA9FE
        case .v6(let high, _):
            high >> 57 == 0x7E || high >> 54 == 0x3FA
        }
    }
}
