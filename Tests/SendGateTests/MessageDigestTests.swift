import Foundation
import Keys
import Manifest
import SendGate
import Testing

@Suite("Message digest")
struct MessageDigestTests {
    @Test("the octets of docs/spec/approval.md, by another program")
    func vector() {
        #expect(
            ApprovalSamples.digest.description
                == "sha256:eaf5d2599cc1f293ebbbb41298a3f488a500633e22d4c5e58acaf45e36d3e4c8")
    }

    struct Edit: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var apply: @Sendable (inout MessageContent) -> Void

        init(_ title: String, _ apply: @escaping @Sendable (inout MessageContent) -> Void) {
            testDescription = title
            self.apply = apply
        }
    }

    static let edits: [Edit] = [
        Edit("agent") { $0.agent = AgentID(rawValue: "onboarding-agent-v3") },
        Edit("from") { $0.from = "Onboarding <onboarding@mail.example.com> " },
        Edit("a recipient more") { $0.recipients.append(.init(.to, "eve@example.org")) },
        Edit("a recipient less") { $0.recipients.removeLast() },
        Edit("another recipient") { $0.recipients[0].address = "Ada <ada@example.nét>" },
        Edit("another kind of recipient") { $0.recipients[1].kind = .cc },
        Edit("another order of recipients") { $0.recipients.swapAt(0, 1) },
        Edit("subject") { $0.subject = "Welcome, ada" },
        Edit("an unseen character in the subject") { $0.subject = "Welcome,\u{200B} Ada" },
        Edit("the same subject in another normal form") { $0.subject += "e\u{301}" },
        Edit("the same subject in one normal form") { $0.subject += "\u{E9}" },
        Edit("a header's name") { $0.headers[0].name = "Reply-to" },
        Edit("a header's value") { $0.headers[0].value = "help@example.org" },
        Edit("a header more") { $0.headers.append(.init("X-Note", "")) },
        Edit("no header") { $0.headers = [] },
        Edit("body") { $0.body[0].octets[0] ^= 0x20 },
        Edit("body's end") { $0.body[0].octets.append(0x0A) },
        Edit("body's type") { $0.body[0].mediaType = "text/html" },
        Edit("order of bodies") { $0.body.swapAt(0, 1) },
        Edit("a body less") { $0.body.removeLast() },
        Edit("attachment's name") { $0.attachments[0].name = "terms.exe" },
        Edit("attachment's type") { $0.attachments[0].mediaType = "application/octet-stream" },
        Edit("attachment's size") { $0.attachments[0].octetCount = 9 },
        Edit("attachment's content") { $0.attachments[0].sha256 = SHA256.hash(Array("%PDF-1.8".utf8)) },
        Edit("no attachment") { $0.attachments = [] },
        Edit("mode") { $0.mode = .gatedAll },
        Edit("declaration") { $0.declaration = SHA256.hash([]) },
        // What a list of values without lengths would take for the same.
        Edit("a word moves from subject to sender") {
            $0.from += "W"
            $0.subject.removeFirst()
        },
        Edit("a header becomes a recipient") {
            $0.headers = []
            $0.recipients.append(.init(.to, "Reply-To: help@example.com"))
        },
    ]

    @Test("any edit gives another digest", arguments: edits)
    func edit(_ edit: Edit) {
        var content = ApprovalSamples.content
        edit.apply(&content)
        #expect(MessageDigest(of: content) != ApprovalSamples.digest)
    }

    @Test("and no two edits the same one")
    func allDiffer() {
        let digests = Self.edits.map { edit in
            var content = ApprovalSamples.content
            edit.apply(&content)
            return MessageDigest(of: content)
        }
        #expect(Set(digests).count == Self.edits.count)
    }
}
