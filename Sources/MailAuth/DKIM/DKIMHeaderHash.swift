import Keys

/// The octets that a signature is made over: the header fields that it names, and itself without its `b=`
/// (RFC 6376 §3.7).
enum DKIMHeaderHash {
    /// The fields that a list of names with colons between them names, in its order; of equal names the lowest first,
    /// then upwards; a name too many stands for a field that must not be there (§5.4.2). `own` is the signature itself,
    /// which signs everything but itself (§3.5, `h=`). Each field is followed by CRLF.
    static func append(
        signedHeaders list: ArraySlice<UInt8>, of message: Message, except own: HeaderField? = nil,
        _ canonicalization: DKIMCanonicalization, to output: inout [UInt8]
    ) {
        var isTaken = [Bool](repeating: false, count: message.fields.count)
        if let own {
            for (index, field) in message.fields.enumerated() where field.raw.startIndex == own.raw.startIndex {
                isTaken[index] = true
            }
        }
        forEachName(in: list) { name in
            var index = message.fields.count
            while index > 0 {
                index -= 1
                if isTaken[index] || !message.fields[index].isNamed(name) { continue }
                isTaken[index] = true
                canonicalization.append(header: message.fields[index].raw, to: &output)
                output.append(.carriageReturn)
                output.append(.lineFeed)
                break
            }
        }
    }

    /// Each name of an `h=` list, without white space around it.
    static func forEachName(in list: ArraySlice<UInt8>, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        list.withUnsafeBufferPointer { list in
            var start = 0
            while start <= list.count {
                var end = start
                while end < list.count, list[end] != UInt8(ascii: ":") { end += 1 }
                var first = start
                var last = end
                while first < last, list[first].isFoldingWhitespace { first += 1 }
                while last > first, list[last - 1].isFoldingWhitespace { last -= 1 }
                body(UnsafeBufferPointer(rebasing: list[first..<last]))
                start = end + 1
            }
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
        var unsigned: [UInt8] = []
        unsigned.reserveCapacity(field.count)
        unsigned += field[..<value.lowerBound]
        unsigned += field[value.upperBound...]
        canonicalization.append(header: unsigned[...], to: &output)
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
