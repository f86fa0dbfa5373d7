import Operations

/// Lines out of what comes piece by piece, whatever its size. Where the pieces come from is the caller's to say.
struct LineReader: Sendable {
    /// What is read, in an error's words.
    let name: String
    /// Read and not given out yet.
    private var pending: [UInt8] = []
    private var start = 0
    private var isAtEnd = false

    init(name: String) { self.name = name }

    /// Without its line feed; nil at the end. What follows the last line feed is a line too.
    ///
    /// - Parameter more: appends what comes next, and says whether there was anything: false at the end.
    mutating func next(octetsMax: Int, more: (inout [UInt8]) throws -> Bool) throws -> [UInt8]? {
        var searched = start
        while true {
            if let end = pending[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                guard end - start <= octetsMax else { throw LineTooLong(path: name, octetsMax: octetsMax) }
                defer { start = end + 1 }
                return Array(pending[start..<end])
            }
            guard pending.count - start <= octetsMax else { throw LineTooLong(path: name, octetsMax: octetsMax) }
            if isAtEnd {
                guard start < pending.count else { return nil }
                defer { start = pending.count }
                return Array(pending[start...])
            }
            pending.removeFirst(start)
            start = 0
            searched = pending.count
            isAtEnd = try !more(&pending)
        }
    }
}
