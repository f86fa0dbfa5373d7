import Dispatch
import Glibc
import Synchronization

/// Reads a stream line by line, and can be told to stop waiting. Calls follow one another.
final class InputLines: Sendable {
    /// How soon a cancelled task stops waiting for a line, in milliseconds.
    private static let pollMilliseconds: Int32 = 100
    private static let chunkOctets = 64 << 10

    private let descriptor: Int32
    private let reader = Mutex(LineReader(name: "standard input"))

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Without its end; nil at the end of the stream, or when the task is cancelled.
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
        // Out of its lock while it waits; nobody else is reading.
        var reader = reader.withLock { reader in
            defer { reader = LineReader(name: reader.name) }
            return reader
        }
        defer { self.reader.withLock { $0 = reader } }
        let line = try reader.next(octetsMax: octetsMax) { try chunk(into: &$0, until: isOver) }
        return isOver() ? nil : line
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
}
