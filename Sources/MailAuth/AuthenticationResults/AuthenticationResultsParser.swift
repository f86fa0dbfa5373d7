/// Reads the body of an Authentication-Results field by the grammar of RFC 8601 §2.2.
///
///     authserv-id [ version ] ( ";" "none" / 1*( ";" method "=" result [ reason ] *( ptype "." property "=" value ) ) )
struct AuthenticationResultsParser {
    static let commentDepthMax = 16

    private var rest: ArraySlice<UInt8>
    private var comments: [String] = []

    init(_ body: ArraySlice<UInt8>) { rest = body }

    mutating func parse() -> AuthenticationResults? {
        guard skipBlanks(), let serverID = readServerID(), skipBlanks() else { return nil }
        if rest.first != UInt8(ascii: ";"), !rest.isEmpty {
            guard let version = readToken(), version == "1", skipBlanks() else { return nil }
        }
        var found = AuthenticationResults(serverID: serverID, results: [])
        while rest.first == UInt8(ascii: ";") {
            rest = rest.dropFirst()
            guard skipBlanks() else { return nil }
            if rest.isEmpty { break }
            comments = []
            guard found.results.count < AuthenticationResults.resultsMax, let method = readToken()?.lowercased() else {
                return nil
            }
            guard skipBlanks() else { return nil }
            if method == "none", rest.isEmpty || rest.first == UInt8(ascii: ";") { continue }
            guard let result = result(of: method) else { return nil }
            found.results.append(result)
        }
        return rest.isEmpty ? found : nil
    }

    private mutating func result(of method: String) -> AuthenticationResults.Result? {
        // method = Keyword [ "/" version ]
        if rest.first == UInt8(ascii: "/") {
            rest = rest.dropFirst()
            guard skipBlanks(), readToken() != nil, skipBlanks() else { return nil }
        }
        guard take(UInt8(ascii: "=")), skipBlanks(), let value = readToken()?.lowercased() else { return nil }
        var result = AuthenticationResults.Result(method, value)
        guard skipBlanks() else { return nil }
        while let next = rest.first, next != UInt8(ascii: ";") {
            guard let name = readToken(), skipBlanks() else { return nil }
            if name.lowercased() == "reason" {
                guard take(UInt8(ascii: "=")), skipBlanks(), let reason = readValue() else { return nil }
                result.reason = reason
            } else {
                // ptype "." property: the token took them together, unless blanks stood around the dot.
                var full = name
                if rest.first == UInt8(ascii: ".") {
                    rest = rest.dropFirst()
                    guard skipBlanks(), let property = readToken(), skipBlanks() else { return nil }
                    full += "." + property
                }
                let parts = full.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
                guard parts.count == 2, take(UInt8(ascii: "=")), skipBlanks(), let value = readValue() else {
                    return nil
                }
                result.properties.append(
                    AuthenticationResults.Result.Property(
                        parts[0].lowercased(), parts[1].lowercased(), value))
            }
            guard skipBlanks() else { return nil }
        }
        result.comments = comments
        return result
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        guard rest.first == octet else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Letters, digits and what else a keyword, version or ptype.property is made of.
    private mutating func readToken() -> String? {
        let token = rest.prefix {
            $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") || $0 == UInt8(ascii: ".")
        }
        guard !token.isEmpty else { return nil }
        rest = rest[token.endIndex...]
        return token.text
    }

    /// value = token / quoted-string (RFC 2045 §5.1). Strict, because whose results these are hangs on it: a reader
    /// that stops at a special character would take `me.example/1` for `me.example`.
    private mutating func readServerID() -> String? {
        if rest.first == UInt8(ascii: "\"") { return readQuoted() }
        guard let value = readValue(), !value.utf8.contains(where: AuthenticationResults.specials.contains) else {
            return nil
        }
        return value
    }

    /// A quoted string, or anything up to white space, a semicolon or a comment: addresses and signatures stand
    /// unquoted in many fields.
    private mutating func readValue() -> String? {
        if rest.first == UInt8(ascii: "\"") { return readQuoted() }
        let value = rest.prefix {
            !$0.isFoldingWhitespace && $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: "(") && $0 > 0x20 && $0 != 0x7F
        }
        guard !value.isEmpty else { return nil }
        rest = rest[value.endIndex...]
        return value.text
    }

    private mutating func readQuoted() -> String? {
        rest = rest.dropFirst()
        var octets: [UInt8] = []
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "\""): return octets[...].text
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), Self.isText(escaped) else { return nil }
                octets.append(escaped)
            case .carriageReturn, .lineFeed: continue
            case .tab: octets.append(.space)
            default:
                guard Self.isText(octet) else { return nil }
                octets.append(octet)
            }
        }
        return nil
    }

    /// White space and comments; the comments are kept. False where one is not closed.
    private mutating func skipBlanks() -> Bool {
        while let octet = rest.first {
            if octet.isFoldingWhitespace {
                rest = rest.dropFirst()
            } else if octet == UInt8(ascii: "(") {
                guard let comment = readComment() else { return false }
                comments.append(comment)
            } else {
                return true
            }
        }
        return true
    }

    /// No control character stands in a quoted string or a comment (RFC 5322 §3.2.1).
    private static func isText(_ octet: UInt8) -> Bool { octet >= 0x20 && octet != 0x7F }

    private mutating func readComment() -> String? {
        var depth = 0
        var octets: [UInt8] = []
        while let octet = rest.popFirst() {
            switch octet {
            case UInt8(ascii: "("):
                depth += 1
                if depth > Self.commentDepthMax { return nil }
                if depth > 1 { octets.append(octet) }
            case UInt8(ascii: ")"):
                depth -= 1
                if depth == 0 { return octets[...].text }
                octets.append(octet)
            case UInt8(ascii: "\\"):
                guard let escaped = rest.popFirst(), Self.isText(escaped) else { return nil }
                octets.append(escaped)
            case .carriageReturn, .lineFeed:
                continue
            case .tab:
                octets.append(.space)
            default:
                guard Self.isText(octet) else { return nil }
                octets.append(octet)
            }
        }
        return nil
    }
}
