import Foundation
import TestSupport
import Testing

/// Those who judge what arrived, none of them ours, with keys as one name server on loopback answers.
final class Judges {
    static let peers = [Peer.dkimpy, .openDKIM, .rspamd]
    static let isPossible = peers.allSatisfy { $0.version != nil }
    static let hint: Comment =
        "needs dkimpy, OpenDKIM and rspamd: scripts/install-dependencies --test, scripts/python-environment"

    private let folder: URL
    private let rspamd: RspamdServer
    private let environment: [String: String]

    /// - Parameter names: where DKIM keys are: the library of OpenDKIM asks on port 53 alone, so that it gets what the
    ///   server answered as a file.
    init(in workspace: Workspace, dnsPort: Int, keyNames names: [String]) throws {
        folder = workspace.folder.appending(path: "judges")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let keys = try names.map { name in
            "\(name) \(try DNSProbe.texts(dnsPort, name).map { String(decoding: $0, as: UTF8.self) }.joined())\n"
        }
        try workspace.write("judges/keys.txt", keys.joined())
        let nameServer = "127.0.0.1:\(dnsPort)"
        rspamd = try RspamdServer(in: folder, nameServer: nameServer)
        environment = [
            "SIGNET_DNS": nameServer, "SIGNET_KEYS": workspace.path("judges/keys.txt"), "SIGNET_RSPAMD": rspamd.address,
        ]
    }

    /// Each one's words on each of the files, such as `rspamd: pass,pass`.
    func words(on files: [URL]) throws -> [[String]] {
        let answers = try Self.peers.map { peer in
            try peer.run(files.map { ["dkim-verify", $0.path] }, in: folder, environment: environment)
                .map { "\(peer.name): \($0)" }
        }
        return files.indices.map { file in answers.map { $0[file] } }
    }

    /// What those who know ARC say of its chain, such as `dkimpy: pass`.
    func chain(_ file: URL) throws -> [String] {
        try [Peer.dkimpy, .rspamd].map { peer in
            "\(peer.name): \(try peer.run([["arc-verify", file.path]], in: folder, environment: environment)[0])"
        }
    }

    /// The oldest verifiers of the header, as anyone who holds the domain's public key would write it: no DNS, no library for mail.
    private static let plainCheck = """
        import base64, email, sys
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

        key, file = sys.argv[1:]
        with open(file, "rb") as stream:
            field = email.message_from_binary_file(stream)["X-MultiMail-Identity"]
        tags = {}
        for part in field.split(";"):
            name, value = part.split("=", 1)
            tags[name.strip()] = value.strip()
        signed = tags["agent_id"] + ":" + tags["oversight"]
        Ed25519PublicKey.from_public_bytes(base64.b64decode(key)).verify(base64.b64decode(tags["sig"]), signed.encode())
        print(signed)

        """

    /// What it says of the file: the pair that was signed, or why it was not.
    func plainCheck(_ file: URL, publicKey: String) throws -> ChildProcess.Result {
        let script = folder.appending(path: "plain_check.py")
        try Data(Self.plainCheck.utf8).write(to: script)
        return try ChildProcess.run(Peer.python, [script.path, publicKey, file.path], in: folder)
    }
}
