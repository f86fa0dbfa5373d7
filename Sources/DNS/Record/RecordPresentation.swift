/// RDATA as text in a master file (RFC 1035 §5.1), which is also how most providers' interfaces carry it.
extension RecordData {
    /// Absolute names end in a dot; strings are always quoted; other types take RFC 3597 §5's generic form. Reading it
    /// back gives the same data, octet for octet.
    package var presentation: String {
        switch self {
        case .a(let address), .aaaa(let address): return address.description
        case .ns(let name), .cname(let name), .ptr(let name): return name.presentation
        case .mx(let preference, let exchange): return "\(preference) \(exchange.presentation)"
        case .txt(let value): return value.presentation
        case .soa(let soa):
            return "\(soa.primary.presentation) \(soa.mailbox.presentation) "
                + "\(soa.serial) \(soa.refresh) \(soa.retry) \(soa.expire) \(soa.minimum)"
        case .opaque(_, let octets):
            return octets.isEmpty ? "\\# 0" : "\\# \(octets.count) \(MasterFileText.hexadecimal(octets))"
        }
    }

    /// Reads a type's data: strings quoted or not, escapes, octets above 0x7E as they stand, absolute names, and the
    /// generic form of any type.
    package init(type: RecordType, presentation text: String) throws(RecordPresentationError) {
        let fields = try MasterFileText.fields(text)
        if let first = fields.first, !first.isQuoted, first.raw == Array("\\#".utf8) {
            self = try Self.generic(type, fields.dropFirst())
            return
        }
        func require(_ count: Int) throws(RecordPresentationError) {
            guard fields.count == count else {
                throw .fieldCount(type, expected: count, found: fields.count)
            }
        }
        switch type {
        case .a, .aaaa:
            try require(1)
            self = try Self.address(type, fields[0])
        case .ns, .cname, .ptr:
            try require(1)
            let name = try fields[0].name()
            self = type == .ns ? .ns(name) : type == .cname ? .cname(name) : .ptr(name)
        case .mx:
            try require(2)
            self = .mx(preference: try fields[0].number(), exchange: try fields[1].name())
        case .txt:
            guard !fields.isEmpty else { throw .fieldCount(type, expected: 1, found: 0) }
            self = .txt(try Self.strings(fields))
        case .soa:
            try require(7)
            self = .soa(
                StartOfAuthority(
                    primary: try fields[0].name(), mailbox: try fields[1].name(), serial: try fields[2].number(),
                    refresh: try fields[3].number(), retry: try fields[4].number(), expire: try fields[5].number(),
                    minimum: try fields[6].number()))
        default:
            throw .unknownType(type)
        }
    }

    private static func address(
        _ type: RecordType, _ field: MasterFileText.Field
    ) throws(RecordPresentationError) -> RecordData {
        switch (type, IPAddress(field.text)) {
        case (.a, .v4(let value)?): return .a(.v4(value))
        case (.aaaa, .v6(let high, let low)?): return .aaaa(.v6(high: high, low: low))
        default: throw .badAddress(field.text)
        }
    }

    private static func strings(_ fields: [MasterFileText.Field]) throws(RecordPresentationError) -> TXTValue {
        for field in fields where field.octets.count > TXTValue.characterStringOctetsMax {
            throw .stringTooLong(octets: field.octets.count)
        }
        return TXTValue(strings: fields.map(\.octets))
    }

    /// RFC 3597 §5: the length, then that many octets in hexadecimal, in any number of words.
    private static func generic(
        _ type: RecordType, _ fields: ArraySlice<MasterFileText.Field>
    ) throws(RecordPresentationError) -> RecordData {
        guard let length = fields.first.flatMap({ Int($0.text) }),
            let octets = MasterFileText.octets(hexadecimal: fields.dropFirst().flatMap(\.octets)),
            octets.count == length, length <= UInt16.max
        else { throw .badGenericData(type) }
        switch type {
        case .a, .aaaa, .ns, .cname, .ptr, .mx, .txt, .soa: break
        default: return .opaque(type: type, octets: octets)
        }
        do throws(WireError) {
            return try RecordData(type: type, wire: octets)
        } catch {
            throw .badGenericData(type)
        }
    }
}

extension TXTValue {
    /// Every string quoted, one blank between them: `"v=spf1 -all"`. A quote and a backslash are escaped, octets
    /// outside 0x20…0x7E stand as `\DDD`.
    package var presentation: String {
        var text: [UInt8] = []
        text.reserveCapacity(strings.reduce(0) { $0 + $1.count + 3 })
        for string in strings {
            if !text.isEmpty { text.append(UInt8(ascii: " ")) }
            text.append(UInt8(ascii: "\""))
            for octet in string { MasterFileText.append(quoted: octet, to: &text) }
            text.append(UInt8(ascii: "\""))
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Reads what `presentation` writes, and the other forms of a master file.
    package init(presentation text: String) throws(RecordPresentationError) {
        guard case .txt(let value) = try RecordData(type: .txt, presentation: text) else {
            preconditionFailure("TXT data was read as another type")
        }
        self = value
    }
}

extension DomainName {
    /// Absolute master-file text: the trailing dot there, and a backslash before what a master file reads otherwise.
    package var presentation: String {
        let special: (UInt8) -> Bool = { octet in
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: ";"), UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "@"),
                UInt8(ascii: "$"):
                true
            default: false
            }
        }
        guard text.utf8.contains(where: special) else { return text + "." }
        var escaped: [UInt8] = []
        for octet in text.utf8 {
            if special(octet) { escaped.append(UInt8(ascii: "\\")) }
            escaped.append(octet)
        }
        return String(decoding: escaped, as: UTF8.self) + "."
    }
}
