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
        ("A: 1\nB: 2\r\n\r\nx", ["A"], "x"), ("A: 1\rB: 2\r\n\r\nx", ["A"], "x"), ("A: 1\r\n\nB: 2\r\n\r\nx", ["A", "\nB"], "x"),
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
    }
}
