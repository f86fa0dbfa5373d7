import FoundationEssentials
import Keys
import Operations

/// The demo's second half, as files: agents and an approver declared, one of them revoked, a message edited.
struct DemoAgents {
    let context: Context
    let folder: String
    let manifest: String

    private var files: any ManifestFiles { context.signet.ports.files }
    var keyPath: String { folder + "/alice.pem" }
    var editedPath: String { folder + "/edited.eml" }
    private static let octetsMax = 1 << 20

    /// Declares a relay, two agents and an approver, whose key is made here.
    func declare(relayPort: UInt16) throws {
        let pem = Self.privateKey(seed: context.signet.ports.random(32))
        let publicKey = try Signer(pem: Array(pem.utf8)).publicKey.raw ?? []
        try write(pem, to: keyPath, mode: 0o600, replacing: false)
        let text = try read().replacing("    provider: main\n", with: "    provider: main\n    relay: sink\n")
        try write(
            text + """

                relays:
                  sink: { url: "smtp://127.0.0.1:\(relayPort)", tls: none, egress: [192.0.2.10] }

                agents:
                  writer:
                    domain: \(DemoCommand.domain)
                    addresses: [writer@\(DemoCommand.domain)]
                    oversight: monitored
                    oversight_address: oversight@example.test
                  clerk:
                    domain: \(DemoCommand.domain)
                    addresses: [clerk@\(DemoCommand.domain)]
                    oversight: gated_send

                approvers:
                  alice: { email: alice@example.test, public_key: "ed25519:\(Data(publicKey).base64EncodedString())" }

                """, to: manifest, mode: 0o644, replacing: true)
    }

    /// Takes the agent out of the manifest.
    func revokeWriter() throws {
        let text = try read()
        guard let start = text.firstRange(of: "  writer:\n"), let end = text.firstRange(of: "  clerk:\n") else {
            throw OperationError.other("the demo's manifest is not as it was")
        }
        try write(
            String(text[..<start.lowerBound] + text[end.lowerBound...]), to: manifest, mode: 0o644, replacing: true)
    }

    /// What somebody puts in the place of the message that was approved.
    func writeEdited() throws {
        try write(
            """
            From: clerk@\(DemoCommand.domain)
            To: ada@example.net
            Subject: Your refund

            We refund 9,000 in place of 90.

            """, to: editedPath, mode: 0o644, replacing: true)
    }

    private func read() throws -> String {
        String(decoding: try files.read(manifest, octetsMax: Self.octetsMax), as: UTF8.self)
    }

    private func write(_ text: String, to path: String, mode: UInt16, replacing: Bool) throws {
        try files.write(Array(text.utf8), to: path, mode: mode, replacing: replacing)
    }

    /// PKCS#8 (RFC 8410 §7) of an Ed25519 key, which is its seed.
    private static func privateKey(seed: [UInt8]) -> String {
        let prefix: [UInt8] = [
            0x30, 0x2E, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
        ]
        let base64 = Data(prefix + seed).base64EncodedString()
        return "-----BEGIN PRIVATE KEY-----\n\(base64)\n-----END PRIVATE KEY-----\n"
    }
}
