import Testing

@testable import MailAuth

@Suite struct MessageTests {
    @Test func viewsFieldsAndBodyAsTheyStand() {
        let text = "A: 1\r\nB : two\r\n\tthree\r\n \r\nno colon\r\nC:\r\n\r\nbody: x\r\n\r\n"
        let message = Message(Array(text.utf8))
        #expect(message.fields.map(\.name.text) == ["A", "B", "", "C"])
        #expect(message.fields.map(\.unfolded) == ["1", "two\tthree", "", ""])
        #expect(message.fields.flatMap(\.raw) + Array("\r\n".utf8) == Array(message.octets[..<message.bodyStart]))
        #expect(message.body.text == "body: x\r\n\r\n")
        #expect(message.fields(named: "b").count == 1)
    }

    // A line end that one reader sees and another does not is how fields are smuggled in.
    @Test(arguments: [
        ("A: 1\nB: 2\r\n\r\nx", ["A"], "x"), ("A: 1\rB: 2\r\n\r\nx", ["A"], "x"),
        ("A: 1\r\n\nB: 2\r\n\r\nx", ["A", "\nB"], "x"),
        ("A: 1\r\n\r\r\nB: 2\r\n\r\nx", ["A", "", "B"], "x"), ("", [], ""), ("\r\n", [], ""), ("\r\nbody", [], "body"),
        ("A: 1", ["A"], ""), ("A: 1\r\n", ["A"], ""), ("A: 1\r\n\r\n", ["A"], ""), ("A\0: 1\r\n\r\n", ["A\0"], ""),
    ])
    func onlyCRLFEndsALine(text: String, names: [String], body: String) {
        let message = Message(Array(text.utf8))
        #expect(message.fields.map(\.name.text) == names)
        #expect(message.body.text == body)
    }

    @Test func filesWithUnixLineEndsAreConverted() {
        #expect(Message(file: Array("A: 1\nB: 2\n\nx\n".utf8)).octets == Array("A: 1\r\nB: 2\r\n\r\nx\r\n".utf8))
        let wire = Array("A: 1\r\nB: 2\nC: 3\r\n\r\nx\n".utf8)
        #expect(Message(file: wire).octets == wire)
        // A script has put a line in front of a message in wire form.
        let mixed = Array("Return-Path: <a@d.example>\nA: 1\r\n\r\nx\r\n".utf8)
        #expect(
            Message(file: mixed).octets == Array("Return-Path: <a@d.example>\r\nA: 1\r\n\r\nx\r\n".utf8))
    }

    // RFC 2047 §8, and what is left as it is.
    @Test(arguments: [
        ("=?ISO-8859-1?Q?Andr=E9?= Pirard", "André Pirard"), ("=?ISO-8859-1?Q?a?= b", "a b"),
        ("=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=", "ab"), ("=?ISO-8859-1?Q?a?=\r\n    =?ISO-8859-1?Q?b?=", "ab"),
        ("=?ISO-8859-1?Q?a_b?=", "a b"), ("=?utf-8?b?R3LDvMOfZQ==?=", "Grüße"), ("=?utf-8*de?q?=C3=BC?=", "ü"),
        ("x=?utf-8?q?a?=", "x=?utf-8?q?a?="), ("=?utf-8?q?a?=x", "=?utf-8?q?a?=x"),
        ("=?koi8-r?q?a?=", "=?koi8-r?q?a?="),
        ("=?utf-8?b?!?=", "=?utf-8?b?!?="), ("=?utf-8?q?a", "=?utf-8?q?a"), ("=?=", "=?="),
        ("plain  text", "plain  text"),
        ("Grüße", "Grüße"), ("=?utf-8?q?a=0D=0AB?=", "a\r\nB"),
    ])
    func showsEncodedWords(body: String, expected: String) {
        #expect(HeaderField(Array("Subject: \(body)\r\n".utf8)[...]).decoded == expected)
    }

    @Test(arguments: MessageBuilderTests.texts)
    func showsWhatTheBuilderWrote(text: String) throws {
        let message = Message(try MessageBuilderTests.build(MessageBuilderTests.builder { $0.subject = text }).octets)
        #expect(message.fields(named: "subject").map(\.decoded) == [text])
    }
}
