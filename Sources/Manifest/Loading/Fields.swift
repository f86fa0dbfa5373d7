import Diagnostics

/// Where the values of one mapping stand, by key. Fixed in size, so that reading a mapping allocates nothing.
struct Fields<Key: ManifestKey> {
    /// As many as the largest shape needs.
    private static var capacity: Int { 16 }

    private var keys = InlineArray<16, Int32>(repeating: 0)
    private var values = InlineArray<16, Int32>(repeating: 0)

    init() {
        assert(Key.allCases.count <= Self.capacity)
    }

    /// The value's node; nil where the key is absent. (Node 0 is a file's root and never a value.)
    subscript(_ key: Key) -> Int32? {
        @inline(__always) get {
            let value = values[key.rawValue]
            return value == 0 ? nil : value
        }
    }

    /// The node of the key itself.
    func key(_ key: Key) -> Int32? {
        keys[key.rawValue] == 0 ? nil : keys[key.rawValue]
    }

    func has(_ key: Key) -> Bool { values[key.rawValue] != 0 }

    /// A bit for each key that is there, by raw value.
    private(set) var present: UInt32 = 0

    /// False if the key is there already; then nothing changes.
    @inline(__always)
    mutating func insert(at index: Int, key: Int32, value: Int32) -> Bool {
        guard keys[index] == 0 else { return false }
        keys[index] = key
        values[index] = value
        present |= 1 << UInt32(index)
        return true
    }

    func keyNode(at index: Int) -> Int32 { keys[index] }
}

/// Reading a mapping by its shape: every key known, none twice, the required ones there.
extension ManifestReader {
    /// The fields of a mapping that stands as the value of `owner`. Nil, and a finding, where no mapping stands.
    mutating func fields<Key: ManifestKey>(_: Key.Type, of node: Int32, owner: Int32) -> Fields<Key>? {
        var fields = Fields<Key>()
        let suggestionCount = suggestedKeys.count
        guard add(node, to: &fields) else { return nil }
        if Key.shape.hasRequired, isComplete {
            for (index, field) in Key.shape.fields.enumerated() where field.isRequired && fields.keyNode(at: index) == 0
            {
                if suggestedKeys[suggestionCount...].contains(field.name) { continue }
                sink.report(
                    .missingKey, at: arena.span(owner), label: "has no `\(field.name)`", notes: [field.documentation],
                    helps: ["add `\(field.name):`"])
            }
        }
        return fields
    }

    /// Adds one mapping's pairs to those of others: a section may be spread over the files of a folder.
    @discardableResult
    mutating func add<Key: ManifestKey>(_ node: Int32, to fields: inout Fields<Key>) -> Bool {
        let mapping = arena.resolved(node)
        if arena.nodes[Int(mapping)].kind != .mapping {
            _ = expectMapping(node, Key.shape.name)
            return false
        }
        if arena.nodes[Int(mapping)].hasMerge {
            checkMerges(mapping)
            for pair in arena.pairs(mapping) { add(pair.key, pair.value, Key.shape, to: &fields) }
            return true
        }
        let end = arena.nodes[Int(mapping)].next
        var key = mapping + 1
        while key < end {
            let value = arena.nodes[Int(key)].next
            add(key, value, Key.shape, to: &fields)
            key = arena.nodes[Int(value)].next
        }
        return true
    }

    @inline(__always)
    private mutating func add<Key: ManifestKey>(
        _ key: Int32, _ value: Int32, _ shape: ObjectShape, to fields: inout Fields<Key>
    ) {
        guard arena.nodes[Int(key)].kind == .scalar else {
            complexKey(key)
            return
        }
        guard let index = arena.withOctets(key, { shape.names.index(of: $0) }) else {
            unknownKey(key, shape)
            return
        }
        if !fields.insert(at: index, key: key, value: value) {
            duplicateKey(key, first: fields.keyNode(at: index))
        }
    }

    mutating func complexKey(_ key: Int32) {
        let kind = arena.nodes[Int(key)].kind
        // A refused alias has its finding already.
        if kind == .alias, arena.resolved(key) == key { return }
        sink.report(.complexKey, at: arena.span(key), label: "\(found(key)) stands as a key")
    }

    private mutating func unknownKey(_ key: Int32, _ shape: ObjectShape) {
        guard sink.keepsMore else {
            sink.report(.unknownKey, at: nil)
            return
        }
        let text = arena.text(key)
        if let code = shape.retired[text] {
            sink.report(code, at: arena.span(key), label: retiredLabel(text), helps: [retiredHelp(text)])
            return
        }
        let names = shape.fields.map(\.name)
        let suggestion = Suggestion.closest(to: text, among: names)
        if let suggestion { suggestedKeys.append(suggestion) }
        let help =
            suggestion.map { "did you mean `\($0)`?" }
            ?? "the keys of \(shape.name) are " + listed(names, "and")
        sink.report(.unknownKey, at: arena.span(key), label: "\(shape.name) has no such key", helps: [help])
    }

    private func retiredLabel(_ tag: String) -> String { "RFC 9989 has no `\(tag)`" }

    private func retiredHelp(_ tag: String) -> String {
        tag == "pct"
            ? "remove it; `testing: true` asks receivers to apply the next weaker policy"
            : "remove it: receivers ignore it"
    }

    mutating func duplicateKey(_ key: Int32, first: Int32, name: String? = nil) {
        guard sink.keepsMore else {
            sink.report(.duplicateKey, at: nil)
            return
        }
        let isSameText = arena.text(key) == arena.text(first)
        sink.report(
            .duplicateKey, at: arena.span(key), label: "stands here again",
            related: [Diagnostic.Related(span: arena.span(first), label: "first stands here")],
            notes: isSameText ? [] : ["both are the name `\(name ?? "")`: DNS knows no case, trailing dot or U-label"],
            helps: ["remove one of them, or merge what they declare"])
    }

    /// A finding for every `<<` whose value is no mapping and no list of mappings, for a second `<<`, and for every key
    /// that stands twice in a mapping that is written where it is merged: nobody else reads that one whole.
    mutating func checkMerges(_ mapping: Int32) {
        let children = arena.children(mapping)
        var first: Int32?
        for index in stride(from: 0, to: children.count - 1, by: 2) where arena.isPlainMergeKey(children[index]) {
            if let first { duplicateKey(children[index], first: first) } else { first = children[index] }
            checkWrittenSources(children[index + 1])
            let value = arena.resolved(children[index + 1])
            let sources =
                arena.nodes[Int(value)].kind == .sequence ? arena.children(value).map(arena.resolved) : [value]
            for source in sources where ![.mapping, .alias].contains(arena.nodes[Int(source)].kind) {
                sink.report(
                    .mergeValue, at: arena.span(children[index + 1]), label: "\(found(source)) has no keys to merge",
                    helps: ["write `<<: *name`, where `&name` marks a mapping"])
            }
        }
    }

    /// Aliases are left out: what they stand for is read where it stands.
    private mutating func checkWrittenSources(_ value: Int32) {
        let written = arena.nodes[Int(value)].kind == .sequence ? arena.children(value) : [value]
        for source in written where arena.nodes[Int(source)].kind == .mapping {
            let children = arena.children(source)
            var taken: [String: Int32] = [:]
            for index in stride(from: 0, to: children.count - 1, by: 2) {
                let key = children[index]
                guard arena.nodes[Int(key)].kind == .scalar, !arena.isPlainMergeKey(key) else { continue }
                let text = arena.text(key)
                if let first = taken[text] { duplicateKey(key, first: first) } else { taken[text] = key }
            }
            if arena.nodes[Int(source)].hasMerge { checkMerges(source) }
        }
    }
}
