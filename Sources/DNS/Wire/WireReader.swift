/// Reads the fields of a DNS message one after the other, never beyond its end.
///
/// Valid only while the octets it was made from are.
package struct WireReader {
    enum Compression {
        case allowed
        /// In RDATA that RFC 3597 §4 does not list, and outside messages.
        case refused
    }

    /// An octet becomes at most four characters (`\DDD`).
    static let nameTextMax = 4 * DomainName.wireOctetsMax

    let octets: UnsafeRawBufferPointer
    private(set) package var offset: Int

    package init(_ octets: UnsafeRawBufferPointer, offset: Int = 0) {
        self.octets = octets
        self.offset = offset
    }

    package var isAtEnd: Bool { offset == octets.count }

    mutating func uint8() throws(WireError) -> UInt8 {
        guard offset < octets.count else { throw .truncated }
        defer { offset += 1 }
        return octets[offset]
    }

    mutating func uint16() throws(WireError) -> UInt16 {
        guard octets.count - offset >= 2 else { throw .truncated }
        defer { offset += 2 }
        return UInt16(octets[offset]) << 8 | UInt16(octets[offset + 1])
    }

    mutating func uint32() throws(WireError) -> UInt32 {
        UInt32(try uint16()) << 16 | UInt32(try uint16())
    }

    /// RFC 2181 §8: a value with its top bit set counts as zero.
    mutating func timeToLive() throws(WireError) -> UInt32 {
        let value = try uint32()
        return value > UInt32(Int32.max) ? 0 : value
    }

    mutating func take(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard count <= octets.count - offset else { throw .truncated }
        defer { offset += count }
        return UnsafeRawBufferPointer(rebasing: octets[offset..<offset + count])
    }

    mutating func skip(_ count: Int) throws(WireError) {
        guard count <= octets.count - offset else { throw .truncated }
        offset += count
    }

    // MARK: Names

    mutating func name(compression: Compression = .allowed) throws(WireError) -> DomainName {
        try withUnsafeTemporaryBuffer(Self.nameTextMax) { buffer throws(WireError) in
            let count = try nameText(into: buffer, compression: compression)
            return count == 0
                ? .root
                : DomainName(
                    canonical: String(decoding: UnsafeBufferPointer(rebasing: buffer[..<count]), as: UTF8.self))
        }
    }

    /// Writes a name's canonical text to a buffer of at least `nameTextMax` octets, and returns its length.
    mutating func nameText(
        into buffer: UnsafeMutableBufferPointer<UInt8>, compression: Compression = .allowed
    ) throws(WireError) -> Int {
        var labels = WireLabels(octets: octets, offset: offset)
        var count = 0
        while let label = try labels.next() {
            if labels.hasJumped, compression == .refused { throw .badPointer }
            if count > 0 {
                buffer[count] = UInt8(ascii: ".")
                count += 1
            }
            for octet in octets[label] {
                switch octet {
                case UInt8(ascii: "."), UInt8(ascii: "\\"):
                    buffer[count] = UInt8(ascii: "\\")
                    buffer[count + 1] = octet
                    count += 2
                case 0x21...0x7E:
                    buffer[count] = DomainNameParser.folded(octet)
                    count += 1
                default:
                    buffer[count] = UInt8(ascii: "\\")
                    buffer[count + 1] = UInt8(ascii: "0") + octet / 100
                    buffer[count + 2] = UInt8(ascii: "0") + octet / 10 % 10
                    buffer[count + 3] = UInt8(ascii: "0") + octet % 10
                    count += 4
                }
            }
        }
        if labels.hasJumped, compression == .refused { throw .badPointer }
        offset = labels.end
        return count
    }

    /// Moves past a name without following its pointer.
    mutating func skipName() throws(WireError) {
        while true {
            let length = try uint8()
            switch length >> 6 {
            case 0:
                if length == 0 { return }
                try skip(Int(length))
            case 3:
                try skip(1)
                return
            default:
                throw .badLabelType
            }
        }
    }

    /// Moves past a name, and says whether it is the one that starts at `other`.
    mutating func skipName(comparingWithNameAt other: Int) throws(WireError) -> Bool {
        // Nearly every answer's owner is a pointer to the question.
        if octets.count - offset >= 2, octets[offset] == 0xC0, Int(octets[offset + 1]) == other {
            offset += 2
            return true
        }
        var left = WireLabels(octets: octets, offset: offset)
        var right = WireLabels(octets: octets, offset: other)
        try skipName()
        while true {
            let one = try left.next()
            let two = try right.next()
            guard let one, let two else { return one == nil && two == nil }
            guard one.count == two.count else { return false }
            for (a, b) in zip(one, two)
            where DomainNameParser.folded(octets[a]) != DomainNameParser.folded(octets[b]) { return false }
        }
    }

    /// A name's octets, uncompressed, in the case in which they stand.
    mutating func appendUncompressedName(to output: inout [UInt8]) throws(WireError) {
        var labels = WireLabels(octets: octets, offset: offset)
        while let label = try labels.next() {
            output.append(UInt8(label.count))
            output.append(contentsOf: octets[label])
        }
        output.append(0)
        offset = labels.end
    }
}

/// The labels of one name, pointers followed.
///
/// Ends on hostile input: every pointer must lead before the place where the labels just read began, and the octets
/// read are bounded by `DomainName.wireOctetsMax`.
private struct WireLabels {
    let octets: UnsafeRawBufferPointer
    private var offset: Int
    private var segmentStart: Int
    private var wireOctets = 1
    private(set) var hasJumped = false
    /// Where the name ends in the place where it was started; final once `next` returned nil.
    private(set) var end: Int

    init(octets: UnsafeRawBufferPointer, offset: Int) {
        self.octets = octets
        self.offset = offset
        segmentStart = offset
        end = offset
    }

    mutating func next() throws(WireError) -> Range<Int>? {
        while true {
            guard offset < octets.count else { throw .truncated }
            let length = Int(octets[offset])
            switch length >> 6 {
            case 0:
                offset += 1
                if !hasJumped { end = offset + length }
                if length == 0 { return nil }
                guard length <= octets.count - offset else { throw .truncated }
                wireOctets += length + 1
                guard wireOctets <= DomainName.wireOctetsMax else { throw .nameTooLong }
                defer { offset += length }
                return offset..<offset + length
            case 3:
                guard offset + 1 < octets.count else { throw .truncated }
                let target = (length & 0x3F) << 8 | Int(octets[offset + 1])
                if !hasJumped { end = offset + 2 }
                hasJumped = true
                // RFC 1035 §4.1.4: a prior occurrence.
                guard target < segmentStart else { throw .badPointer }
                segmentStart = target
                offset = target
            default:
                throw .badLabelType
            }
        }
    }
}

/// `withUnsafeTemporaryAllocation` for a body with a typed error.
func withUnsafeTemporaryBuffer<Value, Failure: Error>(
    _ capacity: Int, _ body: (UnsafeMutableBufferPointer<UInt8>) throws(Failure) -> Value
) throws(Failure) -> Value {
    let result: Result<Value, Failure> = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: capacity) { buffer in
        do throws(Failure) { return .success(try body(buffer)) } catch { return .failure(error) }
    }
    return try result.get()
}
