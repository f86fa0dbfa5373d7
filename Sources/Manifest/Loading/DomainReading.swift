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
    var tlsReports: [String] = []
    var sealsForwarded = false
    var gateRequires = Set(GateRequirement.allCases)
    /// What every domain that inherits has in common for the rules.
    var facts: DomainFacts = []
}

extension ManifestReader {
    mutating func readDefaults(_ sections: [Int32]) {
        var fields = Fields<DefaultsKey>()
        for section in sections where !isEmpty(section) {
            if add(section, to: &fields) { draft.defaults.append(section) }
        }
        for key in DefaultsKey.allCases where fields.has(key) {
            draft.defaultsPresent |= 1 << UInt32(key.domainKey.rawValue)
        }
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
        if let node = fields[.gate] {
            defaults.gateRequires = gateRequires(node, owner: fields.key(.gate)!) ?? defaults.gateRequires
        }
        draft.defaultSPF = defaults.spfDeclaration
        if let spf = defaults.spfDeclaration {
            defaults.facts.insert(.hasSPF)
            if SPFTermsRule.suspects(spf, of: .root) { defaults.facts.insert(.suspectSPF) }
            if EgressRule.suspects(spf) { defaults.facts.insert(.suspectEgress) }
        }
        if DKIMRule.suspects(defaults.dkim) { defaults.facts.insert(.suspectDKIM) }
        if DMARCPolicyRule.suspects(defaults.dmarc) { defaults.facts.insert(.suspectDMARC) }
        if defaults.dmarc.hasReports { defaults.facts.insert(.reports) }
        var inherited = DomainDeclaration.bare
        inherited.provider = defaults.provider
        inherited.relay = defaults.relay
        inherited.timeToLiveSeconds = defaults.timeToLiveSeconds
        inherited.spf = inheritedSPF()
        inherited.dkim = defaults.dkim
        inherited.dmarc?.record = defaults.dmarc
        inherited.tlsReports = defaults.tlsReports
        inherited.sealsForwarded = defaults.sealsForwarded
        inherited.gateRequires = defaults.gateRequires
        draft.manifest.inherited = inherited
    }

    private struct NamedEntry {
        var name: DomainName
        var key: Int32
        var value: Int32
    }

    mutating func readDomains(_ entries: [(key: Int32, value: Int32)]) {
        if draft.providerPlaces.count == 1 { onlyProvider = draft.providerPlaces.keys.first }
        var named: [NamedEntry] = []
        named.reserveCapacity(entries.count)
        var isSorted = true
        for (key, value) in entries {
            guard let name = domainName(key) else {
                // The entry's own mistakes are shown in the same run.
                var place = ManifestDraft.Place(key: key, value: value)
                withUnsafeTemporaryAllocation(of: DomainDeclaration.self, capacity: 1) { slot in
                    readDomain(DomainName(canonical: "invalid"), &place, into: slot.baseAddress!)
                    slot.baseAddress!.deinitialize(count: 1)
                }
                continue
            }
            if let last = named.last, !(last.name < name) { isSorted = false }
            named.append(NamedEntry(name: name, key: key, value: value))
        }
        if !isSorted { named.sort { ($0.name, $0.key) < ($1.name, $1.key) } }
        draft.domainPlaces.reserveCapacity(named.count)
        // Written where they stay: a declaration is large, and appending would copy it.
        let domains = [DomainDeclaration](unsafeUninitializedCapacity: named.count) { buffer, count in
            for index in named.indices {
                if index > 0, named[index - 1].name == named[index].name {
                    let first = draft.domainPlaces[draft.domainPlaces.count - 1].key
                    duplicateKey(named[index].key, first: first, name: named[index].name.text)
                    continue
                }
                var place = ManifestDraft.Place(key: named[index].key, value: named[index].value)
                readDomain(named[index].name, &place, into: buffer.baseAddress! + count)
                count += 1
                draft.domainPlaces.append(place)
            }
        }
        draft.manifest.domains = domains
    }

    /// Reads one entry into uninitialised memory, and tells the rules what they need to know of it.
    private mutating func readDomain(
        _ name: DomainName, _ place: inout ManifestDraft.Place, into slot: UnsafeMutablePointer<DomainDeclaration>
    ) {
        var fields = Fields<DomainKey>()
        // `example.com:` alone takes everything from the defaults.
        if !isEmpty(place.value) { add(place.value, to: &fields) }
        place.own = fields.present
        let span = arena.span(place.key)
        var provider = defaults.provider
        if let node = fields[.provider] {
            provider = providerReference(node)
        } else if provider == nil {
            provider = onlyProvider
        }
        if provider != nil { place.facts.insert(.hasProvider) }
        let timeToLive = fields[.ttl].flatMap { self.timeToLive($0) } ?? defaults.timeToLiveSeconds
        if let timeToLive, timeToLive < ManifestBounds.timeToLiveAdvisedSeconds {
            place.facts.insert(.hasShortTimeToLive)
        }
        if NameLengthRule.suspects(name) { place.facts.insert(.hasLongName) }
        if let node = fields[.sends], boolean(node) == false {
            let dmarc = parkedPolicy(fields, at: span)
            if dmarc.record.hasReports { place.facts.insert(.reports) }
            slot.initialize(
                to: DomainDeclaration(
                    name: name, provider: provider, sends: false, timeToLiveSeconds: timeToLive, dmarc: dmarc,
                    gateRequires: defaults.gateRequires, span: span))
            return
        }
        place.facts.insert(.sends)
        let relay = fields[.relay].map { relayReference($0) } ?? defaults.relay
        let spf = spf(fields, relay: relay, of: name, &place.facts)
        let dkim = dkim(fields, &place.facts)
        let dmarc = dmarc(fields, at: span, &place.facts)
        let mx = fields[.mx].flatMap { exchangers($0) }
        slot.initialize(
            to: DomainDeclaration(
                name: name, provider: provider, relay: relay, sends: true, timeToLiveSeconds: timeToLive, spf: spf,
                dkim: dkim,
                dmarc: dmarc, mtaSTS: fields[.mtaSTS].flatMap { mtaSTS($0, owner: fields.key(.mtaSTS)!, mx: mx) },
                tlsReports: fields[.tlsReports].map { tlsReports($0) } ?? defaults.tlsReports,
                bimi: fields[.bimi].flatMap { bimi($0, owner: fields.key(.bimi)!) }, mx: mx,
                sealsForwarded: fields[.arc].map { choice($0, ARCChoice.self) == .forwarded }
                    ?? defaults.sealsForwarded,
                gateRequires: fields[.gate].flatMap { gateRequires($0, owner: fields.key(.gate)!) }
                    ?? defaults.gateRequires,
                span: span))
    }

    private mutating func dkim(_ fields: Fields<DomainKey>, _ facts: inout DomainFacts) -> DKIMDeclaration {
        guard let node = fields[.dkim], let own = self.fields(DKIMKey.self, of: node, owner: fields.key(.dkim)!) else {
            facts.formUnion(defaults.facts.intersection(.suspectDKIM))
            return defaults.dkim
        }
        let dkim = dkimDeclaration(own, over: defaults.dkim)
        if DKIMRule.suspects(dkim) { facts.insert(.suspectDKIM) }
        return dkim
    }

    private mutating func dmarc(
        _ fields: Fields<DomainKey>, at span: SourceSpan, _ facts: inout DomainFacts
    ) -> DMARCDeclaration {
        guard let node = fields[.dmarc], let own = self.fields(DMARCKey.self, of: node, owner: fields.key(.dmarc)!)
        else {
            facts.formUnion(defaults.facts.intersection([.suspectDMARC, .reports]))
            return DMARCDeclaration(
                record: defaults.dmarc, isImplied: defaults.dmarcSpan == nil, span: defaults.dmarcSpan ?? span)
        }
        let record = dmarcRecord(own, over: defaults.dmarc)
        if DMARCPolicyRule.suspects(record) { facts.insert(.suspectDMARC) }
        if record.hasReports { facts.insert(.reports) }
        return DMARCDeclaration(record: record, span: arena.span(fields.key(.dmarc)!))
    }

    /// A parked domain rejects; where reports go, it may say itself, or the defaults do.
    private mutating func parkedPolicy(_ fields: Fields<DomainKey>, at span: SourceSpan) -> DMARCDeclaration {
        let base = DMARCRecord(policy: .reject, aggregateReports: defaults.dmarc.aggregateReports)
        guard let node = fields[.dmarc], let dmarc = self.fields(DMARCKey.self, of: node, owner: fields.key(.dmarc)!)
        else {
            return DMARCDeclaration(record: base, span: span)
        }
        return DMARCDeclaration(record: dmarcRecord(dmarc, over: base), span: arena.span(fields.key(.dmarc)!))
    }

    private mutating func providerReference(_ node: Int32) -> ProviderID? {
        if let known = providerMemo.value(of: arena.resolved(node), in: arena) { return known }
        guard let name = text(node, .identifier) else { return nil }
        let id = ProviderID(rawValue: name)
        guard draft.providerPlaces[id] == nil, isComplete else {
            providerMemo.remember(id, of: arena.resolved(node), in: arena)
            return id
        }
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
        if let known = relayMemo.value(of: arena.resolved(node), in: arena) { return known }
        guard let name = text(node, .identifier) else { return nil }
        let id = RelayID(rawValue: name)
        guard draft.relayPlaces[id] == nil, isComplete else {
            relayMemo.remember(id, of: arena.resolved(node), in: arena)
            return id
        }
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
        return choices(list, GateRequirement.self, of: "what must pass", minimum: 1).map { Set($0) }
    }
}

extension DMARCRecord {
    var hasReports: Bool { !aggregateReports.isEmpty || !failureReports.isEmpty }
}
