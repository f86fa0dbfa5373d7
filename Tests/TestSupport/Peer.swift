package import Foundation
import Keys
package import Testing

/// Another implementation: a driver below `Peers/` that reads jobs and answers each with one line.
package struct Peer: Sendable {
    package let name: String
    /// The program and its first arguments.
    package let command: [String]
    /// As the driver, or the package, tells it; nil: the peer is not installed.
    package let version: String?
    package let needs: String

    /// A missing peer is a word on a user's machine, and a failure in CI.
    package var runs: Bool { version != nil || Lab.isContinuousIntegration }

    package var hint: Comment { "\(name) is not installed: \(needs)" }

    /// One answer for each job, in their order.
    package func run(_ jobs: [[String]], in folder: URL, environment: [String: String]) throws -> [String] {
        guard version != nil else { throw Lab.Failure(description: "\(hint)") }
        let file = folder.appending(path: "jobs-\(UUID().uuidString)")
        try Data(jobs.map { $0.joined(separator: "\t") + "\n" }.joined().utf8).write(to: file)
        let result = try ChildProcess.run(
            "/bin/bash", ["-c", #"input=$1; shift; exec "$@" < "$input""#, "bash", file.path] + command, in: folder,
            environment: environment)
        let answers = result.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
        guard result.status == 0, answers.count == jobs.count else {
            throw Lab.Failure(description: "\(name) answered \(answers.count) of \(jobs.count) jobs: \(result.error)")
        }
        return answers
    }

    // MARK: the four

    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Peers")
    private static let package = folder.deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static func path(_ name: String) -> String { folder.appending(path: name).path }

    /// The Python of `scripts/python-environment`, unless SIGNET_PYTHON names another.
    package static let python: String = {
        if let path = ProcessInfo.processInfo.environment["SIGNET_PYTHON"] { return path }
        let made = package.appending(path: ".build-python/bin/python3").path
        return FileManager.default.isExecutableFile(atPath: made) ? made : "python3"
    }()

    private static func output(_ words: [String]) -> String? {
        guard let result = try? ChildProcess.run("/usr/bin/env", words), result.status == 0 else { return nil }
        let line = result.output.split(separator: "\n").first.map(String.init)
        return line.flatMap { $0.isEmpty ? nil : $0 }
    }

    /// `opendkim 2.11.0~beta2-8`, where Debian's package system knows it.
    private static func debian(_ package: String) -> String? {
        output(["dpkg-query", "-W", "-f=${Package} ${Version}\n", package])
    }

    package static let dkimpy = Peer(
        name: "dkimpy", command: [python, path("dkimpy.py")],
        version: output([python, path("dkimpy.py"), "--version"]),
        needs: "scripts/python-environment")

    package static let mailDKIM = Peer(
        name: "Mail::DKIM", command: ["perl", path("mail_dkim.pl")],
        version: output(["perl", path("mail_dkim.pl"), "--version"]), needs: "Debian's libmail-dkim-perl")

    /// The driver is compiled once for each text of it, against Debian's libopendkim.
    package static let openDKIM: Peer = {
        let source = FileManager.default.contents(atPath: path("opendkim.c")) ?? Data()
        let digest = SHA256.hash([UInt8](source)).description.suffix(16)
        let program = package.appending(path: ".build/peers/opendkim-\(digest)")
        // Named only when it is whole: another run may be at the same.
        let compiled = output([
            "sh", "-c",
            #"""
            [ -x "$1" ] || { mkdir -p "${1%/*}" && cc -O1 -o "$1.$$" "$2" -lopendkim 2>/dev/null && mv "$1.$$" "$1"; } &&
              "$1" --version
            """#, "sh", program.path, path("opendkim.c"),
        ])
        return Peer(
            name: "OpenDKIM", command: [program.path], version: compiled.map { debian("libopendkim-dev") ?? $0 },
            needs: "Debian's libopendkim-dev")
    }()

    package static let rspamd = Peer(
        name: "rspamd", command: ["python3", path("rspamd.py")],
        version: output(["sh", "-c", "command -v rspamd"]).flatMap { _ in
            debian("rspamd") ?? output(["rspamd", "--version"])
        }, needs: "Debian's rspamd, and python3")

    package static let all = [dkimpy, openDKIM, mailDKIM, rspamd]
}
