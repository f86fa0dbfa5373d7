import Dispatch
import Glibc
import Synchronization

/// Reads a stream line by line. What has been read beyond a line's end is kept for the next call; calls follow one another.
final class InputLines: Sendable {
    /// How soon a cancelled task stops waiting for a line, in milliseconds.
    private static let pollMilliseconds: Int32 = 100
    private static let chunkOctets = 64 << 10

    private let descriptor: Int32
    private let rest = Mutex<[UInt8]>([])

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Without its end; nil at the end of the stream, or when the task is cancelled. What follows the last line's end is a
    /// line too.
    func next(octetsMax: Int) async throws -> [UInt8]? {
        let isCancelled = Mutex(false)
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                // On a thread of its own: reading blocks.
                DispatchQueue.global().async {
                    continuation.resume(
                        with: Result { try self.read(octetsMax: octetsMax) { isCancelled.withLock { $0 } } })
                }
            }
        } onCancel: {
            isCancelled.withLock { $0 = true }
        }
    }

    private func read(octetsMax: Int, until isOver: () -> Bool) throws -> [UInt8]? {
        var line = rest.withLock { rest in
            defer { rest = [] }
            return rest
        }
        var searched = 0
        while true {
            if let end = line[searched...].firstIndex(of: UInt8(ascii: "\n")) {
                if end > octetsMax { throw Self.tooLong(octetsMax) }
                let after = Array(line[(end + 1)...])
                rest.withLock { $0 = after }
                return Array(line[..<end])
            }
            searched = line.count
            if line.count > octetsMax { throw Self.tooLong(octetsMax) }
            guard try chunk(into: &line, until: isOver) else { return line.isEmpty || isOver() ? nil : line }
        }
    }

    /// False at the end.
    private func chunk(into line: inout [UInt8], until isOver: () -> Bool) throws -> Bool {
        while true {
            var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let ready = poll(&event, 1, Self.pollMilliseconds)
            if isOver() { return false }
            if ready == 0 || ready < 0 && errno == EINTR { continue }
            var octets = [UInt8](repeating: 0, count: Self.chunkOctets)
            let count = Glibc.read(descriptor, &octets, octets.count)
            if count < 0, errno == EINTR || errno == EAGAIN { continue }
            if count < 0 { throw SystemFiles.Failure("standard input cannot be read", code: errno) }
            line += octets[..<count]
            return count > 0
        }
    }

    private static func tooLong(_ octetsMax: Int) -> SystemSecrets.Failure {
        SystemSecrets.Failure("a line of standard input is longer than \(octetsMax) octets")
    }
}
