import DNS
import Diagnostics

/// What reading a domain tells the rules beforehand. A rule looks closely at the domains that may break it, and passes
/// over the others by these bits alone.
struct DomainFacts: OptionSet {
    let rawValue: UInt16

    static let sends = DomainFacts(rawValue: 1 << 0)
    static let hasProvider = DomainFacts(rawValue: 1 << 1)
    static let hasSPF = DomainFacts(rawValue: 1 << 2)
    /// Its time to live is below what resolvers heed.
    static let hasShortTimeToLive = DomainFacts(rawValue: 1 << 3)
    static let hasLongName = DomainFacts(rawValue: 1 << 4)
    /// See each rule's `suspects`.
    static let suspectSPF = DomainFacts(rawValue: 1 << 5)
    static let suspectEgress = DomainFacts(rawValue: 1 << 6)
    static let suspectDKIM = DomainFacts(rawValue: 1 << 7)
    static let suspectDMARC = DomainFacts(rawValue: 1 << 8)
    /// DMARC reports go somewhere.
    static let reports = DomainFacts(rawValue: 1 << 9)
}

/// What was read, with the nodes that it was read from: what the rules check. The typed values may be incomplete where
/// findings were reported; the nodes say what really stands in the files.
struct ManifestDraft {
    /// Where an entry stands: its key, and its value.
    struct Place {
        var key: Int32
        var value: Int32
        /// For a domain: a bit for each `DomainKey` that it has itself.
        var own: UInt32 = 0
        /// For a domain: what the rules ask of every one of them.
        var facts: DomainFacts = []

        func has(_ key: DomainKey) -> Bool { own & (1 << UInt32(key.rawValue)) != 0 }
    }

    var manifest = Manifest()
    var arena: NodeArena
    /// No file was cut short: what is absent is really missing.
    var isComplete: Bool
    /// There is a section `providers`, readable or not.
    var hasProviders = false
    /// As `manifest.domains`, `manifest.agents`, `manifest.approvers`.
    var domainPlaces: [Place] = []
    var agentPlaces: [Place] = []
    var approverPlaces: [Place] = []
    var providerPlaces: [ProviderID: Place] = [:]
    var relayPlaces: [RelayID: Place] = [:]
    /// The mappings under `defaults`, one for each file that has one.
    var defaults: [Int32] = []
    /// What a domain without a key of its own gets.
    var defaultsPresent: UInt32 = 0
    /// The SPF that every domain without one of its own has, unless its relay's egress is taken.
    var defaultSPF: SPFDeclaration?

    /// The domains with a fact that follows from a key: those that have the key themselves, and the first of the others,
    /// which share what they inherit.
    func domains(with fact: DomainFacts, from key: DomainKey, where matters: (Int) -> Bool = { _ in true }) -> [Int] {
        var result: [Int] = []
        var hasHeir = false
        for (index, place) in domainPlaces.enumerated() where place.facts.contains(fact) && matters(index) {
            if !place.has(key) {
                if hasHeir { continue }
                hasHeir = true
            }
            result.append(index)
        }
        return result
    }

    func hasDefault(_ key: DomainKey) -> Bool { defaultsPresent & (1 << UInt32(key.rawValue)) != 0 }

    /// The node below a domain's value, or below `defaults` where the domain has no such key.
    func node(ofDomain index: Int, _ path: [String], item: Int? = nil) -> Int32? {
        let place = domainPlaces[index]
        return node(place.value, path, item: item)
            ?? defaults.lazy.compactMap { node($0, path, item: item) }.first
    }

    /// The node below a mapping, by keys, and by position if it is a list.
    func node(_ start: Int32, _ path: [String], item: Int? = nil) -> Int32? {
        var current = start
        for name in path {
            guard let pair = arena.pair(in: current, named: name) else { return nil }
            current = pair.value
        }
        guard let item else { return current }
        let list = arena.resolved(current)
        guard arena.nodes[Int(list)].kind == .sequence else { return nil }
        let items = arena.children(list)
        return item < items.count ? items[item] : nil
    }

    /// The place of a node found by `node(ofDomain:)`; the domain's key where there is none.
    func span(ofDomain index: Int, _ path: [String], item: Int? = nil) -> SourceSpan {
        guard let node = node(ofDomain: index, path, item: item) else { return arena.span(domainPlaces[index].key) }
        return visible(node)
    }

    func span(of place: Place, _ path: [String], item: Int? = nil) -> SourceSpan {
        node(place.value, path, item: item).map(visible) ?? arena.span(place.key)
    }

    /// The key of that name in a mapping.
    func keySpan(_ mapping: Int32, _ name: String) -> SourceSpan? {
        arena.pair(in: mapping, named: name).map { arena.span($0.key) }
    }

    private func visible(_ node: Int32) -> SourceSpan { arena.span(node) }

    /// Whether an entry's value could be read at all.
    func isReadable(_ place: Place) -> Bool {
        let node = arena.nodes[Int(arena.resolved(place.value))]
        return node.kind == .mapping || node.kind == .scalar && node.length == 0
    }

    /// Whether two places stand in this order in the files.
    static func isBefore(_ left: SourceSpan, _ right: SourceSpan) -> Bool {
        (left.file, left.startLine, left.startColumn) < (right.file, right.startLine, right.startColumn)
    }

    func domainIndex(_ name: DomainName) -> Int? { manifest.domainIndex(name) }
}
