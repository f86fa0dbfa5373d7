import Glibc

/// A file that is there whole or not at all: written beside its name, on disk, then named. Given up, it leaves nothing.
final class ReplacedFile {
    private let target: String
    private let path: String
    private let temporary: String
    private let descriptor: Int32
    private var isFinished = false

    /// - Parameters:
    ///   - target: where it comes to lie; its folder is there.
    ///   - path: as the user calls it.
    init(_ target: String, mode: mode_t, path: String) throws {
        self.target = target
        self.path = path
        let (folder, name) = SystemFiles.split(target)
        temporary = "\(folder)/.\(name).\(getpid()).tmp"
        unlink(temporary)
        descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw SystemFiles.Failure("\(path) cannot be written", code: errno) }
    }

    deinit {
        if descriptor >= 0 { close(descriptor) }
        if descriptor >= 0, !isFinished { unlink(temporary) }
    }

    func write(_ octets: [UInt8]) throws {
        var written = 0
        while written < octets.count {
            let count = octets.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress! + written, octets.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw SystemFiles.Failure("\(path) cannot be written", code: errno) }
            written += count
        }
    }

    func finish(replacing: Bool) throws {
        // `link` refuses a name that is taken, in one step.
        guard fsync(descriptor) == 0,
            replacing ? rename(temporary, target) == 0 : link(temporary, target) == 0
        else { throw SystemFiles.Failure("\(path) cannot be written", code: errno) }
        if !replacing { unlink(temporary) }
        isFinished = true
        let folder = open(SystemFiles.split(target).folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }
}
