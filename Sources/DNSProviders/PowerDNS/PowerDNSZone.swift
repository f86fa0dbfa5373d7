import DNS

/// What PowerDNS' API lists of a zone, as far as it was asked for.
struct PowerDNSZone {
    struct Entry {
        /// What it serves; nil if every record is disabled.
        var served: RecordSet?
        /// Contents of records that are disabled: kept in the database, not served, and none of ours to lose.
        var disabled: [[UInt8]]
    }

    enum Failure: Error {
        /// Not the JSON of a zone.
        case malformed
        case unreadable(RecordSetKey, content: [UInt8], reason: String)
    }

    var entries: [RecordSetKey: Entry] = [:]
    /// `Native`, `Master`, `Slave`, `Producer`, `Consumer`; newer versions write `Primary` and `Secondary`.
    private(set) var kind = ""
    /// When the request for it went out, and how long its answer and our reading of that took.
    var askedAt = ContinuousClock.now
    var reading = Duration.zero

    /// Whether its records come from another server, so that each transfer drops what is written here.
    var isTransferred: Bool { ["slave", "secondary", "consumer"].contains(kind.lowercased()) }

    var served: [RecordSetKey: RecordSet] { entries.compactMapValues(\.served) }

    /// Names are compared as text first: PowerDNS lists most of them in the form in which we ask.
    private struct Wanted {
        var keys: Set<RecordSetKey>
        var names: [String: DomainName] = [:]

        init(_ keys: [RecordSetKey]) {
            self.keys = Set(keys)
            for key in keys { names[key.name.presentation] = key.name }
        }

        func name(_ text: [UInt8]) -> DomainName? {
            let text = String(decoding: text, as: UTF8.self)
            if let name = names[text] { return name }
            let isPlain = text.utf8.allSatisfy {
                $0 != UInt8(ascii: "\\") && !($0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z"))
            }
            if isPlain { return nil }
            return try? DomainName(absolute: text)
        }
    }

    private struct Row {
        var name: DomainName?
        var isUnwanted = false
        var type: RecordType?
        var timeToLiveSeconds: UInt32?
        var records: [(content: [UInt8], isDisabled: Bool)] = []
    }

    init() {}

    init(json: [UInt8], keys: [RecordSetKey]) throws(Failure) {
        let wanted = Wanted(keys)
        var rows: [Row] = []
        var hasRecordSets = false
        var kind: [UInt8] = []
        do throws(JSONScanner.Malformed) {
            var scanner = JSONScanner(json)
            try scanner.object { (scanner, member) throws(JSONScanner.Malformed) in
                switch member {
                case "kind": kind = try scanner.string()
                case "rrsets":
                    hasRecordSets = true
                    try scanner.array { (scanner) throws(JSONScanner.Malformed) in
                        let row = try Self.row(&scanner, wanted)
                        if !row.isUnwanted { rows.append(row) }
                    }
                default: try scanner.skip()
                }
            }
            try scanner.end()
        } catch {
            throw .malformed
        }
        guard hasRecordSets else { throw .malformed }
        self.kind = String(decoding: kind, as: UTF8.self)
        for row in rows {
            guard let name = row.name, let type = row.type, let seconds = row.timeToLiveSeconds else {
                throw .malformed
            }
            let key = RecordSetKey(name, type)
            if wanted.keys.contains(key) { try add(row, key, seconds) }
        }
    }

    private static func row(
        _ scanner: inout JSONScanner, _ wanted: Wanted
    ) throws(JSONScanner.Malformed) -> Row {
        var row = Row()
        try scanner.object { (scanner, member) throws(JSONScanner.Malformed) in
            switch member {
            case "name":
                row.name = wanted.name(try scanner.string())
                row.isUnwanted = row.isUnwanted || row.name == nil
            case "type":
                row.type = RecordType(String(decoding: try scanner.string(), as: UTF8.self))
                // One of PowerDNS' own (LUA, ALIAS), which nobody can ask for.
                row.isUnwanted = row.isUnwanted || row.type == nil
            case "ttl":
                row.timeToLiveSeconds = try scanner.unsigned()
            case "records" where !row.isUnwanted:
                try scanner.array { (scanner) throws(JSONScanner.Malformed) in
                    row.records.append(try Self.record(&scanner))
                }
            default:
                try scanner.skip()
            }
        }
        return row
    }

    private static func record(
        _ scanner: inout JSONScanner
    ) throws(JSONScanner.Malformed) -> (content: [UInt8], isDisabled: Bool) {
        var content: [UInt8] = []
        var isDisabled = false
        try scanner.object { (scanner, member) throws(JSONScanner.Malformed) in
            switch member {
            case "content": content = try scanner.string()
            case "disabled": isDisabled = try scanner.boolean()
            default: try scanner.skip()
            }
        }
        return (content, isDisabled)
    }

    private mutating func add(_ row: Row, _ key: RecordSetKey, _ seconds: UInt32) throws(Failure) {
        var data: [RecordData] = []
        var disabled: [[UInt8]] = []
        for (content, isDisabled) in row.records {
            if isDisabled {
                disabled.append(content)
                continue
            }
            do throws(PowerDNSContent.Unreadable) {
                data.append(try PowerDNSContent.data(key.type, content))
            } catch {
                throw .unreadable(key, content: content, reason: error.reason)
            }
        }
        // A set of comments alone has no records.
        if data.isEmpty, disabled.isEmpty { return }
        entries[key] = Entry(
            served: data.isEmpty ? nil : RecordSet(key, timeToLiveSeconds: seconds, data: data), disabled: disabled)
    }
}
