import Foundation
import TestSupport
import Testing

/// `signet mail …` as a shell runs it: keys from the keyring, DNS from the embedded zone, octets through pipes.
@Suite(.serialized) struct MailTests {
    /// Latin-1, which is no UTF-8, and a bare octet of each kind that text tools like to change.
    private static let message =
        Data("From: bot@d.example\r\nTo: x@y.example\r\nSubject: Gr".utf8) + Data([0xFC, 0xDF]) + Data("e\r\n\r\n".utf8)
        + Data([0x00, 0x80, 0xFF, 0x0C]) + Data("\r\n\r\n\r\n".utf8)

    private static func shell(_ line: String, in workspace: Workspace) throws -> ChildProcess.Result {
        try ChildProcess.run(
            "/bin/sh", ["-c", line], in: workspace.folder, environment: ["SIGNET": Workspace.binary])
    }

    @Test("what the keyring signs verifies, octet for octet; what was changed does not")
    func keyring() throws {
        let workspace = try Workspace()
        #expect(try workspace.signet("init", "d.example", "--provider", "embedded").status == 0)
        #expect(try workspace.signet("apply", "--auto-approve", "--quiet").status == 0)
        try Self.message.write(to: workspace.folder.appending(path: "m.eml"))
        #expect(
            try Self.shell("cat m.eml | $SIGNET mail sign - --expires-in 1d > s.eml", in: workspace).error
                == "signed by d=d.example s=signet1, rsa-sha256\nsigned by d=d.example s=signet2, ed25519-sha256\n")
        let signed = try Data(contentsOf: workspace.folder.appending(path: "s.eml"))
        #expect(signed.suffix(Self.message.count) == Self.message)

        let envelope = ["--ip", "192.0.2.10", "--mail-from", "bot@d.example", "--manifest", "signet.yaml"]
        let verdict = try workspace.start(["mail", "verify", "s.eml", "--output", "json"] + envelope).wait()
        #expect(verdict.status == 0)
        let json = JSON(try JSONSerialization.jsonObject(with: Data(verdict.output.utf8)))
        #expect(json["command"].string == "mail verify" && json["aligned"].bool == true)
        #expect(json["spf"]["result"].string == "pass" && json["spf"]["alignment"].string == "aligned")
        #expect(json["dkim"].array.map { $0["result"].string } == ["pass", "pass"])
        #expect(json["dmarc"]["policy"].string == "quarantine")

        try (signed + Data("x\r\n".utf8)).write(to: workspace.folder.appending(path: "c.eml"))
        let changed = try Self.shell("$SIGNET mail verify - -f signet.yaml < c.eml", in: workspace)
        #expect(changed.status == 4)
        #expect(changed.output.contains("the body hash does not match"))
    }

    @Test("only a domain that forwards seals")
    func seal() throws {
        let workspace = try Workspace()
        #expect(try workspace.signet("init", "d.example", "--provider", "embedded").status == 0)
        #expect(try workspace.signet("apply", "--auto-approve", "--quiet").status == 0)
        try Self.message.write(to: workspace.folder.appending(path: "m.eml"))
        let refused = try workspace.signet("mail", "seal", "m.eml")
        #expect(refused.status == 1 && refused.output.isEmpty && refused.error.contains("arc: forwarded"))
        let manifest = try workspace.read("signet.yaml")
        try workspace.write(
            "signet.yaml", manifest.replacing("    provider: main\n", with: "    provider: main\n    arc: forwarded\n"))
        #expect(try Self.shell("$SIGNET mail seal m.eml --quiet > s.eml", in: workspace).all == "")
        // The manifest in the folder says whom to ask.
        let verdict = try workspace.signet("mail", "verify", "s.eml")
        #expect(verdict.output.contains("1 set, sealed by d.example"), "\(verdict.all)")
    }
}
