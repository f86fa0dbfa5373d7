import Keys

/// The octets that a signature is made over: the header fields that it names, and itself without its `b=`
/// (RFC 6376 §3.7).
enum DKIMHeaderHash {
    /// The fields that `h=` names, in its order; of equal names the lowest first, then upwards; a name too many stands
    /// for a field that must not be there (§5.4.2). `own` is the signature itself, which signs everything but itself
    /// (§3.5, `h=`). Each field is followed by CRLF.
    static func append(
        signedHeaders names: [String], of message: Message, except own: HeaderField? = nil,
        _ canonicalization: DKIMCanonicalization, to output: inout [UInt8]
    ) {
        // Where to look on for the next of a name, from the bottom up.
        var next: [[UInt8]: Int] = [:]
        for name in names {
            let key = name.utf8.map(\.asciiLowercased)
            var index = next[key] ?? message.fields.count
            while index > 0 {
                index -= 1
                let field = message.fields[index]
                if field.isNamed(key), field.raw.startIndex != own?.raw.startIndex {
                    canonicalization.append(header: field.raw, to: &output)
                    output += [.carriageReturn, .lineFeed]
                    break
                }
            }
            next[key] = index
        }
    }

    /// A signature field without the value of its `b=`, and without the final CRLF.
    static func append(
        signatureField field: ArraySlice<UInt8>, _ canonicalization: DKIMCanonicalization, to output: inout [UInt8]
    ) {
        guard let value = signatureValue(in: field) else {
            canonicalization.append(header: field, to: &output)
            return
        }
        canonicalization.append(header: (field[..<value.lowerBound] + field[value.upperBound...])[...], to: &output)
    }

    /// Where the value of `b=` stands, with all white space around it.
    private static func signatureValue(in field: ArraySlice<UInt8>) -> Range<Int>? {
        guard let colon = field.firstIndex(of: UInt8(ascii: ":")) else { return nil }
        var start = colon + 1
        while start < field.endIndex {
            let end = field[start...].firstIndex(of: UInt8(ascii: ";")) ?? bodyEnd(of: field)
            if let equals = field[start..<end].firstIndex(of: UInt8(ascii: "=")),
                field[start..<equals].trimmed.equals("b")
            {
                return (equals + 1)..<end
            }
            start = end + 1
        }
        return nil
    }

    private static func bodyEnd(of field: ArraySlice<UInt8>) -> Int {
        let end = field.endIndex
        return field.count >= 2 && field[end - 1] == .lineFeed && field[end - 2] == .carriageReturn ? end - 2 : end
    }
}
