import DNS
import Foundation
import MailAuth
import TestSupport
import Testing

/// One peer's part of the matrix.
final class Exchange {
    let peer: Peer
    let keys: PeerKeys
    private let folder: URL
    private var server: RspamdServer?
    private var environment: [String: String]
    private var files = 0
    /// When everybody signs and verifies; no signature here expires.
    static let time: Int64 = 1_795_492_800

    init(_ peer: Peer) throws {
        self.peer = peer
        folder = FileManager.default.temporaryDirectory.appending(path: "signet-interop-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        keys = try PeerKeys(in: folder)
        environment = keys.environment
        if peer.name == Peer.rspamd.name, peer.version != nil {
            let server = try RspamdServer(in: folder, nameServer: keys.nameServer)
            self.server = server
            environment["SIGNET_RSPAMD"] = server.address
        }
    }

    func end() {
        server?.stop()
        try? FileManager.default.removeItem(at: folder)
    }

    func run(_ jobs: [[String]]) throws -> [String] { try peer.run(jobs, in: folder, environment: environment) }

    func write(_ octets: [UInt8]) throws -> String {
        let path = newPath()
        try Data(octets).write(to: URL(filePath: path))
        return path
    }

    func newPath() -> String {
        files += 1
        return folder.appending(path: "\(files).eml").path
    }

    func read(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }

    // MARK: DKIM

    func sign(_ octets: [UInt8], _ cell: Cell) throws -> [UInt8] {
        let signers = cell.algorithms.map { algorithm in
            var signer = DKIMSigner(
                domain: PeerKeys.domain, selector: algorithm.selector, key: keys.signer(algorithm))
            signer.headerCanonicalization = cell.header
            signer.bodyCanonicalization = cell.body
            return signer
        }
        return try DKIMSigner.sign(Message(octets), with: signers, unixTime: Self.time).joined() + octets
    }

    func verify(_ octets: [UInt8]) async -> [DKIMVerdict] {
        await DKIMVerifier(resolver: keys.resolver).verify(Message(octets), unixTime: Self.time).map(\.verdict)
    }

    func signJobs(_ sample: Sample, _ cell: Cell) throws -> (jobs: [[String]], out: String) {
        var path = try write(sample.octets)
        var jobs: [[String]] = []
        for algorithm in cell.algorithms {
            let out = newPath()
            jobs.append([
                "dkim-sign", path, out, keys.pem(algorithm), PeerKeys.domain.description, algorithm.selector,
                algorithm.rawValue, cell.canonicalization,
            ])
            path = out
        }
        return (jobs, path)
    }

    // MARK: ARC

    /// Our set before the message, with what we found of it.
    func seal(_ octets: [UInt8]) async throws -> [UInt8] {
        let message = Message(octets)
        let verdict = await MessageVerifier(resolver: keys.resolver).verify(
            message, envelope: MessageVerifier.Envelope(), unixTime: Self.time)
        let fields = try ARCSealer(domain: PeerKeys.domain, selector: "r", key: keys.signer(.rsa)).seal(
            message, results: verdict.authenticationResults(serverID: "ours.example"), chain: verdict.arc,
            unixTime: Self.time)
        return try #require(fields) + octets
    }

    func chain(_ octets: [UInt8]) async -> ARCResult {
        await ARCVerifier(resolver: keys.resolver).verify(Message(octets), unixTime: Self.time)
    }

    /// The peer's set; its sealer reads the chain's state from the message's own Authentication-Results.
    func peerSeals(_ messages: [[UInt8]]) async throws -> [[UInt8]] {
        var outs: [String] = []
        var jobs: [[String]] = []
        for octets in messages {
            let state = await chain(octets).verdict.name
            let results = "Authentication-Results: theirs.example; arc=\(state); dkim=none\r\n"
            let path = try write(Array(results.utf8) + octets)
            outs.append(newPath())
            jobs.append([
                "arc-seal", path, outs.last!, keys.pem(.rsa), PeerKeys.domain.description, "r", "theirs.example",
            ])
        }
        let answers = try run(jobs)
        return try zip(answers, outs).map { answer, out in
            guard answer == "ok" else { throw Lab.Failure(description: "\(peer.name) does not seal: \(answer)") }
            return try read(out)
        }
    }
}
