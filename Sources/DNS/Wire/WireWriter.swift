/// Puts the fields of a DNS message one after the other.
package struct WireWriter {
    /// A pointer has 14 bits (RFC 1035 §4.1.4).
    private static let pointerMax = 0x3FFF

    private(set) package var octets: [UInt8] = []
    /// Where each name, and each name above it, was written first; nil if this writer never compresses.
    private var offsets: [DomainName: Int]?

    package init(compressing: Bool) {
        offsets = compressing ? [:] : nil
    }

    mutating func uint8(_ value: UInt8) { octets.append(value) }

    mutating func uint16(_ value: UInt16) {
        octets.append(UInt8(value >> 8))
        octets.append(UInt8(truncatingIfNeeded: value))
    }

    mutating func uint32(_ value: UInt32) {
        uint16(UInt16(value >> 16))
        uint16(UInt16(truncatingIfNeeded: value))
    }

    mutating func append(_ other: some Sequence<UInt8>) { octets.append(contentsOf: other) }

    /// Sets two octets that were written before, such as a length.
    mutating func set(_ value: UInt16, at offset: Int) {
        octets[offset] = UInt8(value >> 8)
        octets[offset + 1] = UInt8(truncatingIfNeeded: value)
    }

    /// Forgets everything from an offset on.
    mutating func truncate(to offset: Int) {
        octets.removeLast(octets.count - offset)
        offsets = offsets?.filter { $0.value < offset }
    }

    mutating func name(_ name: DomainName) {
        guard offsets != nil else {
            append(name.wireOctets)
            return
        }
        var rest = name
        var labels = name.labels[...]
        while let label = labels.popFirst(), let parent = rest.parent {
            if let known = offsets?[rest] {
                uint16(0xC000 | UInt16(known))
                return
            }
            if octets.count <= Self.pointerMax { offsets?[rest] = octets.count }
            uint8(UInt8(label.count))
            append(label)
            rest = parent
        }
        uint8(0)
    }
}
