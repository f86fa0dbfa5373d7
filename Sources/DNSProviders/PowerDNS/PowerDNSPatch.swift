import DNS

/// One PATCH, which PowerDNS carries out whole or not at all.
///
/// `comments` is left out, and so are a set's comments kept; records that are disabled are sent back as they were.
struct PowerDNSPatch {
    /// Half of what PowerDNS reads unless `webserver-max-bodysize` says otherwise; of more it says nothing but 400, or
    /// nothing at all.
    static let octetsMax = 1 << 20
    /// Ours to choose.
    static let setsMax = 1_000

    /// What it changes: the first of the writes that it was made from, and all of those at one name.
    private(set) var writes: [RecordSetWrite] = []
    private(set) var body = Array(#"{"rrsets":["#.utf8)

    /// As many of the writes as fit, but those of one name at least.
    init(firstOf pending: [RecordSetWrite], standing: PowerDNSZone) {
        var names: [DomainName] = []
        var byName: [DomainName: [RecordSetWrite]] = [:]
        for write in pending {
            if byName[write.key.name] == nil { names.append(write.key.name) }
            byName[write.key.name, default: []].append(write)
        }
        for name in names {
            let group = byName[name]!
            var part: [UInt8] = []
            // Deletes first: an alias may not be written beside what this call removes.
            for write in group.filter({ $0.replacement == nil }) + group.filter({ $0.replacement != nil }) {
                if !writes.isEmpty || !part.isEmpty { part.append(UInt8(ascii: ",")) }
                Self.append(write, standing.entries[write.key], to: &part)
            }
            let isFull =
                writes.count + group.count > Self.setsMax || body.count + part.count + 2 > Self.octetsMax
            if isFull, !writes.isEmpty { break }
            writes += group
            body += part
        }
        body.append(contentsOf: "]}".utf8)
    }

    private static func append(_ write: RecordSetWrite, _ standing: PowerDNSZone.Entry?, to body: inout [UInt8]) {
        body.append(contentsOf: #"{"name":"#.utf8)
        append(string: write.key.name.presentation.utf8, to: &body)
        body.append(contentsOf: #","type":"\#(write.key.type)","changetype":"#.utf8)
        var records = (write.replacement?.data ?? []).map { (Array($0.presentation.utf8), isDisabled: false) }
        let enabled = Set(write.replacement?.data ?? [])
        for content in standing?.disabled ?? [] {
            // The same content twice in one set is refused; enabling it is what the write asks for.
            if let data = try? PowerDNSContent.data(write.key.type, content), enabled.contains(data) { continue }
            records.append((content, isDisabled: true))
        }
        guard !records.isEmpty else {
            body.append(contentsOf: #""DELETE"}"#.utf8)
            return
        }
        let seconds = write.replacement?.timeToLiveSeconds ?? standing?.served?.timeToLiveSeconds ?? 0
        body.append(contentsOf: #""REPLACE","ttl":\#(seconds),"records":["#.utf8)
        for (index, record) in records.enumerated() {
            body.append(contentsOf: (index > 0 ? #",{"content":"# : #"{"content":"#).utf8)
            append(string: record.0, to: &body)
            body.append(contentsOf: #","disabled":\#(record.isDisabled)}"#.utf8)
        }
        body.append(contentsOf: "]}".utf8)
    }

    /// RFC 8259 §7.
    private static func append(string: some Sequence<UInt8>, to body: inout [UInt8]) {
        let digits = Array("0123456789abcdef".utf8)
        body.append(UInt8(ascii: "\""))
        for byte in string {
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                body.append(UInt8(ascii: "\\"))
                body.append(byte)
            case 0..<0x20:
                body.append(contentsOf: #"\u00"#.utf8)
                body.append(digits[Int(byte >> 4)])
                body.append(digits[Int(byte & 15)])
            default:
                body.append(byte)
            }
        }
        body.append(UInt8(ascii: "\""))
    }
}
