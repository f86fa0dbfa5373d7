import Foundation
import Glibc

/// Runs a program to its end and returns what it printed.
///
/// Foundation's `Process` waits until every process that inherited one of its sockets has ended, so a script that
/// leaves a server running would never end for it. Blocks its thread.
package enum Subprocess {
    /// `command`: the program's path, then its arguments. Standard output and error come together, in order.
    package static func run(
        _ command: [String], _ environment: [String: String] = [:]
    ) throws -> (status: Int32, output: String) {
        let log = FileManager.default.temporaryDirectory.appendingPathComponent("signet-run-\(UUID().uuidString)")
        // A file, not a pipe: a server that is left running would hold a pipe open.
        defer { try? FileManager.default.removeItem(at: log) }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, log.path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600)
        posix_spawn_file_actions_adddup2(&actions, 1, 2)
        for descriptor in try FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd").compactMap(Int32.init)
        where descriptor > 2 {
            posix_spawn_file_actions_addclose(&actions, descriptor)
        }

        let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
        var arguments = command.map { strdup($0) } + [nil]
        var variableList = variables.map { strdup($0) } + [nil]
        defer { (arguments + variableList).forEach { free($0) } }
        var process = pid_t()
        let code = posix_spawn(&process, command[0], &actions, nil, &arguments, &variableList)
        guard code == 0 else { throw Lab.Failure(description: "\(command[0]): \(String(cString: strerror(code)))") }
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0, errno == EINTR {}
        let output = String(decoding: (try? Data(contentsOf: log)) ?? Data(), as: UTF8.self)
        // Above 128 as a shell says it: ended by a signal.
        return (status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F, output)
    }
}
