import DNS
import MailAuth
import Testing

/// RFC 5321 §4.4, and how the servers in use write it.
@Suite struct TraceFieldsTests {
    static func trace(_ fields: String...) -> TraceFields {
        TraceFields(Message(Array((fields.map { $0 + "\r\n" }.joined() + "From: a@d.example\r\n\r\n").utf8)))
    }

    @Test(
        arguments: [
            // Postfix, Sendmail, Exchange.
            ("from mx.d.example (mx.d.example [192.0.2.1]) by r.example", "192.0.2.1", "mx.d.example"),
            ("from mx.d.example (unknown [IPv6:2001:db8::1])\r\n\tby r.example", "2001:db8::1", "mx.d.example"),
            // Exim, in its three ways.
            ("from name.example ([192.0.2.1] helo=mx.d.example) by r.example", "192.0.2.1", "mx.d.example"),
            ("from [192.0.2.1] (helo=mx.d.example) by r.example", "192.0.2.1", "mx.d.example"),
            ("from mx.d.example ([192.0.2.1]:25) by r.example", "192.0.2.1", "mx.d.example"),
        ] as [(String, String, String)])
    func addressAndHELO(received: String, address: String, helo: String) {
        let trace = Self.trace("Received: " + received + " with ESMTP; Thu, 1 Jan 1970 00:00:00 +0000")
        #expect(trace.address == IPAddress(address) && trace.helo == helo)
    }

    @Test(
        "what the client says of itself, or what is said of the receiver, is no address",
        arguments: [
            "from [192.0.2.1] by r.example", "from mx.d.example by r.example ([192.0.2.1])",
            "by r.example (8.15.2) with local", "from mx.d.example (mx [192.0.2.1 by r.example", "from", "",
            "from mx.d.example (mx.d.example [not an address]) by r.example",
        ])
    func noAddress(received: String) {
        #expect(Self.trace("Received: " + received).address == nil)
    }

    @Test("an address literal in HELO never stands for the connection's")
    func literalInHELO() {
        let trace = Self.trace("Received: from [198.51.100.9] (unknown [192.0.2.1]) by r.example")
        #expect(trace.address == IPAddress("192.0.2.1") && trace.helo == "[198.51.100.9]")
    }

    @Test("hops inside the receiver's network are passed over, the topmost outside one counts")
    func hops() {
        let inside = "Received: from edge (edge [10.0.0.7]) by store.r.example"
        let local = "Received: from localhost (localhost [127.0.0.1]) by edge"
        let outside = "Received: from mx.d.example (mx.d.example [192.0.2.1]) by edge.r.example"
        let forged = "Received: from good.example (good.example [198.51.100.1]) by mx.d.example"
        #expect(Self.trace(local, inside, outside, forged).address == IPAddress("192.0.2.1"))
        #expect(Self.trace(local, inside).address == IPAddress("10.0.0.7"))
        #expect(Self.trace(local).address == nil)
        let many = Array(repeating: local, count: TraceFields.receivedMax) + [outside]
        #expect(
            TraceFields(Message(Array((many.joined(separator: "\r\n") + "\r\n\r\n").utf8))).address == nil)
    }

    @Test(
        arguments: [
            ("<jo@d.example>", "jo@d.example"), ("<>", ""), ("<@r.example,@s.example:jo@d.example>", "jo@d.example"),
            ("jo@d.example", nil), ("", nil),
        ] as [(String, String?)])
    func returnPath(field: String, expected: String?) {
        #expect(Self.trace("Return-Path: " + field).mailFrom == expected)
    }
}
