import Diagnostics
import Glibc

/// The YAML of all files as one array of small structs, in the order of the text: a node's children follow it, and
/// `next` leaps over them. Scalars' octets stand one after another in `pool`.
struct NodeArena {
    struct Node {
        enum Kind: UInt8 {
            case scalar, sequence, mapping
            /// Stands for the node at `offset`, which is never itself an alias.
            case alias
        }

        /// As written; what a scalar means is for the reader of its field to say.
        enum Style: UInt8 {
            case plain, quoted, block, flow
        }

        var kind: Kind
        var style: Style
        /// A mapping with a key `<<`, or a document that a syntax error cut short.
        var hasMerge: Bool
        var file: UInt16
        /// The index of the first node after this one's children.
        var next: Int32
        var line: UInt32
        var column: UInt32
        var endLine: UInt32
        var endColumn: UInt32
        /// Where the scalar's octets start in the pool, or an alias' target.
        var offset: UInt32
        /// Octets of a scalar; children of a sequence or mapping (keys and values both count).
        var length: UInt32
    }

    var nodes: ContiguousArray<Node> = []
    var pool: ContiguousArray<UInt8> = []
    /// Nodes that aliases have stood for so far.
    var aliasNodes = 0
    /// The names of anchored nodes and of aliases, which only the formatter needs.
    var labels: [Int32: String] = [:]

    /// An alias' target, or the node itself.
    @inline(__always)
    func resolved(_ index: Int32) -> Int32 {
        let node = nodes[Int(index)]
        return node.kind == .alias ? Int32(node.offset) : index
    }

    func span(_ index: Int32) -> SourceSpan {
        let node = nodes[Int(index)]
        return SourceSpan(
            file: node.file, startLine: node.line, startColumn: node.column, endLine: node.endLine,
            endColumn: node.endColumn)
    }

    /// A scalar's octets, valid inside the closure only.
    @inline(__always)
    func withOctets<Result>(_ index: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Result) -> Result {
        let node = nodes[Int(index)]
        return pool.withUnsafeBufferPointer { octets in
            body(UnsafeBufferPointer(rebasing: octets[Int(node.offset)..<Int(node.offset) + Int(node.length)]))
        }
    }

    func text(_ index: Int32) -> String {
        withOctets(index) { String(decoding: $0, as: UTF8.self) }
    }

    /// Whether both are scalars with the same octets.
    @inline(__always)
    func octetsEqual(_ left: Int32, _ right: Int32) -> Bool {
        let (a, b) = (nodes[Int(left)], nodes[Int(right)])
        guard a.length == b.length, a.kind == .scalar, b.kind == .scalar else { return false }
        return pool.withUnsafeBufferPointer { octets in
            a.length == 0
                || memcmp(octets.baseAddress! + Int(a.offset), octets.baseAddress! + Int(b.offset), Int(a.length)) == 0
        }
    }

    func octetsEqual(_ index: Int32, _ text: StaticString) -> Bool {
        withOctets(index) { octets in
            octets.count == text.utf8CodeUnitCount
                && octets.elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: octets.count))
        }
    }

    func isPlainMergeKey(_ index: Int32) -> Bool {
        let node = nodes[Int(index)]
        return node.kind == .scalar && node.style == .plain && octetsEqual(index, "<<")
    }

    /// The children of a sequence; of a mapping, keys and values in turn.
    func children(_ index: Int32) -> [Int32] {
        let node = nodes[Int(index)]
        var result: [Int32] = []
        result.reserveCapacity(Int(node.length))
        var child = index + 1
        while child < node.next {
            result.append(child)
            child = nodes[Int(child)].next
        }
        return result
    }

    /// Keys and values of a mapping, those that `<<` brings in after its own, which win over them.
    ///
    /// Bounded: whatever a merge brings in stands behind an alias, and the builder has counted aliases.
    func pairs(_ index: Int32) -> [(key: Int32, value: Int32)] {
        var result: [(key: Int32, value: Int32)] = []
        var merges: [Int32] = []
        var child = index + 1
        let node = nodes[Int(index)]
        while child < node.next {
            let value = nodes[Int(child)].next
            if node.hasMerge, isPlainMergeKey(child) {
                merges.append(resolved(value))
            } else {
                result.append((child, value))
            }
            child = nodes[Int(value)].next
        }
        guard !merges.isEmpty else { return result }
        var taken = Set(result.map { keyText($0.key) })
        for merge in merges {
            let sources = nodes[Int(merge)].kind == .sequence ? children(merge).map(resolved) : [merge]
            for source in sources where nodes[Int(source)].kind == .mapping {
                for pair in pairs(source) where taken.insert(keyText(pair.key)).inserted { result.append(pair) }
            }
        }
        return result
    }

    /// A key's text; keys that are no scalars have none and are told apart by their place.
    private func keyText(_ key: Int32) -> String {
        nodes[Int(key)].kind == .scalar ? text(key) : "\u{0}\(key)"
    }

    /// The key and value of that name in a mapping, merges included. For finding a place again: not for reading.
    func pair(in mapping: Int32, named name: String) -> (key: Int32, value: Int32)? {
        let mapping = resolved(mapping)
        guard nodes[Int(mapping)].kind == .mapping else { return nil }
        return pairs(mapping).first { nodes[Int($0.key)].kind == .scalar && text($0.key) == name }
    }
}
