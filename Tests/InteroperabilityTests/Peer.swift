import Foundation
import MailAuth
import TestSupport
import Testing

/// Another implementation: a driver below `Peers/` that reads jobs and answers each with one line.
struct Peer: Sendable {
    let name: String
    /// The program and its first arguments.
    let command: [String]
    /// As the driver, or the package, tells it; nil: the peer is not installed.
    let version: String?
    let needs: String
    /// What it cannot do, and why: the cells of the matrix that say so. The rest has to pass.
    var gaps: [Gap] = []

    struct Gap: Sendable {
        enum Direction: Sendable { case verifies, signs, both }
        let direction: Direction
        /// Only this sample; nil: all.
        var sample: String?
        let covers: @Sendable (Cell) -> Bool
        let reason: String
    }

    /// A missing peer is a word on a user's machine, and a failure in CI.
    var runs: Bool { version != nil || ProcessInfo.processInfo.environment["CI"] == "true" }

    var hint: Comment { "\(name) is not installed: \(needs)" }

    func gap(_ direction: Gap.Direction, _ cell: Cell, _ sample: Sample) -> String? {
        gaps.first { gap in
            (gap.direction == .both || gap.direction == direction) && gap.covers(cell)
                && (gap.sample == nil || gap.sample == sample.name)
        }?.reason
    }

    /// One answer for each job, in their order.
    func run(_ jobs: [[String]], in folder: URL, environment: [String: String]) throws -> [String] {
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

    private static func path(_ name: String) -> String { folder.appending(path: name).path }

    /// The Python of `scripts/python-environment`, unless SIGNET_PYTHON names another.
    private static let python: String = {
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

    static let dkimpy = Peer(
        name: "dkimpy", command: [python, path("dkimpy.py")],
        version: output([python, path("dkimpy.py"), "--version"]),
        needs: "scripts/python-environment")

    static let mailDKIM = Peer(
        name: "Mail::DKIM", command: ["perl", path("mail_dkim.pl")],
        version: output(["perl", path("mail_dkim.pl"), "--version"]), needs: "Debian's libmail-dkim-perl",
        gaps: [
            Gap(
                direction: .both, covers: { $0.algorithms.contains(.ed25519) },
                reason: "knows no Ed25519"),
            Gap(
                direction: .both, sample: "no line end", covers: { $0.body == .simple },
                reason: "does not add the CRLF that RFC 6376 §3.4.3 wants behind a body without one"),
        ])

    /// The driver is compiled where it is needed, against Debian's libopendkim.
    static let openDKIM: Peer = {
        let program = FileManager.default.temporaryDirectory.appending(path: "signet-opendkim-\(UUID().uuidString)")
        let compiled = output([
            "sh", "-c", #"cc -O1 -o "$1" "$2" -lopendkim 2>/dev/null && "$1" --version"#, "sh", program.path,
            path("opendkim.c"),
        ])
        return Peer(
            name: "OpenDKIM", command: [program.path], version: compiled.map { debian("libopendkim-dev") ?? $0 },
            needs: "Debian's libopendkim-dev",
            gaps: [
                Gap(
                    direction: .signs, covers: { $0.algorithms.contains(.ed25519) && $0.header == .simple },
                    reason: "its own library fails what it signs with Ed25519 and simple header fields"),
                Gap(
                    direction: .both, sample: "no line end", covers: { $0.body == .relaxed },
                    reason: "calls a body without a CRLF at its end a syntax error; RFC 6376 §3.4.4 adds one"),
            ])
    }()

    static let rspamd = Peer(
        name: "rspamd", command: ["python3", path("rspamd.py")],
        version: output(["sh", "-c", "command -v rspamd"]).flatMap { _ in
            debian("rspamd") ?? output(["rspamd", "--version"])
        }, needs: "Debian's rspamd, and python3",
        gaps: [
            Gap(
                direction: .signs, covers: { $0.header != .relaxed || $0.body != .relaxed },
                reason: "signs relaxed/relaxed only"),
            Gap(
                direction: .both, sample: "octets", covers: { $0.body == .relaxed },
                reason: "takes a form feed for white space; RFC 6376 §2.8 knows space and tab"),
        ])

    static let all = [dkimpy, openDKIM, mailDKIM, rspamd]

    static let rspamdConfiguration = path("rspamd.conf")
    static let documentation = package.appending(path: "docs/interoperability.md")
}
