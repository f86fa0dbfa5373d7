import CLinux
import Dispatch
import Glibc
import Manifest
import Operations

/// Secrets from the environment, from files and from commands.
struct SystemSecrets: SecretReader {
    /// Keys and tokens are far shorter; a file of this size is something else.
    static let octetsMax = 64 << 10
    static let commandSecondsMax = 30

    /// Told what a reader of the output should know and nobody has to act on at once.
    var warn: @Sendable (String) -> Void

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    func secret(_ reference: SecretReference, relativeTo folder: String) async throws -> [UInt8] {
        switch reference {
        case .environment(let name):
            guard let value = getenv(name) else { throw Failure("the environment variable \(name) is not set") }
            let octets = Array(String(cString: value).utf8)
            if octets.isEmpty { throw Failure("the environment variable \(name) is empty") }
            return octets
        case .file(let path):
            return try file(path.hasPrefix("/") || folder == "." ? path : "\(folder)/\(path)")
        case .command(let words):
            return try await withCheckedThrowingContinuation { continuation in
                DispatchQueue.global().async {
                    continuation.resume(with: Result { try Self.run(words, in: folder) })
                }
            }
        }
    }

    private func file(_ path: String) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw SystemFiles.Failure("\(path) cannot be read", code: errno) }
        defer { close(descriptor) }
        var status = stat()
        if fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & S_IROTH != 0 {
            warn("\(path) holds a secret, and every user of this machine can read it; `chmod 600` it")
        }
        let octets = Self.withoutLineEnd(try SystemFiles.read(descriptor, path, octetsMax: Self.octetsMax))
        if octets.isEmpty { throw Failure("\(path) is empty") }
        return octets
    }

    private static func withoutLineEnd(_ octets: [UInt8]) -> [UInt8] {
        guard octets.last == UInt8(ascii: "\n") else { return octets }
        let line = octets.dropLast()
        return Array(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
    }

    // MARK: commands

    /// Without a shell, in the manifest's folder, with no input; what it says on standard error goes to ours.
    static func run(
        _ words: [String], in folder: String, seconds: Int = commandSecondsMax
    ) throws -> [UInt8] {
        guard let program = words.first else { throw Failure("a secret's command is empty") }
        var ends: [Int32] = [-1, -1]
        guard signet_pipe(&ends) == 0 else {
            throw SystemFiles.Failure("\(program) cannot be started", code: errno)
        }
        defer { close(ends[0]) }
        let process: pid_t
        do {
            defer { close(ends[1]) }
            process = try start(words, in: folder, output: ends[1])
        }
        let result = drain(ends[0], seconds: seconds)
        guard case .success(let octets) = result else {
            kill(process, SIGKILL)
            _ = exitCode(of: process)
            switch result {
            case .failure(.timedOut): throw Failure("\(program) did not end within \(seconds) s")
            case .failure(.tooLong): throw Failure("\(program) wrote more than \(octetsMax) octets")
            default: throw Failure("what \(program) wrote cannot be read")
            }
        }
        let code = exitCode(of: process)
        guard code == 0 else { throw Failure("\(program) failed with exit code \(code)") }
        let secret = withoutLineEnd(octets)
        if secret.isEmpty { throw Failure("\(program) wrote nothing") }
        return secret
    }

    private static func start(_ words: [String], in folder: String, output: Int32) throws -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        if folder != "." { posix_spawn_file_actions_addchdir_np(&actions, folder) }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores, its children would ignore too.
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGPIPE, SIGINT, SIGTERM, SIGHUP] { sigaddset(&signals, number) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        var arguments: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
        defer { for argument in arguments { free(argument) } }
        var process = pid_t()
        let code = posix_spawnp(&process, words[0], &actions, &attributes, &arguments, environ)
        guard code == 0 else { throw SystemFiles.Failure("\(words[0]) cannot be started", code: code) }
        return process
    }

    private enum DrainFailure: Error {
        case timedOut, tooLong, unreadable
    }

    private static func drain(_ descriptor: Int32, seconds: Int) -> Result<[UInt8], DrainFailure> {
        let deadline = ContinuousClock.now + .seconds(seconds)
        var octets: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let left = ContinuousClock.now.duration(to: deadline)
            guard left > .zero else { return .failure(.timedOut) }
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let milliseconds = left.components.seconds * 1000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
            let ready = poll(&event, 1, Int32(milliseconds))
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return .failure(.unreadable) }
            if count == 0 { return .success(octets) }
            octets.append(contentsOf: buffer[..<count])
            if octets.count > octetsMax { return .failure(.tooLong) }
        }
    }

    /// As a shell reports it: 128 and the number for a signal.
    private static func exitCode(of process: pid_t) -> Int32 {
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 {
            if errno != EINTR { return -1 }
        }
        // wait(2): the low seven bits are the signal, the next eight the exit code.
        return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
    }
}
