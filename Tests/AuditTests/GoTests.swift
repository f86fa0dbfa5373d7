import Audit
import Foundation
import Keys
import TestSupport
import Testing

/// Another implementation's opinion: golang.org/x/mod/sumdb, which guards Go's module downloads.
@Suite("Proofs and notes by Go's tlog and note")
struct GoTests {
    private static let packages = "/usr/share/gocode"
    private static let hint: Comment =
        "needs Debian's golang-go and golang-golang-x-mod-dev: scripts/install-dependencies --test"
    private static let go = ["/usr/bin/go", "/usr/local/go/bin/go"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }
    private static let isInstalled =
        go != nil && FileManager.default.fileExists(atPath: packages + "/src/golang.org/x/mod/sumdb/tlog")

    @Test("they accept every proof of sizes 0 to 300, and make the same", .enabled(if: isInstalled, hint))
    func proofs() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("signet-go-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let input = folder.appendingPathComponent("lines")
        try Data(lines().utf8).write(to: input)
        let source = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Go/main.go")
        let program = folder.appendingPathComponent("main").path
        let environment = [
            "GO111MODULE": "off", "GOPATH": Self.packages, "GOCACHE": folder.appendingPathComponent("cache").path,
            "GOTOOLCHAIN": "local", "GOFLAGS": "",
        ]
        let build = try ChildProcess.run(
            try #require(Self.go), ["build", "-o", program, source.path], in: folder, environment: environment)
        try #require(build.status == 0, "\(build.all)")
        let run = try ChildProcess.run(program, [input.path])
        try #require(run.status == 0, "\(run.all)")
        var answers: [String: String] = [:]
        for line in run.output.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            answers[String(words[0])] = String(words[1])
        }
        #expect(answers["leaf"] == "300")
        #expect(answers["root"] == "301")
        #expect(answers["inclusion"] == "45150")
        // Go's CheckTree knows no empty tree.
        #expect(answers["consistency"] == "45150")
        #expect(answers["note"] == "301")

        // And the other way round: a checkpoint that Go signed.
        let key = try #require(answers["key"].flatMap { VerifierKey($0) })
        let note = try #require(answers["made"].flatMap { Data(base64Encoded: $0) })
        let checkpoint = try Checkpoint(note: Array(note), key: key)
        #expect(
            checkpoint == Checkpoint(origin: "go.example/log", size: 300, root: ProofSamples.roots[300]))
    }

    private func lines() throws -> String {
        var lines: [String] = []
        var reader = ProofSamples.reader()
        func text(_ hashes: [TreeHash]) -> String {
            hashes.isEmpty ? "-" : hashes.map { Data($0.octets).base64EncodedString() }.joined(separator: ",")
        }
        for (index, leaf) in ProofSamples.leaves.enumerated() { lines.append("leaf \(index) \(text([leaf]))") }
        for size in 0...ProofSamples.sizeMax {
            let root = ProofSamples.roots[Int(size)]
            lines.append("root \(size) \(text([root]))")
            for index in 0..<size {
                lines.append("inclusion \(size) \(index) \(text(try reader.inclusionProof(index: index, size: size)))")
            }
            for older in 0..<size where older > 0 {
                lines.append("consistency \(older) \(size) \(text(try reader.consistencyProof(from: older, to: size)))")
            }
            if size > 0 { lines.append("consistency \(size) \(size) -") }
            let note = try Checkpoint(origin: LogSamples.key.name, size: size, root: root)
                .signed(as: LogSamples.key, with: LogSamples.signer)
            lines.append("note \(LogSamples.key) \(Data(note.utf8).base64EncodedString())")
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
