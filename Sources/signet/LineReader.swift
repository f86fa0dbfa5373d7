import Glibc
import Operations

/// A file's lines, one after the other, whatever its size.
struct LineReader {
    private static let blockOctets = 256 << 10

    let descriptor: Int32
    let path: String
    let lineOctetsMax: Int
    /// Read and not given out yet.
    private var pending: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    init(descriptor: Int32, path: String, lineOctetsMax: Int) {
        self.descriptor = descriptor
        self.path = path
        self.lineOctetsMax = lineOctetsMax
    }

    /// Without its line feed; nil at the end.
    mutating func next() throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = pending[searched...].firstIndex(of: 0x0A) {
                guard end - start <= lineOctetsMax else { throw LineTooLong(path: path, octetsMax: lineOctetsMax) }
                defer { start = end + 1 }
                return Array(pending[start..<end])
            }
            guard pending.count - start <= lineOctetsMax else {
                throw LineTooLong(path: path, octetsMax: lineOctetsMax)
            }
            if isAtEnd {
                guard start < pending.count else { return nil }
                defer { start = pending.count }
                return Array(pending[start...])
            }
            pending.removeFirst(start)
            start = 0
            searched = pending.count
            try fill()
        }
    }

    private mutating func fill() throws {
        let before = pending.count
        pending.append(contentsOf: repeatElement(0, count: Self.blockOctets))
        var count = 0
        repeat {
            count = pending.withUnsafeMutableBytes { read(descriptor, $0.baseAddress! + before, Self.blockOctets) }
        } while count < 0 && errno == EINTR
        pending.removeLast(Self.blockOctets - max(0, count))
        guard count >= 0 else { throw SystemFiles.Failure("\(path) cannot be read", code: errno) }
        isAtEnd = count == 0
    }
}
