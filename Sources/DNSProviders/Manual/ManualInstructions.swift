import DNS

/// One write, told to a person in the forms that DNS is edited in: a zone file, a web form, nsupdate.
enum ManualInstructions {
    static func text(_ write: RecordSetWrite, in zone: DomainName) -> String {
        var lines = [headline(write, zone), ""]
        lines += section("zone file", zoneFile(write))
        lines += section("web form", webForm(write, zone))
        lines += section("nsupdate", update(write, zone))
        return lines.dropLast().joined(separator: "\n")
    }

    private static func section(_ title: String, _ lines: [String]) -> [String] {
        ["  \(title)"] + lines.map { "    \($0)" } + [""]
    }

    private static func headline(_ write: RecordSetWrite, _ zone: DomainName) -> String {
        guard let replacement = write.replacement else {
            return "Delete \(write.key) from the zone \(zone)."
        }
        let verb = write.expected == nil ? "Add" : "Change"
        return "\(verb) \(write.key) in the zone \(zone), with a time to live of \(replacement.timeToLiveSeconds) s."
    }

    // MARK: Zone file

    /// RFC 1035 §5.1. TXT values stand in strings of at most 255 octets, which belong to one record.
    private static func zoneFile(_ write: RecordSetWrite) -> [String] {
        guard let replacement = write.replacement else {
            return (write.expected.map(records) ?? []).map { "; remove: " + $0 }
        }
        let kept = Set(replacement.data)
        let gone = (write.expected?.data ?? []).filter { !kept.contains($0) }
        return gone.map { "; remove: " + record(write.key, write.expected!.timeToLiveSeconds, $0) }
            + records(replacement)
    }

    private static func records(_ set: RecordSet) -> [String] {
        set.data.map { record(set.key, set.timeToLiveSeconds, $0) }
    }

    private static func record(_ key: RecordSetKey, _ seconds: UInt32, _ data: RecordData) -> String {
        "\(key.name.presentation) \(seconds) IN \(key.type) \(data.presentation)"
    }

    // MARK: Web form

    /// Forms differ in whether they want the whole name, so both are given; they split and quote TXT values
    /// themselves.
    private static func webForm(_ write: RecordSetWrite, _ zone: DomainName) -> [String] {
        let old = write.expected?.data ?? []
        let new = write.replacement?.data ?? []
        var lines = ["host   \(host(write.key.name, zone))   (in full: \(write.key.name))", "type   \(write.key.type)"]
        if let replacement = write.replacement { lines.append("TTL    \(replacement.timeToLiveSeconds)") }
        for data in old where !new.contains(data) { lines.append("remove \(formValue(data))") }
        for data in new where !old.contains(data) { lines.append("add    \(formValue(data))") }
        for data in new where old.contains(data) { lines.append("keep   \(formValue(data))") }
        return lines
    }

    /// Relative to the zone; `@` is the apex.
    private static func host(_ name: DomainName, _ zone: DomainName) -> String {
        if name == zone { return "@" }
        guard name.isEqualOrBelow(zone), !zone.isRoot else { return name.description }
        return String(decoding: name.text.utf8.dropLast(zone.text.utf8.count + 1), as: UTF8.self)
    }

    /// A value that a form cannot take as it stands is given quoted.
    private static func formValue(_ data: RecordData) -> String {
        guard case .txt(let value) = data else { return data.presentation }
        let octets = value.joined
        let isPlain = !octets.isEmpty && octets.allSatisfy { (0x20...0x7E).contains($0) }
        return isPlain ? value.text : value.presentation
    }

    // MARK: nsupdate

    /// RFC 2136 as nsupdate(1) reads it. The records that go are named one by one, so that nothing else at the name is
    /// touched.
    private static func update(_ write: RecordSetWrite, _ zone: DomainName) -> [String] {
        let name = write.key.name.presentation
        let kept =
            write.replacement?.timeToLiveSeconds == write.expected?.timeToLiveSeconds
            ? Set(write.replacement?.data ?? []) : []
        var lines = ["zone \(zone.presentation)"]
        for data in write.expected?.data ?? [] where !kept.contains(data) {
            lines.append("update delete \(name) \(write.key.type) \(data.presentation)")
        }
        let old = write.expected?.data ?? []
        for data in write.replacement?.data ?? [] where !(kept.contains(data) && old.contains(data)) {
            lines.append(
                "update add \(name) \(write.replacement!.timeToLiveSeconds) \(write.key.type) \(data.presentation)")
        }
        return lines + ["send"]
    }
}
