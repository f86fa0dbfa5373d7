public import DNS

/// The mailboxes of an address header field (RFC 5322 §3.4), as far as authentication needs them: whose they are.
///
/// Comments, display names, quoted local parts, groups and obsolete routes are read as the grammar has them, so that
/// nothing inside them is taken for an address.
public struct AddressList: Sendable, Hashable {
    public struct Mailbox: Sendable, Hashable {
        /// With its quotes, if it has them.
        public let localPart: String
        public let domain: DomainName

        public var text: String { "\(localPart)@\(domain.text)" }
    }

    /// A header field with more mailboxes than this is malformed to us: nothing honest has them in From.
    public static let mailboxesMax = 1000
    /// RFC 5322 sets no bound on nested comments; nobody nests deeper.
    static let commentDepthMax = 16

    public let mailboxes: [Mailbox]

    /// Reads a field's body. Nil if any part of it is malformed: half an address list is no basis for a verdict.
    public init?(_ body: ArraySlice<UInt8>) {
        var lexer = AddressLexer(body)
        guard let tokens = lexer.tokens() else { return nil }
        var mailboxes: [Mailbox] = []
        var isInGroup = false
        var current: [AddressLexer.Token] = []
        var hasAngle = false
        for token in tokens + [.special(UInt8(ascii: ","))] {
            switch token {
            case .special(UInt8(ascii: ":")) where !isInGroup && !hasAngle:
                // group = display-name ":" [group-list] ";"
                isInGroup = true
                current = []
            case .special(UInt8(ascii: ";")) where isInGroup,
                .special(UInt8(ascii: ","))
            where !hasAngle || current.last == .special(UInt8(ascii: ">")):
                if !current.isEmpty {
                    guard let mailbox = Self.mailbox(current), mailboxes.count < Self.mailboxesMax else { return nil }
                    mailboxes.append(mailbox)
                }
                current = []
                hasAngle = false
                if token == .special(UInt8(ascii: ";")) { isInGroup = false }
            default:
                current.append(token)
                hasAngle = hasAngle || token == .special(UInt8(ascii: "<"))
            }
        }
        guard current.isEmpty, !isInGroup else { return nil }
        self.mailboxes = mailboxes
    }

    /// mailbox = [display-name] "<" [route] addr-spec ">" / addr-spec
    private static func mailbox(_ tokens: [AddressLexer.Token]) -> Mailbox? {
        var address = tokens[...]
        if let open = tokens.firstIndex(of: .special(UInt8(ascii: "<"))) {
            guard tokens.last == .special(UInt8(ascii: ">")) else { return nil }
            // What stands before is words and dots, nothing that could be an address of its own.
            guard tokens[..<open].allSatisfy({ $0.isWord || $0 == .special(UInt8(ascii: ".")) }) else { return nil }
            address = tokens[(open + 1)..<(tokens.count - 1)]
            // RFC 5322 §4.4: an obsolete route, "@a,@b:", says nothing.
            if address.first == .special(UInt8(ascii: "@")) {
                guard let colon = address.firstIndex(of: .special(UInt8(ascii: ":"))) else { return nil }
                address = address[(colon + 1)...]
            }
        }
        guard address.count(where: { $0 == .special(UInt8(ascii: "@")) }) == 1,
            let at = address.firstIndex(of: .special(UInt8(ascii: "@"))), at > address.startIndex
        else { return nil }
        let local = address[..<at]
        let domain = address[(at + 1)...]
        guard isDotted(local), isDotted(domain), domain.allSatisfy({ !$0.isQuoted }) else { return nil }
        let domainText = domain.map(\.text).joined()
        // A domain literal is no domain. RFC 5321 §4.1.2 has letters, digits and hyphens, and underscores are met; an
        // encoded word in a domain's place would be one name to us and another to a reader that decodes it.
        guard let name = try? DomainName(domainText), !name.isRoot,
            name.text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || "-_.".utf8.contains($0) })
        else { return nil }
        return Mailbox(localPart: local.map(\.text).joined(), domain: name)
    }

    /// Words with one dot between each two.
    private static func isDotted(_ tokens: ArraySlice<AddressLexer.Token>) -> Bool {
        guard tokens.count % 2 == 1 else { return false }
        return tokens.enumerated().allSatisfy { index, token in
            index % 2 == 0 ? token.isWord : token == .special(UInt8(ascii: "."))
        }
    }
}

/// Cuts an address header field into the tokens of RFC 5322 §3.2.
struct AddressLexer {
    enum Token: Hashable {
        case atom([UInt8])
        /// With its quotes.
        case quoted([UInt8])
        case special(UInt8)

        var isQuoted: Bool { if case .quoted = self { true } else { false } }
        var isWord: Bool { if case .special = self { false } else { true } }

        var text: String {
            switch self {
            case .atom(let octets), .quoted(let octets): String(decoding: octets, as: UTF8.self)
            case .special(let octet): String(UnicodeScalar(octet))
            }
        }
    }

    private var rest: ArraySlice<UInt8>

    init(_ octets: ArraySlice<UInt8>) { rest = octets }

    /// Nil for an unclosed quote, comment or literal, or a control character.
    mutating func tokens() -> [Token]? {
        var tokens: [Token] = []
        while let octet = rest.first {
            switch octet {
            case .space, .tab, .carriageReturn, .lineFeed:
                rest = rest.dropFirst()
            case UInt8(ascii: "("):
                guard skipComment() else { return nil }
            case UInt8(ascii: "\""):
                guard let quoted = readQuoted() else { return nil }
                tokens.append(.quoted(quoted))
            case UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "@"), UInt8(ascii: ","), UInt8(ascii: ";"),
                UInt8(ascii: ":"), UInt8(ascii: "."):
                tokens.append(.special(octet))
                rest = rest.dropFirst()
            case UInt8(ascii: ")"), UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: "\\"):
                return nil
            default:
                let atom = rest.prefix(while: Self.isAtomOctet)
                guard !atom.isEmpty else { return nil }
                tokens.append(.atom(Array(atom)))
                rest = rest[atom.endIndex...]
            }
        }
        return tokens
    }

    /// atext, and RFC 6532's octets above ASCII.
    static func isAtomOctet(_ octet: UInt8) -> Bool {
        switch octet {
        case 0...0x20, 0x7F: false
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "["),
            UInt8(ascii: "]"), UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "@"), UInt8(ascii: "\\"),
            UInt8(ascii: ","), UInt8(ascii: "."), UInt8(ascii: "\""):
            false
        default: true
        }
    }

    private mutating func skipComment() -> Bool {
        var depth = 0
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "("):
                depth += 1
                if depth > AddressList.commentDepthMax { return false }
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return true }
            case UInt8(ascii: "\\"):
                if rest.popFirst() == nil { return false }
            default:
                break
            }
        }
        return false
    }

    private mutating func readQuoted() -> [UInt8]? {
        var octets: [UInt8] = [rest.removeFirst()]
        while let octet = rest.popFirst() {
            if octet == .carriageReturn || octet == .lineFeed { continue }
            octets.append(octet)
            if octet == UInt8(ascii: "\"") { return octets }
            if octet == UInt8(ascii: "\\") {
                guard let escaped = rest.popFirst() else { return nil }
                octets.append(escaped)
            }
        }
        return nil
    }
}
