import DNS
import Keys
import Reconcile

/// One record's data for a reader: TXT strings joined, long keys shortened, nothing that a terminal would obey.
enum RecordText {
    /// Longer runs of base64 are keys: nobody reads them.
    static let keyOctetsMax = 80
    static let keyOctetsKept = 20
    /// Other values are cut here.
    static let octetsMax = 512

    /// Whole, joined: `"v=spf1 -all"`.
    static func full(_ value: PlannedRecordSet.Value) -> String {
        switch value {
        case .known(.txt(let text)): quoted(text.joined[...])
        case .known(let data): data.presentation
        case .futureKey: unknownKey(value)
        }
    }

    /// `"v=DKIM1; k=rsa; p=MIIBIjANBgkqhkiG9w0B… 392 octets"`.
    static func short(_ value: PlannedRecordSet.Value) -> String {
        switch value {
        case .known(.txt(let text)): shortened(text.joined)
        case .known(let data):
            data.presentation.utf8.count > octetsMax
                ? "\(data.presentation.prefix(octetsMax))… \(data.presentation.utf8.count) characters"
                : data.presentation
        case .futureKey: unknownKey(value)
        }
    }

    static func full(_ data: RecordData) -> String { full(.known(data)) }
    static func short(_ data: RecordData) -> String { short(.known(data)) }

    private static func unknownKey(_ value: PlannedRecordSet.Value) -> String {
        guard case .futureKey(let id, let algorithm, let testing) = value else { return "" }
        let type = algorithm == .ed25519 ? "ed25519" : "rsa"
        if id.purpose == .agent { return "\"v=AGENTID1; k=\(type); p=(key \(id.selector), known after apply)\"" }
        return "\"v=DKIM1; k=\(type);\(testing ? " t=y;" : "") p=(key \(id.selector), known after apply)\""
    }

    /// RFC 1035 §5.1: a quote and a backslash escaped, octets outside 0x20…0x7E as `\DDD`.
    private static func quoted(_ octets: ArraySlice<UInt8>) -> String { "\"\(escaped(octets))\"" }

    private static func escaped(_ octets: ArraySlice<UInt8>) -> String {
        var text = ""
        text.reserveCapacity(octets.count)
        for octet in octets {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                text += "\\" + String(UnicodeScalar(octet))
            case 0x20...0x7E: text.unicodeScalars.append(UnicodeScalar(octet))
            default:
                let digits = String(octet)
                text += "\\" + String(repeating: "0", count: 3 - digits.utf8.count) + digits
            }
        }
        return text
    }

    private static func shortened(_ octets: [UInt8]) -> String {
        var text = ""
        var index = 0
        var shown = 0
        while index < octets.count {
            if shown >= octetsMax { return "\"\(text)…\" \(octets.count) octets" }
            var end = index
            while end < octets.count, isBase64(octets[end]) { end += 1 }
            if end - index > keyOctetsMax {
                text += escaped(octets[index..<index + keyOctetsKept])
                // Padding belongs to the key.
                while end < octets.count, octets[end] == UInt8(ascii: "=") { end += 1 }
                text += "… \(end - index) octets"
                shown += keyOctetsKept
            } else {
                end = max(end, index + 1)
                text += escaped(octets[index..<end])
                shown += end - index
            }
            index = end
        }
        return "\"\(text)\""
    }

    private static func isBase64(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"):
            true
        default: false
        }
    }
}

/// The values of a record set before and after, line by line.
struct RecordSetDifference: Equatable {
    enum Line: Equatable {
        case removed(String), added(String), kept(String)
    }

    var lines: [Line] = []
    /// Seconds; nil where it stays, or where one side does not exist.
    var timeToLive: (before: UInt32, after: UInt32)?

    init(before: PlannedRecordSet?, after: PlannedRecordSet?) {
        let old = before?.values ?? []
        let new = after?.values ?? []
        let gone = old.filter { !new.contains($0) }
        let come = new.filter { !old.contains($0) }
        // Two keys may differ only where they are cut: then both are shown whole.
        let isTold = Set(gone.map(RecordText.short)).isDisjoint(with: come.map(RecordText.short))
        let text: (PlannedRecordSet.Value) -> String = { isTold ? RecordText.short($0) : RecordText.full($0) }
        lines = gone.map { .removed(text($0)) } + come.map { .added(text($0)) }
        lines += old.filter { new.contains($0) }.map { .kept(RecordText.short($0)) }
        if let before, let after, before.timeToLiveSeconds != after.timeToLiveSeconds {
            timeToLive = (before.timeToLiveSeconds, after.timeToLiveSeconds)
        }
    }

    static func == (left: Self, right: Self) -> Bool {
        left.lines == right.lines && left.timeToLive?.before == right.timeToLive?.before
            && left.timeToLive?.after == right.timeToLive?.after
    }

    /// For a terminal and, unpainted, for a block of Markdown's `diff`.
    func text(_ style: Style) -> [String] {
        var text = lines.map { line in
            switch line {
            case .removed(let value): style.paint("- \(value)", .removed)
            case .added(let value): style.paint("+ \(value)", .added)
            case .kept(let value): style.paint("  \(value)", .faint)
            }
        }
        if let timeToLive {
            text.append(style.paint("  ttl \(timeToLive.before) s → \(timeToLive.after) s", .changed))
        }
        return text
    }
}
