import DNS
import Diagnostics
import MailAuth

/// What a domain gets where it does not say otherwise, each value shared by all that inherit it.
struct DomainDefaults {
    var provider: ProviderID?
    var relay: RelayID?
    var timeToLiveSeconds: UInt32?
    var spf = SPFParts()
    var spfDeclaration: SPFDeclaration?
    var dkim = DKIMDeclaration()
    var dmarc = DMARCRecord(policy: .none)
    var dmarcSpan: SourceSpan?
    var parkedReports: [String] = []
    var tlsReports: [String] = []
    var sealsForwarded = false
    var gateRequires = Set(GateRequirement.allCases)
}

extension ManifestReader {
    mutating func readDefaults(_ sections: [Int32]) {
        var fields = Fields<DefaultsKey>()
        for section in sections where !isEmpty(section) {
            if add(section, to: &fields) { draft.defaults.append(section) }
        }
        for key in DefaultsKey.allCases where fields.has(key) { draft.defaultsPresent |= 1 << UInt32(key.domainKey.rawValue) }
        if let node = fields[.provider] { defaults.provider = providerReference(node) }
        if let node = fields[.relay] { defaults.relay = relayReference(node) }
        if let node = fields[.ttl] { defaults.timeToLiveSeconds = timeToLive(node) }
        if let node = fields[.spf], let spf = self.fields(SPFKey.self, of: node, owner: fields.key(.spf)!) {
            defaults.spf = spfParts(spf, over: SPFParts())
            defaults.spfDeclaration = defaults.spf.declaration(at: arena.span(fields.key(.spf)!))
        }
        if let node = fields[.dkim], let dkim = self.fields(DKIMKey.self, of: node, owner: fields.key(.dkim)!) {
            defaults.dkim = dkimDeclaration(dkim, over: DKIMDeclaration())
        }
        if let node = fields[.dmarc], let dmarc = self.fields(DMARCKey.self, of: node, owner: fields.key(.dmarc)!) {
            defaults.dmarc = dmarcRecord(dmarc, over: DMARCRecord(policy: .none))
            defaults.dmarcSpan = arena.span(fields.key(.dmarc)!)
        }
        if let node = fields[.tlsReports] { defaults.tlsReports = tlsReports(node) }
        if let node = fields[.arc] { defaults.sealsForwarded = choice(node, ARCChoice.self) == .forwarded }
        if let node = fields[.gate] { defaults.gateRequires = gateRequires(node, owner: fields.key(.gate)!) ?? defaults.gateRequires }
        draft.defaultSPF = defaults.spfDeclaration
    }

    private struct NamedEntry {
        var name: DomainName
        var key: Int32
        var value: Int32
    }

    mutating func readDomains(_ entries: [(key: Int32, value: Int32)]) {
        var named: [NamedEntry] = []
        named.reserveCapacity(entries.count)
        var isSorted = true
        for (key, value) in entries {
            guard let name = domainName(key) else {
                // The entry's own mistakes are shown in the same run.
                _ = domain(DomainName(canonical: "invalid"), key, value)
                continue
            }
            if let last = named.last, !(last.name < name) { isSorted = false }
            named.append(NamedEntry(name: name, key: key, value: value))
        }
        if !isSorted { named.sort { ($0.name, $0.key) < ($1.name, $1.key) } }
        draft.manifest.domains.reserveCapacity(named.count)
        draft.domainPlaces.reserveCapacity(named.count)
        var previous: NamedEntry?
        for entry in named {
            if let previous, previous.name == entry.name {
                duplicateKey(entry.key, first: previous.key, name: entry.name.text)
                continue
            }
            previous = entry
            let (declaration, own) = domain(entry.name, entry.key, entry.value)
            draft.manifest.domains.append(declaration)
            draft.domainPlaces.append(ManifestDraft.Place(key: entry.key, value: entry.value, own: own))
        }
    }

    private mutating func domain(_ name: DomainName, _ key: Int32, _ value: Int32) -> (DomainDeclaration, UInt32) {
        var fields = Fields<DomainKey>()
        // `example.com:` alone takes everything from the defaults.
        if !isEmpty(value) { add(value, to: &fields) }
        let sends = fields[.sends].flatMap { boolean($0) } ?? true
        let span = arena.span(key)
        var declaration = DomainDeclaration(
            name: name, provider: defaults.provider, relay: nil, sends: sends,
            timeToLiveSeconds: defaults.timeToLiveSeconds, gateRequires: defaults.gateRequires, span: span)
        if let node = fields[.provider] { declaration.provider = providerReference(node) }
        if declaration.provider == nil, !fields.has(.provider), draft.providerPlaces.count == 1 {
            declaration.provider = draft.providerPlaces.keys.first
        }
        if let node = fields[.ttl] { declaration.timeToLiveSeconds = timeToLive(node) ?? declaration.timeToLiveSeconds }
        if !sends {
            declaration.dmarc = parkedPolicy(fields, at: span)
            return (declaration, fields.present)
        }
        declaration.relay = defaults.relay
        if let node = fields[.relay] { declaration.relay = relayReference(node) }
        declaration.spf = spf(fields, relay: declaration.relay, at: span)
        declaration.dkim = defaults.dkim
        if let node = fields[.dkim], let dkim = self.fields(DKIMKey.self, of: node, owner: fields.key(.dkim)!) {
            declaration.dkim = dkimDeclaration(dkim, over: defaults.dkim)
        }
        declaration.dmarc = DMARCDeclaration(record: defaults.dmarc, span: defaults.dmarcSpan ?? span)
        if let node = fields[.dmarc], let dmarc = self.fields(DMARCKey.self, of: node, owner: fields.key(.dmarc)!) {
            declaration.dmarc = DMARCDeclaration(
                record: dmarcRecord(dmarc, over: defaults.dmarc), span: arena.span(fields.key(.dmarc)!))
        }
        declaration.tlsReports = defaults.tlsReports
        if let node = fields[.tlsReports] { declaration.tlsReports = tlsReports(node) }
        if let node = fields[.bimi] { declaration.bimi = bimi(node, owner: fields.key(.bimi)!) }
        if let node = fields[.mx] { declaration.mx = exchangers(node) }
        if let node = fields[.mtaSTS] { declaration.mtaSTS = mtaSTS(node, owner: fields.key(.mtaSTS)!, mx: declaration.mx) }
        declaration.sealsForwarded = defaults.sealsForwarded
        if let node = fields[.arc] { declaration.sealsForwarded = choice(node, ARCChoice.self) == .forwarded }
        if let node = fields[.gate], let required = gateRequires(node, owner: fields.key(.gate)!) {
            declaration.gateRequires = required
        }
        return (declaration, fields.present)
    }

    /// A parked domain rejects; where reports go, it may say itself, or the defaults do.
    private mutating func parkedPolicy(_ fields: Fields<DomainKey>, at span: SourceSpan) -> DMARCDeclaration {
        let base = DMARCRecord(policy: .reject, aggregateReports: defaults.dmarc.aggregateReports)
        guard let node = fields[.dmarc], let dmarc = self.fields(DMARCKey.self, of: node, owner: fields.key(.dmarc)!) else {
            return DMARCDeclaration(record: base, span: span)
        }
        return DMARCDeclaration(record: dmarcRecord(dmarc, over: base), span: arena.span(fields.key(.dmarc)!))
    }

    private mutating func providerReference(_ node: Int32) -> ProviderID? {
        guard let name = text(node, .identifier) else { return nil }
        let id = ProviderID(rawValue: name)
        guard draft.providerPlaces[id] == nil, isComplete else { return id }
        guard sink.keepsMore else {
            sink.report(.unknownProvider, at: nil)
            return nil
        }
        let known = draft.providerPlaces.keys.map(\.rawValue).sorted()
        sink.report(
            .unknownProvider, at: arena.span(node), label: "no entry under `providers` has this name",
            helps: [reference(name, known, "providers")])
        return nil
    }

    private mutating func relayReference(_ node: Int32) -> RelayID? {
        guard let name = text(node, .identifier) else { return nil }
        let id = RelayID(rawValue: name)
        guard draft.relayPlaces[id] == nil, isComplete else { return id }
        guard sink.keepsMore else {
            sink.report(.unknownRelay, at: nil)
            return nil
        }
        let known = draft.relayPlaces.keys.map(\.rawValue).sorted()
        sink.report(
            .unknownRelay, at: arena.span(node), label: "no entry under `relays` has this name",
            helps: [reference(name, known, "relays")])
        return nil
    }

    private func reference(_ name: String, _ known: [String], _ section: String) -> String {
        if let near = Suggestion.closest(to: name, among: known) { return "did you mean `\(near)`?" }
        return known.isEmpty
            ? "add it under `\(section)`" : "the \(section) are " + listed(Array(known.prefix(10)), "and")
    }

    private mutating func gateRequires(_ node: Int32, owner: Int32) -> Set<GateRequirement>? {
        guard let fields = fields(GateKey.self, of: node, owner: owner), let list = fields[.require] else { return nil }
        return choices(list, GateRequirement.self, minimum: 1).map { Set($0) }
    }
}
