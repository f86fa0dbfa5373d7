import CSQLite
import Glibc
import Reconcile

/// The file that holds the state: found, or made so that nobody else can read it.
enum StateFile {
    /// Owner only: the file holds the sealed keyring.
    static let fileMode: mode_t = 0o600
    static let folderMode: mode_t = 0o700

    enum Presence {
        case absent
        case present
    }

    /// Says whether the file is there, and refuses what could not work: a folder, a device, a network file system.
    static func presence(_ path: String) throws(StoreError) -> Presence {
        var status = stat()
        guard stat(path, &status) == 0 else {
            switch errno {
            case ENOENT: return .absent
            case let code: throw unavailable(path, code)
            }
        }
        guard status.st_mode & S_IFMT == S_IFREG else {
            throw StoreError(
                .unavailable, "\(path) is not a regular file: give the path of a file in `settings: state:`")
        }
        try refuseNetwork(path)
        return .present
    }

    /// What is said where only an older file helps.
    static let restoring = "restore the state file from a backup, and remove its -wal and -shm files first"

    /// Sees to it that there is a file to write.
    static func prepare(_ path: String) throws(StoreError) {
        if try presence(path) == .absent { try create(path) }
    }

    /// Sees to it that its owner alone reads a file that is known to be Signet's. One of another user's is left to them.
    static func tighten(_ path: String) {
        // SQLite gives its files beside the database the mode that this has now. By name: closing a descriptor of the file
        // would end the locks that this process has on it (sqlite.org/howtocorrupt.html §2.2).
        for path in [path, path + "-wal", path + "-shm"] {
            var status = stat()
            guard stat(path, &status) == 0, status.st_uid == geteuid(), status.st_mode & 0o077 != 0 else { continue }
            chmod(path, status.st_mode & fileMode)
        }
    }

    /// Creates the file empty, for its owner alone, and the folders above it that are missing. A file that is there
    /// stays as it is.
    static func create(_ path: String) throws(StoreError) {
        let folder = parent(of: path)
        try createFolder(folder)
        try refuseNetwork(folder)
        // O_EXCL and O_NOFOLLOW: a file or link that somebody else put there in the meantime is not taken for ours.
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, fileMode)
        guard descriptor >= 0 else {
            if errno == EEXIST { return }
            throw unavailable(path, errno)
        }
        close(descriptor)
        // The name is part of what has to survive a power cut.
        let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard directory >= 0 else { return }
        fsync(directory)
        close(directory)
    }

    private static func createFolder(_ path: String) throws(StoreError) {
        if mkdir(path, folderMode) == 0 || errno == EEXIST { return }
        guard errno == ENOENT, path != parent(of: path) else { throw unavailable(path, errno) }
        try createFolder(parent(of: path))
        guard mkdir(path, folderMode) == 0 || errno == EEXIST else { throw unavailable(path, errno) }
    }

    static func parent(of path: String) -> String {
        let trimmed = path.utf8.reversed().drop { $0 == UInt8(ascii: "/") }
        let upper = trimmed.drop { $0 != UInt8(ascii: "/") }.drop { $0 == UInt8(ascii: "/") }
        if !upper.isEmpty { return String(decoding: upper.reversed(), as: UTF8.self) }
        return path.utf8.first == UInt8(ascii: "/") ? "/" : "."
    }

    private static func unavailable(_ path: String, _ code: Int32) -> StoreError {
        let reason = String(cString: strerror(code))
        switch code {
        case ENOSPC, EDQUOT:
            return StoreError(.notWritable, "the disk of the state file \(path) is full: free some space and try again")
        case EROFS:
            return StoreError(
                .notWritable,
                "\(path) lies on a read-only file system: give a path on a writable one in `settings: state:`")
        case EACCES, EPERM:
            return StoreError(
                .unavailable, "\(path): \(reason): let this user read and write the state file and its folder")
        default:
            return StoreError(.unavailable, "\(path): \(reason): give another path in `settings: state:`")
        }
    }

    // MARK: Network file systems

    /// Types of statfs(2) on which several machines may share a file. WAL mode needs memory that all users of the file
    /// share (sqlite.org/wal.html §1), and their locks are not to be relied upon (sqlite.org/lockingv3.html §6).
    static func networkFileSystem(_ type: UInt32) -> String? {
        switch type {
        case 0x6969: "NFS"
        case 0x517B, 0xFF53_4D42, 0xFE53_4D42: "SMB"
        case 0x5346_414F: "AFS"
        case 0x00C3_6400: "Ceph"
        case 0x0BD0_0BD0: "Lustre"
        default: nil
        }
    }

    private static func refuseNetwork(_ path: String) throws(StoreError) {
        guard let name = networkFileSystem(signet_file_system_type(path)) else { return }
        throw StoreError(
            .unavailable,
            "\(path) lies on \(name), where a lock may be given to two machines at once: "
                + "give a path on a local disk in `settings: state:`")
    }

    // MARK: Identity

    /// What changes when anybody writes to the file.
    struct Identity: Equatable {
        var device: UInt64
        var inode: UInt64
        var octets: Int64
        var seconds: Int
        var nanoseconds: Int
        /// Octets of the write-ahead log; nil if there is none, as when nobody has the database open.
        var logOctets: Int64?

        func isSameFile(as other: Self) -> Bool { device == other.device && inode == other.inode }
    }

    /// Nil if there is no such file.
    static func identity(_ path: String) -> Identity? {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        var log = stat()
        return Identity(
            device: UInt64(status.st_dev), inode: UInt64(status.st_ino), octets: Int64(status.st_size),
            seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec,
            logOctets: stat(path + "-wal", &log) == 0 ? Int64(log.st_size) : nil)
    }
}
