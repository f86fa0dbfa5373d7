import DNS

/// A record's `content`, as PowerDNS keeps it: master-file text, in a normal form of its own.
enum PowerDNSContent {
    struct Unreadable: Error {
        let reason: String
    }

    static func data(_ type: RecordType, _ content: [UInt8]) throws(Unreadable) -> RecordData {
        if type == .txt { return .txt(try text(content)) }
        do throws(RecordPresentationError) {
            return try RecordData(type: type, presentation: String(decoding: content, as: UTF8.self))
        } catch {
            throw Unreadable(reason: error.description)
        }
    }

    /// TXT differs from a strict master file in two ways that PowerDNS accepts: octets above 0x7E may stand as they
    /// are, and a string may be longer than 255 octets, which it serves cut into pieces of 255.
    private static func text(_ content: [UInt8]) throws(Unreadable) -> TXTValue {
        var strings: [[UInt8]] = []
        var index = 0
        while index < content.count {
            if isBlank(content[index]) {
                index += 1
                continue
            }
            let isQuoted = content[index] == UInt8(ascii: "\"")
            if isQuoted { index += 1 }
            var string: [UInt8] = []
            while index < content.count {
                if isQuoted ? content[index] == UInt8(ascii: "\"") : isBlank(content[index]) { break }
                string.append(try octet(content, &index))
            }
            if isQuoted {
                guard index < content.count else { throw Unreadable(reason: "a quoted string has no closing quote") }
                index += 1
            }
            strings += TXTValue(joined: string).strings
        }
        guard !strings.isEmpty else { throw Unreadable(reason: "it has no string") }
        return TXTValue(strings: strings)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 }

    private static func octet(_ content: [UInt8], _ index: inout Int) throws(Unreadable) -> UInt8 {
        let byte = content[index]
        index += 1
        guard byte == UInt8(ascii: "\\") else { return byte }
        guard index < content.count else { throw Unreadable(reason: "it ends in a backslash") }
        let isDigit = { (byte: UInt8) in byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") }
        guard isDigit(content[index]) else {
            index += 1
            return content[index - 1]
        }
        let digits = content[index...].prefix(3)
        let value = digits.reduce(0) { $0 * 10 + Int($1) - Int(UInt8(ascii: "0")) }
        guard digits.count == 3, digits.allSatisfy(isDigit), value <= 255 else {
            throw Unreadable(reason: "a backslash is followed by digits that are no octet")
        }
        index += 3
        return UInt8(value)
    }
}
