import DNS
import Diagnostics
import MailAuth

/// Reads the nodes of all files into the typed manifest, section by section, and reports what it cannot read.
struct ManifestReader {
    let arena: NodeArena
    var sink: FindingSink
    var draft: ManifestDraft
    var defaults = DomainDefaults()
    /// No file was cut short: what is absent is really missing.
    let isComplete: Bool
    /// Characters were replaced before parsing: a name that holds U+FFFD has its finding.
    let hasRepairs: Bool
    /// Keys that findings have suggested in place of unknown ones: they are not missing too.
    var suggestedKeys: [String] = []
    /// The provider of every domain that names none, where exactly one is declared.
    var onlyProvider: ProviderID?
    /// The relay that was asked for last, and its policy.
    var lastEgress: (relay: RelayID, policy: SPFDeclaration?, facts: DomainFacts)?
    var providerMemo = ScalarMemo<ProviderID>()
    var relayMemo = ScalarMemo<RelayID>()
    var specMemo = ScalarMemo<String>()
    var selectorMemo = ScalarMemo<String>()

    init(arena: NodeArena, sink: FindingSink, isComplete: Bool, hasRepairs: Bool) {
        self.arena = arena
        self.sink = sink
        self.isComplete = isComplete
        self.hasRepairs = hasRepairs
        draft = ManifestDraft(arena: arena, isComplete: isComplete)
    }

    /// The sections of the files, by their roots, in the order of the files.
    mutating func read(_ roots: [Int32]) {
        var areMappings = true
        var sections: [RootKey: [(key: Int32, value: Int32)]] = [:]
        for root in roots {
            guard arena.nodes[Int(root)].kind == .mapping else {
                if !isEmpty(root) {
                    wrongType(root, "a mapping", "a manifest starts with keys: `version: 1`")
                    areMappings = false
                }
                continue
            }
            var fields = Fields<RootKey>()
            add(root, to: &fields)
            for key in RootKey.allCases {
                if let keyNode = fields.key(key), let value = fields[key] {
                    sections[key, default: []].append((keyNode, value))
                }
            }
        }
        draft.hasProviders = sections[.providers] != nil
        readVersion(sections[.version] ?? [], isNeeded: isComplete && areMappings)
        readSettings((sections[.settings] ?? []).map(\.value))
        readProviders(entries(sections[.providers], "the providers"))
        readRelays(entries(sections[.relays], "the relays"))
        readDefaults((sections[.defaults] ?? []).map(\.value))
        if sections[.domains] == nil, isComplete, areMappings { missingSection(.domains) }
        readDomains(entries(sections[.domains], "the domains"))
        readAgents(entries(sections[.agents], "the agents"))
        readApprovers(entries(sections[.approvers], "the approvers"))
    }

    private mutating func readVersion(_ places: [(key: Int32, value: Int32)], isNeeded: Bool) {
        for place in places {
            guard let target = scalar(place.value, "the manifest's version") else { continue }
            let isPlain = arena.nodes[Int(target)].style == .plain
            if isPlain, arena.octetsEqual(target, "1") { continue }
            let isQuoted = !isPlain && arena.octetsEqual(target, "1")
            sink.report(
                .version, at: arena.span(place.value),
                label: isQuoted ? "is text, because it is quoted" : "this program reads version 1",
                helps: [isQuoted ? "remove the quotes" : "write `version: 1`"])
        }
        if places.isEmpty, isNeeded { missingSection(.version) }
    }

    /// A key that no file has: marked where the first file starts.
    private mutating func missingSection(_ key: RootKey) {
        let span = SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)
        let what = key == .version ? "add `version: 1` at the top" : "add `domains:` and a domain below it"
        sink.report(.missingKey, at: span, label: "there is no `\(key.name)`", helps: [what])
    }

    /// The pairs of a section whose keys the user chooses, of all files.
    private mutating func entries(_ section: [(key: Int32, value: Int32)]?, _ what: String) -> [(
        key: Int32, value: Int32
    )] {
        var result: [(key: Int32, value: Int32)] = []
        for place in section ?? [] {
            let mapping = arena.resolved(place.value)
            if isEmpty(place.value) || !expectMapping(place.value, what) {
                if isEmpty(place.value) { missingValue(place.key, what) }
                continue
            }
            if arena.nodes[Int(mapping)].hasMerge { checkMerges(mapping) }
            let pairs = arena.pairs(mapping)
            if result.isEmpty { result = pairs } else { result += pairs }
        }
        return result.filter { pair in
            if arena.nodes[Int(pair.key)].kind == .scalar { return true }
            complexKey(pair.key)
            return false
        }
    }

    /// The key of an entry under a section, if it is a name and no earlier entry has it.
    mutating func identifier(_ key: Int32, _ taken: inout [String: Int32]) -> String? {
        let text = arena.text(key)
        let octets = text.utf8
        let isAlphanumeric: (UInt8) -> Bool = { octet in
            octet >= 0x30 && octet <= 0x39 || octet | 0x20 >= 0x61 && octet | 0x20 <= 0x7A
        }
        guard let first = octets.first, octets.count <= 63, isAlphanumeric(first),
            octets.allSatisfy({ isAlphanumeric($0) || "-_.".utf8.contains($0) })
        else {
            if isRepaired(text) { return nil }
            sink.report(
                .identifier, at: arena.span(key), label: "is not a name of 1 to 63 letters, digits, `-`, `_` or `.`",
                helps: ["choose a name like `primary-dns`"])
            return nil
        }
        return isNew(key, text, &taken) ? text : nil
    }

    func isRepaired(_ text: String) -> Bool { hasRepairs && text.contains("\u{FFFD}") }

    mutating func isNew(_ key: Int32, _ text: String, _ taken: inout [String: Int32]) -> Bool {
        if let first = taken[text] {
            duplicateKey(key, first: first, name: text)
            return false
        }
        taken[text] = key
        return true
    }
}
