import Foundation
import TestSupport
import Testing

@testable import MailAuth

@Suite struct MessageBuilderTests {
    static func builder(_ change: (inout MessageBuilder) -> Void = { _ in }) -> MessageBuilder {
        var builder = MessageBuilder(
            from: .init("agent@d.example"), unixTime: 1_700_000_000, messageID: "1.2@d.example")
        builder.to = [.init("reader@x.example")]
        builder.subject = "Hello"
        builder.text = "A body.\n"
        change(&builder)
        return builder
    }

    static func build(_ builder: MessageBuilder) throws -> MessageBuilder.Message {
        var generator = SeededRandom(seed: 1)
        return try builder.build(using: &generator)
    }

    static func text(_ change: (inout MessageBuilder) -> Void = { _ in }) throws -> String {
        String(decoding: try build(builder(change)).octets, as: UTF8.self)
    }

    @Test func aPlainMessageReadsAsItWasGiven() throws {
        #expect(
            try Self.text { builder in
                builder.from.name = "An Agent"
                builder.sender = .init("robot@d.example", name: "Robot, No. 5")
                builder.replyTo = [.init("human@d.example")]
                builder.cc = [.init("a@x.example", name: "A \"B\" \\ C"), .init("b@x.example")]
                builder.inReplyTo = ["<0@x.example>"]
                builder.references = ["00@x.example", "<0@[192.0.2.1]>"]
                builder.headers = [
                    .init("Auto-Submitted", "auto-generated"), .init("List-Unsubscribe", "<https://d.example/u?1>"),
                ]
            } == """
                Date: Tue, 14 Nov 2023 22:13:20 +0000\r
                From: An Agent <agent@d.example>\r
                Sender: "Robot, No. 5" <robot@d.example>\r
                Reply-To: human@d.example\r
                To: reader@x.example\r
                Cc: "A \\"B\\" \\\\ C" <a@x.example>, b@x.example\r
                Subject: Hello\r
                Message-ID: <1.2@d.example>\r
                In-Reply-To: <0@x.example>\r
                References: <00@x.example> <0@[192.0.2.1]>\r
                Auto-Submitted: auto-generated\r
                List-Unsubscribe: <https://d.example/u?1>\r
                MIME-Version: 1.0\r
                Content-Type: text/plain; charset=utf-8\r
                Content-Transfer-Encoding: 7bit\r
                \r
                A body.\r

                """)
    }

    @Test func sameInputSameOctetsAndBoundariesOfTheRandomnessGiven() throws {
        let builder = Self.builder {
            $0.html = "<p>A body.</p>"
            $0.attachments = [.init(filename: "a.bin", content: [1, 2, 3])]
        }
        let first = try Self.build(builder)
        #expect(try Self.build(builder) == first)
        var other = SeededRandom(seed: 2)
        #expect(try builder.build(using: &other) != first)
    }

    // What an idempotency key stands for must not depend on which way it was written.
    @Test(
        arguments: [
            { _ in }, { $0.to = [] }, { $0.subject = String(repeating: "long ", count: 60) },
            {
                $0.headers = [.init("Message-Context", "multi")]
                $0.inReplyTo = ["0@x.example"]
                $0.html = "<p>A body.</p>"
            },
        ] as [@Sendable (inout MessageBuilder) -> Void])
    func theComparableFormIsTheMessageOfAnotherTimeAndID(change: @Sendable (inout MessageBuilder) -> Void) throws {
        var builder = Self.builder(change)
        var generator = SeededRandom(seed: 1)
        let body = try builder.body(using: &generator)
        let both = try builder.build(around: body, comparableAt: 0, as: "0@a.d.example")
        #expect(try both.octets == builder.build(around: body).octets)
        builder.unixTime = 0
        builder.messageID = "0@a.d.example"
        #expect(try both.comparable == builder.build(around: body).octets)
        #expect(both.comparable != both.octets)
    }

    // Every field that a caller gives, with a CR, a LF and a NUL in it: nothing is ever written.
    @Test(arguments: ["\r", "\n", "\r\n", "\0", "\u{85}", "\u{2028}", "\u{202E}", "\u{1B}", "\t", "\u{7F}"])
    func whatEndsALineOrTurnsTextIsRefusedInEveryField(text: String) {
        let bad = "a\(text)Bcc: victim@x.example"
        let changes: [(String, (inout MessageBuilder) -> Void)] = [
            ("from.address", { $0.from.address = "\(bad)@d.example" }), ("from.name", { $0.from.name = bad }),
            ("sender.address", { $0.sender = .init("a@d\(text).example") }),
            ("replyTo[0].name", { $0.replyTo = [.init("a@d.example", name: bad)] }),
            ("to[1].address", { $0.to.append(.init(bad + "@d.example")) }), ("to[0].name", { $0.to[0].name = bad }),
            ("cc[0].address", { $0.cc = [.init("a@d.example" + text)] }), ("subject", { $0.subject = bad }),
            ("messageID", { $0.messageID = "1@d.example" + text }),
            ("inReplyTo[0]", { $0.inReplyTo = [text + "1@d.example"] }),
            ("references[1]", { $0.references = ["1@d.example", "2\(text)@d.example"] }),
            ("headers[0].name", { $0.headers = [.init("X-A" + text, "1")] }),
            ("headers[0].value", { $0.headers = [.init("X-A", bad)] }),
            ("attachments[0].filename", { $0.attachments = [.init(filename: bad, content: [])] }),
            (
                "attachments[0].mediaType",
                { $0.attachments = [.init(filename: "a", mediaType: "text/plain" + text, content: [])] }
            ),
        ]
        for (field, change) in changes {
            let error = #expect(throws: MessageBuilderError.self) { try Self.text(change) }
            #expect(error?.field == field)
            if case .forbidden = error?.problem {} else { Issue.record("\(field): \(String(describing: error))") }
        }
    }

    @Test(arguments: [("a\rb", 0x0D, 1), ("a\r", 0x0D, 1), ("a\r\r\nb", 0x0D, 1), ("ü\0", 0, 2)])
    func aBodyHoldsNoBareReturnAndNoNUL(text: String, codePoint: UInt32, offset: Int) {
        for (field, change) in [
            ("text", { $0.text = text }), ("html", { $0.html = text }),
        ] as [(String, (inout MessageBuilder) -> Void)] {
            #expect(throws: MessageBuilderError(field, .forbidden(codePoint: codePoint, offset: offset))) {
                try Self.text(change)
            }
        }
    }

    @Test func overLongInputIsRefusedByName() {
        let long = String(repeating: "a", count: 100_000)
        let changes: [(String, (inout MessageBuilder) -> Void)] = [
            ("from.name", { $0.from.name = long }), ("from.address", { $0.from.address = long + "@d.example" }),
            ("to[0].address", { $0.to[0].address = String(long.prefix(65)) + "@d.example" }),
            ("subject", { $0.subject = long }), ("messageID", { $0.messageID = long + "@d.example" }),
            ("references[0]", { $0.references = [long + "@d.example"] }),
            ("headers[0].value", { $0.headers = [.init("X-A", long)] }),
            ("headers[0].name", { $0.headers = [.init(long, "1")] }),
            ("headers[0].value", { $0.headers = [.init("List-Id", String(long.prefix(901)))] }),
            ("attachments[0].filename", { $0.attachments = [.init(filename: long, content: [])] }),
        ]
        for (field, change) in changes {
            let error = #expect(throws: MessageBuilderError.self) { try Self.text(change) }
            #expect(error?.field == field)
            if case .tooLong = error?.problem {} else { Issue.record("\(field): \(String(describing: error))") }
        }
        #expect(throws: MessageBuilderError("to", .tooMany(count: 1001, max: 1000))) {
            try Self.text { $0.to = Array(repeating: .init("a@x.example"), count: 1001) }
        }
        #expect(throws: MessageBuilderError("references", .tooMany(count: 101, max: 100))) {
            try Self.text { $0.references = Array(repeating: "a@x.example", count: 101) }
        }
        #expect(throws: MessageBuilderError("attachments", .tooMany(count: 101, max: 100))) {
            try Self.text { $0.attachments = Array(repeating: .init(filename: "a", content: []), count: 101) }
        }
    }

    @Test(arguments: [
        "=?utf-8?Q?=0D=0ABcc:_victim@x.example?=", "Hi =?UTF-8?b?Qm9zcw==?= there", "=?x*en?q? a b ?=",
    ])
    func textThatAReaderWouldDecodeIsRefused(text: String) {
        #expect(throws: MessageBuilderError("subject", .encodedWord)) { try Self.text { $0.subject = text } }
        #expect(throws: MessageBuilderError("from.name", .encodedWord)) { try Self.text { $0.from.name = text } }
        #expect(throws: MessageBuilderError("headers[0].value", .encodedWord)) {
            try Self.text { $0.headers = [.init("X-A", text)] }
        }
    }

    // What merely looks a little like one is encoded itself, so that it is shown as it was given.
    @Test(arguments: ["a =? b", "=?utf-8?x?y?=", "x=?=?=", " leading", "trailing "])
    func whatLooksLikeMarkupIsShownAsGiven(text: String) throws {
        let written = try Self.text { $0.subject = text }
        #expect(written.contains("Subject: =?utf-8?"))
    }

    @Test(arguments: [
        "", "a", "@d.example", "a@", "a b@d.example", "a@d.example, b@d.example", "<a@d.example>", "a@[192.0.2.1]",
        "a..b@d.example", ".a@d.example", "a.@d.example", "\"a\"@d.example", "a@b@d.example", "a(c)@d.example",
        "a@d example", "a@-.\\", "a@d.example;b",
    ])
    func anAddressThatIsNoneIsRefused(address: String) {
        let error = #expect(throws: MessageBuilderError.self) { try Self.text { $0.to[0].address = address } }
        #expect(error?.field == "to[0].address")
    }

    @Test(arguments: [
        ("From", "1", MessageBuilderError("headers[0].name", .reserved)),
        ("bcc", "1", .init("headers[0].name", .reserved)),
        ("DKIM-Signature", "1", .init("headers[0].name", .reserved)),
        ("ARC-Seal", "1", .init("headers[0].name", .reserved)),
        ("Authentication-Results", "1", .init("headers[0].name", .reserved)),
        ("content-type", "1", .init("headers[0].name", .reserved)),
        ("X-MultiMail-Identity", "1", .init("headers[0].name", .reserved)),
        ("", "1", .init("headers[0].name", .missing)), ("List-Id", "ü", .init("headers[0].value", .notASCII)),
        (
            "A: b", "1",
            .init("headers[0].name", .malformed("a field's name is made of letters, digits and hyphens"))
        ),
    ])
    func fieldsThatOthersWriteAreNotTheCallers(name: String, value: String, error: MessageBuilderError) {
        #expect(throws: error) { try Self.text { $0.headers = [.init(name, value)] } }
    }

    @Test(arguments: ["../a", "a/b", "a\\b", "..", "", " a", "a "])
    func aFilenameIsNoPath(name: String) {
        let error = #expect(throws: MessageBuilderError.self) {
            try Self.text { $0.attachments = [.init(filename: name, content: [])] }
        }
        #expect(error?.field == "attachments[0].filename")
    }

    @Test func aMessageIsAttachedPlainOrNotAtAll() throws {
        let inner = Array("From: a@x.example\r\n\r\nx\r\n".utf8)
        #expect(
            try Self.text {
                $0.attachments = [.init(filename: "a.eml", mediaType: "message/rfc822", content: inner)]
            }.contains("7bit\r\nContent-Disposition: attachment; filename=\"a.eml\"\r\n\r\nFrom: a@x.example\r\n"))
        for bad in [
            "ü", "a\n", "a\r", "a\0", "--=_x", String(repeating: "a", count: 999) + "\r\n",
            "a\r\n" + String(repeating: "a", count: 999),
        ] {
            let error = #expect(throws: MessageBuilderError.self) {
                try Self.text {
                    $0.attachments = [.init(filename: "a", mediaType: "message/rfc822", content: Array(bad.utf8))]
                }
            }
            #expect(error?.field == "attachments[0].content")
        }
    }

    @Test(arguments: [500, 898, 900, 3000]) func aRunOfBlanksMakesNoLineTooLong(count: Int) throws {
        let text = "a" + String(repeating: " ", count: count) + "b"
        let octets = try Self.build(Self.builder { $0.headers = [.init("X-A", text)] }).octets
        #expect(octets.split(separator: .lineFeed).allSatisfy { $0.count <= 999 }, "998 octets and a CR")
        #expect(Message(octets).fields(named: "x-a")[0].decoded == text)
    }

    @Test func onlyALocalPartBeyondASCIINeedsSMTPUTF8() throws {
        func message(_ address: String) throws -> MessageBuilder.Message {
            try Self.build(Self.builder { $0.to = [.init(address, name: "Jürgen")] })
        }
        let plain = try message("a@bücher.example")
        #expect(!plain.needsSMTPUTF8)
        #expect(plain.octets.allSatisfy { $0 < 0x80 })
        #expect(String(decoding: plain.octets, as: UTF8.self).contains("<a@xn--bcher-kva.example>"))
        let international = try message("jürgen@bücher.example")
        #expect(international.needsSMTPUTF8)
        #expect(String(decoding: international.octets, as: UTF8.self).contains("<jürgen@xn--bcher-kva.example>"))
        // RFC 6532: our own reader takes it.
        let list = AddressList(Message(international.octets).fields(named: "to")[0].body)
        #expect(list?.mailboxes.map(\.text) == ["jürgen@xn--bcher-kva.example"])
    }

    @Test(arguments: [
        ("plain\n", "7bit"), ("", "7bit"), ("trailing \n", "quoted-printable"), ("From me\n", "quoted-printable"),
        ("a =_ b\n", "quoted-printable"), ("Grüße aus der Stadt Zürich\n", "quoted-printable"),
        ("世界世界世界世界\n", "base64"),
        (String(repeating: "a", count: 998), "7bit"), (String(repeating: "a", count: 999), "quoted-printable"),
        ("bell \u{7}\n", "quoted-printable"),
    ])
    func theEncodingIsTheMildestThatIsSafe(text: String, encoding: String) throws {
        #expect(try Self.text { $0.text = text }.contains("Content-Transfer-Encoding: \(encoding)\r\n"))
    }

    static let texts = [
        "Hello", "Grüße aus Zürich", "世界に" + String(repeating: "長い件名", count: 20),
        String(repeating: "word ", count: 60) + "end", String(repeating: "x", count: 300),
        "two  spaces   and more" + String(repeating: "   wide", count: 20), "👩‍👩‍👧‍👦 family",
        "tail " + String(repeating: "é", count: 100), "a, b; c <d> \"e\" (f) @ g", "x=?=?=y",
    ]

    @Test(arguments: texts)
    func noLineIsTooLongAndNothingIsLost(text: String) throws {
        let message = try Self.build(
            Self.builder {
                $0.subject = text
                $0.from.name = String(text.prefix(60))
                $0.to = (0..<30).map {
                    .init("reader\($0)@x.example", name: $0 % 2 == 0 ? nil : String(text.prefix(40)))
                }
                $0.text = text + "\n.\n..x\nFrom y\n" + text
                $0.html = "<p>\(text)</p>"
                $0.attachments = [
                    .init(filename: String(text.filter { $0 != " " }.prefix(50)), content: Array(text.utf8))
                ]
            })
        let header = String(decoding: message.octets.prefix(Message(message.octets).bodyStart), as: UTF8.self)
        for line in header.split(separator: "\r\n") {
            let max = text.count == 300 && line.hasPrefix("Subject:") ? MessageBuilder.lineOctetsMax : 78
            #expect(line.utf8.count <= (line.contains("=?") ? 76 : max), "\(line)")
            #expect(!line.allSatisfy { $0 == " " })
        }
        for line in String(decoding: message.octets, as: UTF8.self).split(separator: "\r\n") {
            #expect(line.utf8.count <= 998)
            #expect(!line.contains("\n") && !line.contains("\r"))
        }
    }

    /// Python's own e-mail package is the independent reader.
    @Test(.enabled(if: PythonMail.exists, "no python3"))
    func pythonReadsWhatWeWrote() throws {
        for text in Self.texts {
            let name = String(text.prefix(60))
            let filename = String(text.filter { $0 != "/" }.prefix(60)).trimmingCharacters(in: .whitespaces)
            let message = try Self.build(
                Self.builder {
                    $0.subject = text
                    $0.from = .init("ägent@d.example", name: name)
                    $0.to = (0..<30).map { .init("reader\($0)@x.example", name: $0 % 2 == 0 ? nil : name) }
                    $0.headers = [.init("X-Note", text)]
                    $0.text = text + " \n.\n..x\nFrom y\n" + text + "\n"
                    $0.html = "<p>\(text)</p>\n"
                    $0.attachments = [
                        .init(filename: filename, content: Array(0...255)),
                        .init(filename: "b.txt", mediaType: "text/plain", content: Array(text.utf8)),
                    ]
                })
            let read = try PythonMail.read(message.octets)
            #expect(read.defects == [])
            #expect(read.subject == text)
            #expect(read.note == text)
            #expect(read.from == [[name, "ägent@d.example"]])
            #expect(read.to == (0..<30).map { [$0 % 2 == 0 ? "" : name, "reader\($0)@x.example"] })
            #expect(read.text == text + " \n.\n..x\nFrom y\n" + text + "\n")
            #expect(read.html == "<p>\(text)</p>\n")
            #expect(read.filenames == [filename, "b.txt"])
            #expect(read.contents == [Data(0...255).base64EncodedString(), Data(text.utf8).base64EncodedString()])
        }
    }

    @Test func ourOwnSignatureOverItVerifies() async throws {
        let message = try Self.build(Self.builder { $0.html = "<p>Grüße</p>" })
        let signed =
            try DKIMSigner(
                domain: DKIMVerifierTests.domain, selector: "s", key: DKIMVerifierTests.rsa.signer
            ).sign(Message(message.octets), unixTime: 1_700_000_000) + message.octets
        let verdicts = await DKIMVerifierTests.verdicts(String(decoding: signed, as: UTF8.self))
        #expect(verdicts == [.pass])
    }
}

enum PythonMail {
    struct Read: Decodable {
        let defects: [String]
        let subject, note, text, html: String
        let from, to: [[String]]
        let filenames, contents: [String]
    }

    static let exists = (try? ChildProcess.run("/usr/bin/env", ["python3", "-c", "pass"]))?.status == 0

    static func read(_ message: [UInt8]) throws -> Read {
        let file = FileManager.default.temporaryDirectory.appending(path: "built-\(UUID().uuidString).eml")
        try Data(message).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let script = #"""
            import base64, email, email.policy, email.utils, json, sys
            m = email.message_from_string(open(sys.argv[1], 'rb').read().decode(), policy=email.policy.SMTPUTF8)
            # The addresses of policy SMTPUTF8 keep the white space between encoded words (CPython's mistake).
            from email.header import decode_header, make_header
            old = email.message_from_string(str(open(sys.argv[1], 'rb').read(), 'utf-8'))
            people = lambda name: [[str(make_header(decode_header(n))), a] for n, a in email.utils.getaddresses([old[name]])]
            body = lambda kind: m.get_body((kind,)).get_content().replace('\r\n', '\n')
            files = list(m.iter_attachments())
            defects = [repr(d) for p in m.walk() for d in p.defects]
            defects += [repr(d) for n in ('Subject', 'From', 'To', 'X-Note') for d in m[n].defects
                        if 'NonASCIILocalPart' not in repr(d)]
            print(json.dumps(dict(
                defects=defects, subject=str(m['Subject']), note=str(m['X-Note']), text=body('plain'), html=body('html'),
                filenames=[f.get_filename() for f in files], to=people('To'), **{'from': people('From')},
                contents=[base64.b64encode(f.get_payload(decode=True)).decode() for f in files])))
            """#
        let made = try ChildProcess.run("/usr/bin/env", ["python3", "-c", script, file.path])
        guard made.status == 0, let read = try? JSONDecoder().decode(Read.self, from: Data(made.output.utf8)) else {
            throw Lab.Failure(description: made.all)
        }
        return read
    }
}
