import FoundationEssentials
import SendGate
import Testing

@testable import Operations

/// What an answer is made of (RFC 5322 §3.6.3 to §3.6.5), and what is never answered (RFC 3834).
@Suite("Answers")
struct ReplyTests {
    static let composition = ReplyComposition(addresses: ["agent@a.test", "Help@A.test"])

    static func reply(
        _ original: String, _ change: (inout ReplyRequest) -> Void = { _ in }
    ) throws(SendRequestError) -> SendRequest.Fields {
        var request = ReplyRequest(agent: "a", original: Array(original.utf8))
        request.text = "Yes."
        change(&request)
        guard case .fields(let fields) = try composition.compose(request).content else { return .init() }
        return fields
    }

    static func refusal(_ original: String, _ change: (inout ReplyRequest) -> Void = { _ in }) -> SendRequestError? {
        do throws(SendRequestError) {
            _ = try reply(original, change)
            return nil
        } catch {
            return error
        }
    }

    static let plain = """
        From: Ada <ada@b.test>
        To: Help <HELP@a.test>, Bob <bob@b.test>
        Cc: ada@b.test, carl@b.test
        Subject: A question
        Message-ID: <1@b.test>

        What now?

        """

    @Test func anAnswerGoesToItsAuthorFromTheAddressThatWasWrittenTo() throws {
        let fields = try Self.reply(Self.plain)
        #expect(fields.from?.address == "Help@A.test")
        #expect(fields.to.map(\.address) == ["ada@b.test"])
        // A stranger chose the name.
        #expect(fields.to.map(\.name) == [nil])
        #expect(fields.cc.isEmpty)
        #expect(fields.subject == "Re: A question")
        #expect(fields.inReplyTo == ["<1@b.test>"])
        #expect(fields.references == ["<1@b.test>"])
        #expect(fields.text == "Yes.")
        #expect(fields.headers.map(\.value) == ["auto-replied"])
    }

    @Test func anAnswerToAllLeavesOutTheAgentAndTakesEachOnce() throws {
        let fields = try Self.reply(Self.plain) {
            $0.answersAll = true
            $0.cc = [.init("d@c.test")]
        }
        #expect(fields.to.map(\.address) == ["ada@b.test"])
        #expect(fields.cc.map(\.address) == ["bob@b.test", "carl@b.test", "d@c.test"])
    }

    @Test func replyToCountsBeforeFrom() throws {
        let fields = try Self.reply("From: ada@b.test\nReply-To: x@b.test, y@b.test\n\n")
        #expect(fields.to.map(\.address) == ["x@b.test", "y@b.test"])
        // There is no Message-ID to name; it is an answer all the same.
        #expect(fields.inReplyTo.isEmpty && fields.references.isEmpty)
        #expect(fields.headers.map(\.value) == ["auto-replied"])
        #expect(fields.from == nil)
    }

    @Test(
        "RFC 5322 §3.6.4",
        arguments: [
            ("References: <1@x> <2@x>\nIn-Reply-To: <9@x>\n", ["<1@x>", "<2@x>", "<m@b.test>"]),
            ("In-Reply-To: <9@x>\n", ["<9@x>", "<m@b.test>"]),
            // Two parents: which thread it is in is not known.
            ("In-Reply-To: <8@x> <9@x>\n", ["<m@b.test>"]), ("", ["<m@b.test>"]),
            ("References: <m@b.test> <2@x>\n", ["<2@x>", "<m@b.test>"]),
        ])
    func references(fields: String, expected: [String]) throws {
        #expect(try Self.reply("From: ada@b.test\nMessage-ID: <m@b.test>\n\(fields)\n").references == expected)
    }

    @Test func aLongThreadKeepsItsFirstAndItsNewest() throws {
        let ids = (0..<300).map { "<\($0)@x>" }
        let references = try Self.reply(
            "From: ada@b.test\nMessage-ID: <m@b.test>\nReferences: \(ids.joined(separator: "\n "))\n\n"
        ).references
        #expect(references.count == 100)
        #expect(references.first == "<0@x>")
        #expect(references.suffix(2) == ["<299@x>", "<m@b.test>"])
    }

    @Test(
        "one Re: before the subject",
        arguments: [
            ("Hello", "Re: Hello"), ("Re: Hello", "Re: Hello"), ("RE: re:  Re:Hello", "Re: Hello"), ("", "Re: "),
            ("=?utf-8?q?Re:_Gr=C3=BC=C3=9Fe?=", "Re: Grüße"), ("Retour", "Re: Retour"),
            // What a field may not hold is left out; a field cannot be split by it.
            ("=?utf-8?q?a=0D=0ABcc:_x=40c.test?=", "Re: aBcc: x@c.test"), ("=?utf-8?q?x=E2=80=AEy?=", "Re: xy"),
        ])
    func subjects(given: String, expected: String) throws {
        #expect(try Self.reply("From: ada@b.test\nSubject: \(given)\n\n").subject == expected)
        #expect(try Self.reply("From: ada@b.test\nSubject: \(given)\n\n") { $0.subject = "My own" }.subject == "My own")
    }

    @Test(
        "what a program sent is not answered",
        arguments: [
            ("Auto-Submitted: auto-generated\n", "Auto-Submitted"), ("Auto-Submitted: auto-replied; x=y\n", "Auto-Sub"),
            ("auto-submitted: (x) no\n", "Auto-Submitted"),
            ("Auto-Submitted: no\nAuto-Submitted: auto-notified\n", "Auto"),
            ("Return-Path: <>\n", "empty return path"), ("Return-Path: < >\n", "empty return path"),
            ("Content-Type: multipart/report; report-type=delivery-status; boundary=x\n", "report"),
        ])
    func automatic(fields: String, reason: String) {
        let error = Self.refusal("From: ada@b.test\n\(fields)\n") { $0.answersAll = true }
        #expect(error?.field == "original")
        #expect(error?.reason.contains(reason) == true, "\(error?.reason ?? "answered")")
    }

    @Test(
        "what a person sent is",
        arguments: [
            "Auto-Submitted: no\n", "Auto-Submitted: No (by hand)\n", "Return-Path: <ada@b.test>\n",
            "Precedence: list\n",
        ])
    func personal(fields: String) {
        #expect(Self.refusal("From: ada@b.test\n\(fields)\n") == nil)
    }

    @Test(
        "nobody to answer, and no way to know whom",
        arguments: [
            ("From: agent@a.test\nTo: x@b.test\n\n", "original.from"), ("To: x@b.test\n\n", "original.from"),
            ("From: ada@b.test\nFrom: eve@b.test\n\n", "original.from"),
            ("From: ada@b.test\nReply-To: nonsense here\n\n", "original.reply-to"),
            ("From: ada@b.test\nTo: x@b.test\nTo: y@b.test\n\n", "original.to"), ("", "original"),
        ])
    func nobody(original: String, field: String) {
        #expect(Self.refusal(original)?.field == field)
    }

    @Test func aQuotationIsAskedForAndHarmless() throws {
        let original = """
            From: ada@b.test
            Date: Tue, 24 Nov 2026 12:00:00 +0000
            MIME-Version: 1.0
            Content-Type: multipart/alternative; boundary=b

            --b
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: quoted-printable

            What=20now?=0D=1B[2J=00
            > earlier

            --b
            Content-Type: text/html

            <p>other</p>
            --b--

            """
        let text = try Self.reply(original) { $0.quotes = true }.text
        #expect(
            text == """
                Yes.

                On Tue, 24 Nov 2026 12:00:00 +0000, ada@b.test wrote:
                > What now?[2J
                >> earlier

                """)
        let long = "From: ada@b.test\n\n" + String(repeating: "0123456789\n", count: 30_000)
        let quoted = try #require(try Self.reply(long) { $0.quotes = true }.text)
        #expect(quoted.utf8.count < 400_000 && quoted.hasSuffix("> […]\n"))
        let html = "From: ada@b.test\nContent-Type: text/html\n\n<p>x</p>\n"
        #expect(Self.refusal(html) { $0.quotes = true }?.field == "quotes")
        #expect(
            Self.refusal(original) {
                $0.quotes = true
                $0.html = "<p>x</p>"
            }?.field == "quotes")
    }

    /// Whatever stands in the original, the answer is one that can be sent, or it is refused with a field's name.
    @Test(arguments: SendRequestTests.tricks.indices)
    func whatComesOutIsWritable(index: Int) throws {
        let trick = SendRequestTests.tricks[index].text
        let original = "From: \"\(trick)\" <ada@b.test>\nSubject: \(trick)\nMessage-ID: <\(trick)@b.test>\n\n\(trick)\n"
        let request: SendRequest
        do throws(SendRequestError) {
            var reply = ReplyRequest(agent: "a", original: Array(original.utf8))
            reply.quotes = true
            request = try Self.composition.compose(reply)
        } catch {
            #expect(error.field.hasPrefix("original"))
            return
        }
        let octets = String(decoding: try SendRequestTests.preparation.prepare(request).octets, as: UTF8.self)
        let head = try #require(octets.components(separatedBy: "\r\n\r\n").first)
        #expect(!head.lowercased().contains("\r\nbcc"))
    }
}
