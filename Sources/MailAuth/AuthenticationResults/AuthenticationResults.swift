/// Authentication-Results (RFC 8601): what a receiver found about a message, for whoever reads it next. Believed only
/// from one's own servers; a forged one is removed at the door.
public struct AuthenticationResults: Sendable, Hashable {
    /// What one method came to: `spf=pass smtp.mailfrom=d.example`.
    public struct Result: Sendable, Hashable {
        public struct Property: Sendable, Hashable {
            /// `smtp`, `header`, `body`, `policy`.
            public var type: String
            public var name: String
            public var value: String

            public init(_ type: String, _ name: String, _ value: String) {
                self.type = type
                self.name = name
                self.value = value
            }
        }

        /// In lower case.
        public var method: String
        /// In lower case.
        public var value: String
        /// What stands in comments behind the value, without the outer parentheses: `2048-bit key`.
        public var comments: [String]
        public var reason: String?
        public var properties: [Property]

        public init(
            _ method: String, _ value: String, comments: [String] = [], reason: String? = nil,
            properties: [Property] = []
        ) {
            self.method = method
            self.value = value
            self.comments = comments
            self.reason = reason
            self.properties = properties
        }

        /// The first property of that type and name.
        public func property(_ type: String, _ name: String) -> String? {
            properties.first { $0.type == type && $0.name == name }?.value
        }
    }

    /// A message with more results than this in one field is not read.
    public static let resultsMax = 100

    /// Of a reason, a comment or a property's value as it is written: most of them strangers choose. A path has at most
    /// 256 octets (RFC 5321 §4.5.3.1.3), and a line 998 (RFC 5322 §2.1.1), which holds one of these with every octet
    /// escaped.
    static let valueOctetsMax = 256

    /// authserv-id.
    public var serverID: String
    /// Empty: `none`.
    public var results: [Result]

    public init(serverID: String, results: [Result]) {
        self.serverID = serverID
        self.results = results
    }

    /// Reads a field's body. Nil if it is malformed, or of another version than 1.
    public init?(_ body: ArraySlice<UInt8>) {
        var parser = AuthenticationResultsParser(body)
        guard let found = parser.parse() else { return nil }
        self = found
    }

    /// The whole field, folded, each result on a line of its own, with its final CRLF. Long values are cut.
    public var field: String {
        "Authentication-Results: \(body)\r\n"
    }

    /// The field's body, as Authentication-Results and ARC-Authentication-Results have it.
    public var body: String {
        let list = results.isEmpty ? ["none"] : results.map(\.folded)
        return ([Self.serverIDText(serverID)] + list).joined(separator: ";\r\n\t")
    }

    /// All fields of that server in one, in the order in which they stand; nil if there is none. A relay that seals
    /// writes this into its ARC set.
    public static func consolidated(from message: Message, serverID: String) -> AuthenticationResults? {
        let own = message.fields(named: "authentication-results").compactMap { AuthenticationResults($0.body) }
            .filter { $0.serverID.lowercased() == serverID.lowercased() }
        guard let first = own.first else { return nil }
        return AuthenticationResults(serverID: first.serverID, results: own.flatMap(\.results))
    }

    /// The message without fields that claim to be from that server, and without any that cannot be read, because
    /// another reader might read them (RFC 8601 §5).
    public static func removingForged(from message: Message, serverID: String) -> [UInt8] {
        var octets: [UInt8] = []
        octets.reserveCapacity(message.octets.count)
        var position = 0
        for field in message.fields where field.name.equalsIgnoringCase("authentication-results") {
            if let found = AuthenticationResults(field.body), found.serverID.lowercased() != serverID.lowercased() {
                continue
            }
            octets += message.octets[position..<field.raw.startIndex]
            position = field.raw.endIndex
        }
        return octets + message.octets[position...]
    }

    /// What no token may hold (RFC 2045 §5.1, tspecials).
    static let specials = Set("()<>@,;:\\\"/[]?=".utf8)

    /// What is cut ends in three dots, as no address and no domain does.
    fileprivate static func short(_ text: String) -> String {
        guard text.utf8.count > valueOctetsMax else { return text }
        var scalars = String.UnicodeScalarView()
        var octets = 3
        for scalar in text.unicodeScalars {
            octets += UTF8.width(scalar)
            guard octets <= valueOctetsMax else { break }
            scalars.append(scalar)
        }
        return String(scalars) + "..."
    }

    /// value = token / quoted-string (RFC 2045 §5.1), or a mailbox where it stands by itself.
    static func valueText(_ value: String) -> String {
        let isPlain =
            !value.isEmpty
            && value.utf8.allSatisfy { octet in
                octet > 0x20 && octet != 0x7F && (octet == UInt8(ascii: "@") || !specials.contains(octet))
            }
        return isPlain ? value : quoted(value)
    }

    /// An authserv-id is a value without the exception for mailboxes: unquoted, it holds no special character at all.
    private static func serverIDText(_ text: String) -> String {
        text.utf8.contains(where: specials.contains) ? quoted(text) : valueText(text)
    }

    fileprivate static func quoted(_ text: String) -> String {
        var octets: [UInt8] = [UInt8(ascii: "\"")]
        // A line end inside a value would end the field.
        for octet in text.utf8 where octet >= 0x20 && octet != 0x7F {
            if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { octets.append(UInt8(ascii: "\\")) }
            octets.append(octet)
        }
        return String(decoding: octets + [UInt8(ascii: "\"")], as: UTF8.self)
    }
}

extension AuthenticationResults.Result {
    /// `dkim=pass (2048-bit key) reason="…" header.d=d.example`
    public var text: String { parts.joined(separator: " ") }

    /// The text, folded between its parts where a line behind a tab has no room left.
    fileprivate var folded: String {
        var text = ""
        var column = 1
        for part in parts {
            let count = part.utf8.count
            if !text.isEmpty {
                // A semicolon may follow.
                let hasRoom = column + 1 + count < FoldedField.columnsMax
                text += hasRoom ? " " : "\r\n\t"
                column = hasRoom ? column + 1 : 1
            }
            text += part
            column += count
        }
        return text
    }

    private var parts: [String] {
        typealias Field = AuthenticationResults
        var parts = ["\(method)=\(value)"]
        parts += comments.map { "(\(Self.commentText(Field.short($0))))" }
        if let reason { parts.append("reason=" + Field.quoted(Field.short(reason))) }
        parts += properties.map { "\($0.type).\($0.name)=\(Field.valueText(Field.short($0.value)))" }
        return parts
    }

    /// Parentheses inside a comment that do not match, and line ends, would break out of it.
    private static func commentText(_ text: String) -> String {
        var depth = 0
        var isBalanced = true
        for octet in text.utf8 {
            if octet == UInt8(ascii: "(") { depth += 1 }
            if octet == UInt8(ascii: ")") { depth -= 1 }
            if depth < 0 || octet == UInt8(ascii: "\\") { isBalanced = false }
        }
        isBalanced = isBalanced && depth == 0
        let octets = text.utf8.flatMap { octet -> [UInt8] in
            if octet < 0x20 || octet == 0x7F { return [.space] }
            let isSpecial = [UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "\\")].contains(octet)
            return isSpecial && !isBalanced ? [UInt8(ascii: "\\"), octet] : [octet]
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
