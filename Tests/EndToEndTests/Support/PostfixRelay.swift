import Foundation
import TestSupport
import Testing

/// scripts/postfix-relay: a Postfix of its own that wants STARTTLS and AUTH, and passes everything on to a sink.
final class PostfixRelay {
    static let isPossible = getuid() == 0 && FileManager.default.isExecutableFile(atPath: "/usr/sbin/postfix")
    static let hint: Comment = "needs Postfix, and root to start it: scripts/install-dependencies --test"

    static let user = "signet@relay.test"
    static let password = "relay-secret"

    let port = Lab.freePort()
    /// Relative to the workspace.
    let certificate = "relay/ca.pem"
    private let folder: String

    init(in workspace: Workspace, sink: MailSink) throws {
        folder = workspace.path("relay")
        try script("start", folder, "\(port)", "\(Lab.freePort())", "\(sink.port)")
    }

    deinit { try? script("stop", folder) }

    func log() throws -> String { try String(contentsOfFile: folder + "/mail.log", encoding: .utf8) }

    private func script(_ words: String...) throws {
        let result = try ChildProcess.run(
            Workspace.repository.appending(path: "scripts/postfix-relay").path, words)
        guard result.status == 0 else { throw Lab.Failure(description: "postfix-relay: \(result.all)") }
    }
}
