/// RDATA on the wire: read with its names uncompressed, written as RFC 1035 §3.3 lays it out.
extension RecordData {
    /// Reads one record's RDATA of `length` octets at the reader's place, which the reader then has passed.
    init(type: RecordType, length: Int, from reader: inout WireReader) throws(WireError) {
        let end = reader.offset + length
        guard end <= reader.octets.count else { throw .truncated }
        switch type {
        case .a:
            guard length == 4 else { throw .badRecordData(type) }
            self = .a(.v4(try reader.uint32()))
        case .aaaa:
            guard length == 16 else { throw .badRecordData(type) }
            let high = UInt64(try reader.uint32()) << 32 | UInt64(try reader.uint32())
            self = .aaaa(.v6(high: high, low: UInt64(try reader.uint32()) << 32 | UInt64(try reader.uint32())))
        case .ns: self = .ns(try reader.name())
        case .cname: self = .cname(try reader.name())
        case .ptr: self = .ptr(try reader.name())
        case .mx: self = .mx(preference: try reader.uint16(), exchange: try reader.name())
        case .txt: self = .txt(try Self.text(length: length, from: &reader))
        case .soa:
            self = .soa(
                StartOfAuthority(
                    primary: try reader.name(), mailbox: try reader.name(), serial: try reader.uint32(),
                    refresh: try reader.uint32(), retry: try reader.uint32(), expire: try reader.uint32(),
                    minimum: try reader.uint32()))
        default:
            self = .opaque(type: type, octets: try Self.opaque(type, end: end, from: &reader))
        }
        guard reader.offset == end else { throw .badRecordData(type) }
    }

    /// RDATA alone, names uncompressed.
    package init(type: RecordType, wire octets: [UInt8]) throws(WireError) {
        self = try octets.withUnsafeBytesResult { bytes throws(WireError) in
            var reader = WireReader(bytes)
            return try RecordData(type: type, length: bytes.count, from: &reader)
        }
    }

    /// RDATA alone, names uncompressed.
    package var wireOctets: [UInt8] {
        var writer = WireWriter(compressing: false)
        write(to: &writer)
        return writer.octets
    }

    func write(to writer: inout WireWriter) {
        switch self {
        case .a(let address), .aaaa(let address): writer.append(address.octets)
        case .ns(let name), .cname(let name), .ptr(let name): writer.name(name)
        case .mx(let preference, let exchange):
            writer.uint16(preference)
            writer.name(exchange)
        case .txt(let value):
            for string in value.strings {
                writer.uint8(UInt8(string.count))
                writer.append(string)
            }
        case .soa(let soa):
            writer.name(soa.primary)
            writer.name(soa.mailbox)
            for number in [soa.serial, soa.refresh, soa.retry, soa.expire, soa.minimum] { writer.uint32(number) }
        case .opaque(_, let octets): writer.append(octets)
        }
    }

    /// RFC 1035 §3.3.14: one or more character-strings.
    private static func text(length: Int, from reader: inout WireReader) throws(WireError) -> TXTValue {
        let end = reader.offset + length
        var strings: [[UInt8]] = []
        while reader.offset < end {
            let count = Int(try reader.uint8())
            guard count <= end - reader.offset else { throw .badRecordData(.txt) }
            strings.append(Array(try reader.take(count)))
        }
        guard !strings.isEmpty else { throw .badRecordData(.txt) }
        return TXTValue(strings: strings)
    }

    /// How a type's names lie in its RDATA: behind so many octets and so many character-strings. What follows the
    /// names is kept as it stands.
    private struct NameLayout {
        var octets = 0
        var strings = 0
        var names = 1
    }

    /// Types of RFC 1035, and those of RFC 3597 §4, whose names a server may have compressed.
    private static let nameLayouts: [UInt16: NameLayout] = [
        3: NameLayout(), 4: NameLayout(), 7: NameLayout(), 8: NameLayout(), 9: NameLayout(),  // MD MF MB MG MR
        14: NameLayout(names: 2), 17: NameLayout(names: 2),  // MINFO RP
        18: NameLayout(octets: 2), 21: NameLayout(octets: 2), 36: NameLayout(octets: 2),  // AFSDB RT KX
        24: NameLayout(octets: 18), 26: NameLayout(octets: 2, names: 2), 30: NameLayout(),  // SIG PX NXT
        33: NameLayout(octets: 6), 35: NameLayout(octets: 4, strings: 3), 39: NameLayout(),  // SRV NAPTR DNAME
    ]

    private static func opaque(
        _ type: RecordType, end: Int, from reader: inout WireReader
    ) throws(WireError) -> [UInt8] {
        var octets: [UInt8] = []
        if let layout = nameLayouts[type.rawValue], reader.offset < end {
            octets.append(contentsOf: try reader.take(layout.octets))
            for _ in 0..<layout.strings {
                let count = try reader.uint8()
                octets.append(count)
                octets.append(contentsOf: try reader.take(Int(count)))
            }
            for _ in 0..<layout.names { try reader.appendUncompressedName(to: &octets) }
        }
        guard reader.offset <= end else { throw .badRecordData(type) }
        octets.append(contentsOf: try reader.take(end - reader.offset))
        return octets
    }
}
