public import Keys

/// Canonicalises a message's body and hashes it, in one pass, whatever the pieces it arrives in.
///
/// What needs no change, nearly all of a body, goes into the hash from where it lies; memory does not grow with the
/// body. For one signature or for all that share canonicalisation and length limit.
public final class DKIMBodyHash {
    /// Stretches shorter than this are gathered, because a hash update has a cost of its own.
    private static let directOctetsMin = 512
    private static let bufferOctetsMax = 8192

    private let canonicalization: DKIMCanonicalization
    private var hash = SHA256()
    /// Octets that `l=` still lets in; nil: all.
    private var remaining: Int?
    /// Octets of the canonical body, hashed or not.
    public private(set) var canonicalCount = 0

    private var buffer: [UInt8] = []
    /// CRLFs that are part of the body only if something follows them.
    private var pendingLineEnds = 0
    /// White space that is part of the body, as one space, only if something follows it in its line.
    private var hasPendingSpace = false
    /// A CR was the last octet so far, and may be half of a CRLF.
    private var hasPendingReturn = false

    /// - Parameter limit: `l=`, in octets of the canonical body (RFC 6376 §3.5).
    public init(_ canonicalization: DKIMCanonicalization, limit: Int? = nil) {
        self.canonicalization = canonicalization
        remaining = limit
        buffer.reserveCapacity(Self.bufferOctetsMax)
    }

    public func update(_ piece: ArraySlice<UInt8>) {
        piece.withUnsafeBufferPointer { update($0) }
    }

    public func update(_ piece: UnsafeBufferPointer<UInt8>) {
        guard !piece.isEmpty else { return }
        var start = 0
        if hasPendingReturn {
            hasPendingReturn = false
            if piece[0] == .lineFeed {
                endLine()
                start = 1
            } else {
                emitContent(Self.carriageReturn)
            }
        }
        switch canonicalization {
        case .simple: emitRun(piece, from: start, to: piece.count)
        case .relaxed: updateRelaxed(piece, from: start)
        }
    }

    /// The digest of the whole; nothing may be added afterwards.
    public func finish() -> SHA256Digest {
        if hasPendingReturn {
            hasPendingReturn = false
            emitContent(Self.carriageReturn)
        }
        // RFC 6376 §3.4.3: an empty body is a CRLF. §3.4.4: an empty one stays empty.
        if canonicalization == .simple || canonicalCount > 0 { emit(Self.lineEnd) }
        flush()
        return hash.digestSoFar()
    }

    private static let carriageReturn: [UInt8] = [0x0D]
    private static let lineEnd: [UInt8] = [0x0D, 0x0A]
    private static let space: [UInt8] = [0x20]

    private func endLine() {
        hasPendingSpace = false
        pendingLineEnds += 1
    }

    private func updateRelaxed(_ piece: UnsafeBufferPointer<UInt8>, from start: Int) {
        var position = start
        while position < piece.count {
            if hasPendingSpace {
                // White space came before: what follows says whether it stays.
                let next = piece[position]
                if next.isWhitespace {
                    position += 1
                } else if next == .carriageReturn {
                    guard position + 1 < piece.count else {
                        hasPendingReturn = true
                        return
                    }
                    if piece[position + 1] == .lineFeed {
                        endLine()
                        position += 2
                    } else {
                        emitContent(Self.carriageReturn)
                        position += 1
                    }
                } else {
                    emitPending()
                }
                continue
            }
            let stop = DKIMWhitespaceScan.next(in: piece, from: position)
            emitRun(piece, from: position, to: stop)
            if stop < piece.count {
                hasPendingSpace = true
                position = stop + 1
            } else {
                position = stop
            }
        }
    }

    /// A stretch that stays as it is, but for line ends at its end, which wait for what follows.
    private func emitRun(_ piece: UnsafeBufferPointer<UInt8>, from start: Int, to stop: Int) {
        var end = stop
        var lineEnds = 0
        if end == piece.count, end > start, piece[end - 1] == .carriageReturn {
            hasPendingReturn = true
            end -= 1
        }
        while end - start >= 2, piece[end - 1] == .lineFeed, piece[end - 2] == .carriageReturn {
            lineEnds += 1
            end -= 2
        }
        if end > start {
            emitPending()
            emit(UnsafeBufferPointer(rebasing: piece[start..<end]))
        }
        pendingLineEnds += lineEnds
    }

    private func emitContent(_ octets: [UInt8]) {
        emitPending()
        emit(octets)
    }

    private func emitPending() {
        while pendingLineEnds > 0 {
            emit(Self.lineEnd)
            pendingLineEnds -= 1
        }
        if hasPendingSpace {
            emit(Self.space)
            hasPendingSpace = false
        }
    }

    private func emit(_ octets: [UInt8]) {
        octets.withUnsafeBufferPointer { emit($0) }
    }

    private func emit(_ octets: UnsafeBufferPointer<UInt8>) {
        canonicalCount += octets.count
        var octets = octets
        if let remaining {
            octets = UnsafeBufferPointer(rebasing: octets.prefix(remaining))
            self.remaining = remaining - octets.count
        }
        if octets.count >= Self.directOctetsMin {
            flush()
            hash.update(UnsafeRawBufferPointer(octets))
        } else {
            if buffer.count + octets.count > Self.bufferOctetsMax { flush() }
            buffer.append(contentsOf: octets)
        }
    }

    private func flush() {
        if buffer.isEmpty { return }
        hash.update(buffer)
        buffer.removeAll(keepingCapacity: true)
    }
}

/// Finds the white space that relaxed canonicalisation may change.
enum DKIMWhitespaceScan {
    private typealias Block = SIMD32<UInt8>

    /// The next tab, or space that a space, tab or CR follows, or that the piece ends with; the piece's end without
    /// one. A space between two words is none of these, so that text is passed over 32 octets at a time.
    static func next(in piece: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
        guard let base = piece.baseAddress else { return start }
        var index = start
        let raw = UnsafeRawPointer(base)
        let tab = Block(repeating: UInt8.tab)
        let space = Block(repeating: UInt8.space)
        let carriageReturn = Block(repeating: UInt8.carriageReturn)
        while index + 33 <= piece.count {
            let block = raw.loadUnaligned(fromByteOffset: index, as: Block.self)
            let next = raw.loadUnaligned(fromByteOffset: index + 1, as: Block.self)
            let found =
                (block .== tab)
                .| ((block .== space) .& ((next .== space) .| (next .== tab) .| (next .== carriageReturn)))
            if any(found) { break }
            index += 32
        }
        while index < piece.count {
            let octet = piece[index]
            if octet == .tab { return index }
            if octet == .space {
                guard index + 1 < piece.count else { return index }
                let next = piece[index + 1]
                if next.isWhitespace || next == .carriageReturn { return index }
            }
            index += 1
        }
        return index
    }
}
