import DNS

/// The personal value that an erasure looks for. A mail address is the same one in whatever case, and is found in texts, too:
/// relays quote it in their replies.
struct SoughtValue {
    private let value: [UInt8]
    /// The spellings of the address, in lower case; empty: it is none.
    private let addresses: [(local: [UInt8], domain: [UInt8])]

    init(_ text: String) {
        value = Array(text.utf8)
        addresses = Self.addresses(text)
    }

    var isAddress: Bool { !addresses.isEmpty }

    /// With the domain as it was given, and as names are stored: in A-labels.
    private static func addresses(_ text: String) -> [(local: [UInt8], domain: [UInt8])] {
        guard let at = text.lastIndex(of: "@"), at > text.startIndex else { return [] }
        let domain = String(text[text.index(after: at)...])
        guard let name = try? DomainName(domain), !name.isRoot else { return [] }
        let local = text[..<at].utf8.map(lowercased)
        return Set([name.text, domain].map { $0.utf8.map(lowercased) }).map { (local, $0) }
    }

    /// Whether it is this value, or one that holds the address.
    func matches(_ stored: [UInt8]) -> Bool {
        if stored == value { return true }
        guard isAddress else { return false }
        let isAlone = Self.isAddress(stored)
        for at in stored.indices where stored[at] == UInt8(ascii: "@") {
            for (local, domain) in addresses {
                let start = at - local.count
                let end = at + 1 + domain.count
                guard start >= 0, end <= stored.count,
                    stored[start..<at].lazy.map(Self.lowercased).elementsEqual(local),
                    stored[(at + 1)..<end].lazy.map(Self.lowercased).elementsEqual(domain)
                else { continue }
                // One address may end like another.
                if isAlone ? start == 0 && end == stored.count : Self.isWord(start..<end, in: stored) { return true }
            }
        }
        return false
    }

    func matches(_ stored: String) -> Bool { matches(Array(stored.utf8)) }

    /// Nothing but one address, its local part of whatever characters (RFC 5322 §3.2.3).
    private static func isAddress(_ octets: [UInt8]) -> Bool {
        guard let at = octets.firstIndex(of: UInt8(ascii: "@")) else { return false }
        return octets[..<at].allSatisfy { $0 > 0x20 && !"<>()[]:;,\\\"".utf8.contains($0) }
            && octets[(at + 1)...].allSatisfy { isOrdinary($0) || $0 == UInt8(ascii: ".") }
    }

    /// Whether the address goes on neither before nor behind. In a text, only what most addresses are made of counts as one
    /// of their characters: others stand around addresses more often than in them.
    private static func isWord(_ range: Range<Int>, in octets: [UInt8]) -> Bool {
        if let before = octets[..<range.lowerBound].last {
            if isOrdinary(before) || ".+%&".utf8.contains(before) { return false }
            // As in `o'brien`, and not as in quotes.
            if before == UInt8(ascii: "'"), let other = octets[..<(range.lowerBound - 1)].last, isOrdinary(other) {
                return false
            }
        }
        let behind = octets[range.upperBound...]
        guard let next = behind.first else { return true }
        // A full stop ends a sentence, unless the name goes on.
        if next == UInt8(ascii: ".") { return !(behind.dropFirst().first.map(isOrdinary) ?? false) }
        return !isOrdinary(next) && next != UInt8(ascii: "@")
    }

    /// Letters, digits, hyphen and underscore; beyond ASCII, all.
    private static func isOrdinary(_ octet: UInt8) -> Bool {
        switch octet {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x80...0xFF, UInt8(ascii: "-"), UInt8(ascii: "_"): true
        default: false
        }
    }

    private static func lowercased(_ octet: UInt8) -> UInt8 { 0x41...0x5A ~= octet ? octet | 0x20 : octet }
}
