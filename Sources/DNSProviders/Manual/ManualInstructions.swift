import DNS

/// What to enter at a provider's web form or in a zone file, in words that fit both.
struct ManualInstructions {
    let text: String

    init(_ write: RecordSetWrite, zone: DomainName) {
        let key = write.key
        // Web forms want the name without the zone, and `@` for the zone itself.
        let host =
            key.name == zone
            ? "@" : String(key.name.text.dropLast(zone.text.isEmpty ? 0 : zone.text.utf8.count + 1))
        guard let set = write.replacement else {
            text = """
                delete every \(key.type) record of \(key.name)
                  in a form: host \(host)
                """
            return
        }
        let gone = (write.expected?.data ?? []).filter { !set.data.contains($0) }
        let kept = (write.expected?.data ?? []).filter { set.data.contains($0) }
        var lines: [String] = []
        lines.append(
            write.expected == nil
                ? "add to the zone \(zone):" : "change in the zone \(zone), so that this is all of \(key):")
        for data in set.data.sorted(by: { $0.presentation < $1.presentation }) {
            lines.append("  \(key.name). \(set.timeToLiveSeconds) IN \(key.type) \(data.presentation)")
        }
        lines.append("  in a form, host \(host), TTL \(set.timeToLiveSeconds):")
        for data in set.data.filter({ !kept.contains($0) }) { lines.append("    value: \(Self.value(data))") }
        for data in gone { lines.append("    remove: \(Self.value(data))") }
        text = lines.joined(separator: "\n")
    }

    /// A form takes a TXT value unquoted and unsplit, where it is text at all.
    private static func value(_ data: RecordData) -> String {
        guard case .txt(let value) = data, value.joined.allSatisfy({ (0x20...0x7E).contains($0) }) else {
            return data.presentation
        }
        return value.text
    }
}
