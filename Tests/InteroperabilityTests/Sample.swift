import MailAuth

/// The messages that are signed: each body stands for something that canonicalisation, or a peer, can get wrong.
struct Sample: Sendable {
    let name: String
    let octets: [UInt8]

    private init(_ name: String, fields: String = "", body: [UInt8]) {
        self.name = name
        octets = Array((Self.head + fields + "\r\n").utf8) + body
    }

    private init(_ name: String, fields: String = "", _ body: String) {
        self.init(name, fields: fields, body: Array(body.utf8))
    }

    private static let head =
        "Received: from a.example\r\n\tby b.example;  Fri, 11 Jul 2003 21:00:37 -0700\r\n"
        + "From: Jo  Doe <jo@d.example>\r\nTo: a@x.example,\r\n b@x.example\r\nSubject:  A  subject \r\n"
        + "Date: Fri, 11 Jul 2003 21:00:37 -0700\r\nMessage-ID: <1@d.example>\r\nMIME-Version: 1.0\r\n"

    static let plain = Sample("plain", "A body.\r\n")

    static let all = [
        plain,
        Sample("empty", ""),
        Sample("no line end", "no end"),
        Sample("blank lines", "\r\n\r\nx\r\n\r\n\r\n"),
        Sample("white space", "a  b \t c  \r\n \r\n\tx \r\n"),
        Sample(
            "8-bit", fields: "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n",
            "Grüße, 世界\r\n"),
        // No UTF-8, and the octets that are neither text nor line ends.
        Sample(
            "octets", fields: "Content-Transfer-Encoding: 8bit\r\n",
            body: (1...255).filter { $0 != 10 && $0 != 13 }.map { UInt8($0) } + [13, 10]),
        Sample(
            "multipart", fields: "Content-Type: multipart/alternative;\r\n boundary=\"b\"\r\n",
            "--b\r\nContent-Type: text/plain\r\n\r\nhi\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>hi\r\n--b--\r\n"),
        Sample(
            "header-heavy",
            fields: "X-Empty:\r\n" + (0..<300).map { "X-Field-\($0): value  \($0)\r\n\tfolded \r\n" }.joined(), "x\r\n"),
        Sample(
            "huge", String(repeating: "The quick brown fox  jumps over the lazy dog. \r\n", count: 65_000)),
    ]

    /// With one letter of a signed field changed.
    static func tampered(_ signed: [UInt8]) -> [UInt8] {
        var octets = signed
        let name = Array("Jo  Doe".utf8)
        let start = octets.indices.first { octets[$0...].starts(with: name) }!
        octets[start + 6] = UInt8(ascii: "t")
        return octets
    }
}
