import CLinux

/// Message ids from the kernel's generator, fetched in blocks (RFC 5452 §9.2: ids must not be guessable).
struct QueryIdentifiers {
    private static let blockCount = 512

    private var block: [UInt16] = []

    mutating func next() -> UInt16 {
        if let id = block.popLast() { return id }
        block = Array(repeating: 0, count: Self.blockCount)
        block.withUnsafeMutableBytes { bytes in
            var filled = 0
            while filled < bytes.count {
                let count = getrandom(bytes.baseAddress! + filled, bytes.count - filled, 0)
                // Only a signal ends it early.
                if count > 0 { filled += count }
            }
        }
        return block.removeLast()
    }
}
