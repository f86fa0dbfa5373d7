import Glibc
import Manifest
import Operations

/// Files of this machine.
struct SystemFiles: ManifestFiles {
    /// The loader checks both again.
    static let manifestOctetsMax = ManifestLimits.standard.fileBytes
    static let manifestFilesMax = ManifestLimits.standard.files
    /// Folders below the one given.
    static let folderDepthMax = 8

    struct Failure: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
        init(_ what: String, code: Int32) { description = "\(what): \(String(cString: strerror(code)))" }
    }

    // MARK: reading

    func manifestFiles(at path: String) throws -> [(path: String, octets: [UInt8])] {
        var paths = [path]
        if isFolder(path) {
            paths = []
            try collect(path == "." ? "" : path, depth: 0, into: &paths)
            guard !paths.isEmpty else {
                throw Failure("there is no YAML file in the folder \(path); `signet init` writes a first manifest")
            }
            paths.sort()
        } else if !exists(path) {
            throw Failure("there is no manifest at \(path); `signet init` writes a first one")
        }
        return try paths.map { ($0, try read($0, octetsMax: Self.manifestOctetsMax)) }
    }

    /// Names that begin with a dot are passed over, and symbolic links to folders aren't followed.
    private func collect(_ folder: String, depth: Int, into paths: inout [String]) throws {
        guard let names = Self.entries(of: folder.isEmpty ? "." : folder) else {
            throw Failure("the folder \(folder) cannot be read", code: errno)
        }
        for name in names where !name.hasPrefix(".") {
            let path = folder.isEmpty ? name : folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { continue }
            if status.st_mode & S_IFMT == S_IFDIR {
                guard depth < Self.folderDepthMax else {
                    throw Failure("\(path) lies more than \(Self.folderDepthMax) folders deep")
                }
                try collect(path, depth: depth + 1, into: &paths)
            } else if name.hasSuffix(".yaml") || name.hasSuffix(".yml") {
                paths.append(path)
                guard paths.count <= Self.manifestFilesMax else {
                    throw Failure("more than \(Self.manifestFilesMax) YAML files; name the manifest's own folder")
                }
            }
        }
    }

    /// The names in a folder but `.` and `..`; nil, with `errno` set, if it cannot be read.
    static func entries(of folder: String) -> [String]? {
        guard let handle = opendir(folder) else { return nil }
        defer { closedir(handle) }
        var names: [String] = []
        while let entry = readdir(handle) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) { tuple in
                tuple.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: tuple.pointee)) {
                    String(cString: $0)
                }
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    func read(_ path: String, octetsMax: Int) throws -> [UInt8] {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be read", code: errno) }
        defer { close(descriptor) }
        return try Self.read(descriptor, path, octetsMax: octetsMax)
    }

    /// The size is checked before anything is read; what has none (a pipe) is read up to the bound.
    static func read(_ descriptor: Int32, _ path: String, octetsMax: Int) throws -> [UInt8] {
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw Failure("\(path) cannot be read", code: errno) }
        guard status.st_mode & S_IFMT != S_IFDIR else { throw Failure("\(path) is a folder") }
        let tooLarge = Failure("\(path) is larger than \(octetsMax) octets")
        if status.st_size > octetsMax { throw tooLarge }
        var octets: [UInt8] = []
        let room = max(64 << 10, Int(status.st_size) + 1)
        while true {
            let before = octets.count
            octets.append(contentsOf: repeatElement(0, count: room))
            let count = octets.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + before, room) }
            octets.removeLast(room - max(0, count))
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure("\(path) cannot be read", code: errno) }
            if octets.count > octetsMax { throw tooLarge }
            if count == 0 { return octets }
        }
    }

    func exists(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0
    }

    func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    // MARK: writing

    /// Never more open than `mode`, nor than the file that it replaces. A symbolic link stays, what it leads to is replaced.
    func write(_ octets: [UInt8], to path: String, mode: UInt16, replacing: Bool) throws {
        var target = path
        var mode = mode_t(mode)
        if replacing, let real = realpath(path, nil) {
            target = String(cString: real)
            free(real)
            var status = stat()
            if stat(target, &status) == 0 { mode &= status.st_mode & 0o777 }
        }
        try makeFolder(Self.split(target).folder)
        let file = try ReplacedFile(target, mode: mode, path: path)
        try file.write(octets)
        try file.finish(replacing: replacing)
    }

    func writePieces(
        to path: String, mode: UInt16, replacing: Bool,
        _ body: (_ take: ([UInt8]) throws -> Void) async throws -> Void
    ) async throws {
        // Told at once, and not when everything has been written.
        if !replacing, exists(path) { throw Failure("\(path) cannot be written", code: EEXIST) }
        try makeFolder(Self.split(path).folder)
        let file = try ReplacedFile(path, mode: mode_t(mode), path: path)
        try await body { try file.write($0) }
        try file.finish(replacing: replacing)
    }

    func readLines(_ path: String, lineOctetsMax: Int, _ body: ([UInt8]) throws -> Bool) throws {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw Failure("\(path) cannot be read", code: errno) }
        defer { close(descriptor) }
        var reader = LineReader(name: path)
        while let line = try reader.next(octetsMax: lineOctetsMax, more: { try Self.append(descriptor, path, to: &$0) })
        {
            guard try body(line) else { return }
        }
    }

    private static let blockOctets = 256 << 10

    /// False at the end.
    private static func append(_ descriptor: Int32, _ path: String, to octets: inout [UInt8]) throws -> Bool {
        let before = octets.count
        octets.append(contentsOf: repeatElement(0, count: blockOctets))
        var count = 0
        repeat {
            count = octets.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + before, blockOctets) }
        } while count < 0 && errno == EINTR
        octets.removeLast(blockOctets - max(0, count))
        guard count >= 0 else { throw Failure("\(path) cannot be read", code: errno) }
        return count > 0
    }

    static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let folder = slash == path.startIndex ? "/" : String(path[..<slash])
        return (folder, String(path[path.index(after: slash)...]))
    }

    /// With the folders above it. Hidden ones hold our state: nobody else reads them, but for what a web server is to serve
    /// (RFC 8615).
    func makeFolder(_ path: String) throws {
        if isFolder(path) { return }
        let (parent, name) = Self.split(path)
        if parent != path { try makeFolder(parent) }
        let isPrivate = name.hasPrefix(".") && name != ".well-known"
        guard mkdir(path, isPrivate ? 0o700 : 0o755) == 0 || errno == EEXIST else {
            throw Failure("the folder \(path) cannot be made", code: errno)
        }
    }
}
