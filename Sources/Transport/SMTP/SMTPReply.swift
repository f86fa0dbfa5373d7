/// A reply of an SMTP server (RFC 5321 §4.2), all of its lines.
struct SMTPReply: Equatable {
    /// 200 to 599.
    var code: Int
    /// Without code, separator and line end.
    var lines: [String]

    init(code: Int, lines: [String]) {
        self.code = code
        self.lines = lines
    }

    var isPositive: Bool { code / 100 == 2 }
    var isTransient: Bool { code / 100 == 4 }
    var isPermanent: Bool { code / 100 == 5 }
    /// The server is about to close the connection (RFC 5321 §3.8).
    var isShuttingDown: Bool { code == 421 }
    var text: String { lines.joined(separator: " ") }
}

/// Puts replies together from octets as they arrive.
struct SMTPReplyReader {
    enum Failure: Error { case malformed, tooLong }

    private let octetsMax: Int
    private var line: [UInt8] = []
    private var code: Int?
    private var lines: [String] = []
    private var octets = 0

    init(octetsMax: Int) { self.octetsMax = octetsMax }

    /// Takes octets up to the end of the first whole reply, and says how many those were.
    mutating func read(_ input: ArraySlice<UInt8>) throws(Failure) -> (taken: Int, reply: SMTPReply?) {
        for (count, octet) in input.enumerated() {
            octets += 1
            guard octets <= octetsMax else { throw .tooLong }
            guard octet == 0x0A else {
                line.append(octet)
                continue
            }
            if line.last == 0x0D { line.removeLast() }
            if let reply = try endLine() { return (count + 1, reply) }
        }
        return (input.count, nil)
    }

    private mutating func endLine() throws(Failure) -> SMTPReply? {
        defer { line.removeAll(keepingCapacity: true) }
        // RFC 5321 §4.2: three digits, the first 2 to 5, then a hyphen on all lines but the last.
        guard line.count >= 3, line.prefix(3).allSatisfy({ $0 >= 0x30 && $0 <= 0x39 }),
            (UInt8(ascii: "2")...UInt8(ascii: "5")).contains(line[0])
        else { throw .malformed }
        let number = line.prefix(3).reduce(0) { $0 * 10 + Int($1 - 0x30) }
        let separator = line.count > 3 ? line[3] : 0x20
        guard separator == 0x20 || separator == UInt8(ascii: "-"), code == nil || code == number else {
            throw .malformed
        }
        code = number
        lines.append(String(decoding: line.dropFirst(4), as: UTF8.self))
        guard separator == 0x20 else { return nil }
        let reply = SMTPReply(code: number, lines: lines)
        code = nil
        lines = []
        octets = 0
        return reply
    }
}
