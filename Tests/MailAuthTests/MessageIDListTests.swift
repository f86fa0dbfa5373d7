import Testing

@testable import MailAuth

/// RFC 5322 §3.6.4 and §4.5.4.
@Suite struct MessageIDListTests {
    @Test(
        arguments: [
            (" <1@a.example>", ["<1@a.example>"]),
            (" <1@a.example>\r\n <2@b.example>", ["<1@a.example>", "<2@b.example>"]),
            ("<1@a.example><1@a.example> <2@[192.0.2.1]>", ["<1@a.example>", "<2@[192.0.2.1]>"]),
            // A phrase, as older mail programs write it.
            (" Your message of \"today\" <1@a.example>", ["<1@a.example>"]),
            // What cannot be written again is left out.
            ("<\"a b\"@c.example> <a@b@c> <> <no-at> <a@b.example\r\nBcc: x> <ok@c.example>", ["<ok@c.example>"]),
            ("<a <1@a.example>", ["<1@a.example>"]), ("<1@a.example", []), ("1@a.example", []), ("", []),
            ("<gr\u{FC}n@a.example>", []), ("<\(String(repeating: "x", count: 900))@a.example>", []),
        ])
    func read(body: String, ids: [String]) {
        #expect(MessageIDList(Array(body.utf8)[...]).ids == ids)
    }
}
