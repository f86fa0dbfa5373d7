import CLibYAML
import Diagnostics

/// Turns libyaml's events into nodes of the arena, within the limits.
///
/// libyaml's own loader is not used: it keeps every document whole, follows aliases without a bound, and forgets how
/// a scalar was written. Only a syntax error or a limit ends a file early; what was read until then stays.
struct YAMLTreeBuilder {
    private struct Open {
        var node: Int32
        var isMapping: Bool
        var hasMerge = false
        /// Children that are complete.
        var count: UInt32 = 0
        var anchor: Int
        var aliasNodesBefore: Int
        /// The depth of the deepest node inside, aliases followed.
        var deepest: Int
        /// In a mapping: whether the next child is a key.
        var expectsKey: Bool
    }

    private struct Anchor {
        var node: Int32
        /// Nodes that an alias to it stands for; nil while it is open.
        var nodes: Int?
        var height: Int
    }

    private let file: UInt16
    private let limits: ManifestLimits
    private var open: [Open] = []
    private var anchors: [Anchor] = []
    private var anchorNames: [String: Int] = [:]
    private var root: Int32?
    private var documents = 0
    private var isStopped = false
    /// Where libyaml gave up, if it did.
    private(set) var syntaxErrorLine: UInt32?
    /// Whether a syntax error or a limit ended the file early: what is absent may stand in the rest.
    private(set) var wasCut = false

    private let repairedLines: Set<UInt32>

    init(file: UInt16, limits: ManifestLimits, repairedLines: Set<UInt32> = []) {
        self.repairedLines = repairedLines
        self.file = file
        self.limits = limits
    }

    /// The root node; nil where the file holds none.
    mutating func build(_ octets: [UInt8], into arena: inout NodeArena, _ sink: inout FindingSink) -> Int32? {
        var parser = yaml_parser_t()
        guard yaml_parser_initialize(&parser) == 1 else { return nil }
        defer { yaml_parser_delete(&parser) }
        arena.nodes.reserveCapacity(arena.nodes.count + octets.count / 7)
        arena.pool.reserveCapacity(arena.pool.count + octets.count * 3 / 4)
        octets.withUnsafeBufferPointer { buffer in
            yaml_parser_set_input_string(&parser, buffer.baseAddress, buffer.count)
            yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING)
            var event = yaml_event_t()
            while !isStopped {
                guard yaml_parser_parse(&parser, &event) == 1 else {
                    let line = UInt32(truncatingIfNeeded: parser.problem_mark.line)
                    syntaxErrorLine = line
                    // What was replaced on the line has its finding, and this one is its consequence.
                    if !repairedLines.contains(line) {
                        SyntaxErrorReader.report(parser, octets: buffer, file: file, &sink)
                    }
                    wasCut = true
                    break
                }
                if event.type == YAML_STREAM_END_EVENT { isStopped = true }
                take(&event, into: &arena, &sink)
                yaml_event_delete(&event)
            }
        }
        closeAll(&arena)
        return root
    }

    private mutating func take(_ event: inout yaml_event_t, into arena: inout NodeArena, _ sink: inout FindingSink) {
        switch event.type {
        case YAML_SCALAR_EVENT:
            let scalar = event.data.scalar
            let length = scalar.length
            let index = add(.scalar, style(scalar.style), &event, length: UInt32(clamping: length), to: &arena, &sink)
            arena.nodes[Int(index)].offset = UInt32(clamping: arena.pool.count)
            if length > limits.scalarBytes {
                arena.nodes[Int(index)].length = 0
                sink.report(
                    .scalarLimit, at: arena.span(index), label: "\(length) octets",
                    notes: ["the limit `scalarBytes` is \(limits.scalarBytes)"])
            } else {
                arena.pool.append(contentsOf: UnsafeBufferPointer(start: scalar.value, count: length))
            }
            if let tag = scalar.tag { refuseTag(tag, at: arena.span(index), &sink) }
            if let name = scalar.anchor { anchor(name, index, nodes: 1, &arena) }
            close(index, height: 1, &arena)
        case YAML_MAPPING_START_EVENT:
            let mapping = event.data.mapping_start
            begin(
                .mapping, isFlow: mapping.style == YAML_FLOW_MAPPING_STYLE, mapping.anchor, mapping.tag, &event, &arena,
                &sink)
        case YAML_SEQUENCE_START_EVENT:
            let sequence = event.data.sequence_start
            begin(
                .sequence, isFlow: sequence.style == YAML_FLOW_SEQUENCE_STYLE, sequence.anchor, sequence.tag, &event,
                &arena, &sink)
        case YAML_MAPPING_END_EVENT, YAML_SEQUENCE_END_EVENT:
            end(&event, &arena)
        case YAML_ALIAS_EVENT:
            alias(&event, &arena, &sink)
        case YAML_DOCUMENT_START_EVENT:
            document(&event, &sink)
        default:
            break
        }
    }

    private func style(_ style: yaml_scalar_style_t) -> NodeArena.Node.Style {
        switch style {
        case YAML_SINGLE_QUOTED_SCALAR_STYLE, YAML_DOUBLE_QUOTED_SCALAR_STYLE: .quoted
        case YAML_LITERAL_SCALAR_STYLE, YAML_FOLDED_SCALAR_STYLE: .block
        default: .plain
        }
    }

    // MARK: nodes

    private mutating func add(
        _ kind: NodeArena.Node.Kind, _ style: NodeArena.Node.Style, _ event: inout yaml_event_t, length: UInt32,
        to arena: inout NodeArena, _ sink: inout FindingSink
    ) -> Int32 {
        let index = Int32(truncatingIfNeeded: arena.nodes.count)
        arena.nodes.append(
            NodeArena.Node(
                kind: kind, style: style, hasMerge: false, file: file, next: index + 1,
                line: UInt32(truncatingIfNeeded: event.start_mark.line),
                column: UInt32(truncatingIfNeeded: event.start_mark.column),
                endLine: UInt32(truncatingIfNeeded: event.end_mark.line),
                endColumn: UInt32(truncatingIfNeeded: event.end_mark.column), offset: 0, length: length))
        if arena.nodes.count >= limits.nodes {
            sink.report(
                .nodeLimit, at: arena.span(index), label: "reading stops here",
                notes: ["the limit `nodes` is \(limits.nodes)"], helps: ["split the manifest"])
            stop()
        }
        return index
    }

    /// Tells the surrounding container that one child is complete.
    @inline(__always)
    private mutating func close(_ child: Int32, height: Int, _ arena: inout NodeArena) {
        let last = open.count - 1
        guard last >= 0 else {
            if root == nil { root = child }
            return
        }
        open[last].count += 1
        if open[last].deepest < height { open[last].deepest = height }
        guard open[last].isMapping else { return }
        if open[last].expectsKey, arena.nodes[Int(child)].length == 2, arena.isPlainMergeKey(child) {
            open[last].hasMerge = true
        }
        open[last].expectsKey.toggle()
    }

    private mutating func begin(
        _ kind: NodeArena.Node.Kind, isFlow: Bool, _ anchorName: UnsafePointer<UInt8>?, _ tag: UnsafePointer<UInt8>?,
        _ event: inout yaml_event_t, _ arena: inout NodeArena, _ sink: inout FindingSink
    ) {
        let index = add(kind, isFlow ? .flow : .block, &event, length: 0, to: &arena, &sink)
        if let tag { refuseTag(tag, at: arena.span(index), &sink) }
        var anchorIndex = -1
        if let anchorName {
            anchorIndex = anchors.count
            anchor(anchorName, index, nodes: nil, &arena)
        }
        open.append(
            Open(
                node: index, isMapping: kind == .mapping, anchor: anchorIndex, aliasNodesBefore: arena.aliasNodes,
                deepest: 0, expectsKey: true))
        if open.count > limits.depth { refuseDepth(at: arena.span(index), &sink) }
    }

    private mutating func end(_ event: inout yaml_event_t, _ arena: inout NodeArena) {
        guard let closing = open.popLast() else { return }
        let index = Int(closing.node)
        arena.nodes[index].next = Int32(truncatingIfNeeded: arena.nodes.count)
        arena.nodes[index].length = closing.count
        arena.nodes[index].hasMerge = closing.hasMerge
        if arena.nodes[index].style == .flow {
            arena.nodes[index].endLine = UInt32(truncatingIfNeeded: event.end_mark.line)
            arena.nodes[index].endColumn = UInt32(truncatingIfNeeded: event.end_mark.column)
        } else if arena.nodes.count > index + 1 {
            // A block's end mark stands before whatever follows it, comments skipped: its last node says more.
            let last = arena.nodes[arena.nodes.count - 1]
            arena.nodes[index].endLine = last.endLine
            arena.nodes[index].endColumn = last.endColumn
        }
        let height = closing.deepest + 1
        if closing.anchor >= 0 {
            let own = arena.nodes.count - index
            anchors[closing.anchor].nodes = own + arena.aliasNodes - closing.aliasNodesBefore
            anchors[closing.anchor].height = height
        }
        close(closing.node, height: height, &arena)
    }

    /// Closes what a syntax error or a limit left open.
    private mutating func closeAll(_ arena: inout NodeArena) {
        while var closing = open.popLast() {
            let index = Int(closing.node)
            // A key that lost its value is taken away again: a mapping is pairs.
            if closing.isMapping, !closing.expectsKey {
                var child = closing.node + 1
                for _ in 1..<max(1, closing.count) { child = arena.nodes[Int(child)].next }
                arena.nodes.removeSubrange(Int(child)...)
                closing.count -= 1
            }
            arena.nodes[index].next = Int32(truncatingIfNeeded: arena.nodes.count)
            arena.nodes[index].length = closing.count
            arena.nodes[index].hasMerge = closing.hasMerge
            if open.isEmpty {
                if root == nil { root = closing.node }
            } else {
                let last = open.count - 1
                open[last].count += 1
                open[last].expectsKey.toggle()
            }
        }
    }

    // MARK: anchors, aliases, tags

    private mutating func anchor(
        _ name: UnsafePointer<UInt8>, _ node: Int32, nodes: Int?, _ arena: inout NodeArena
    ) {
        let text = String(cString: name)
        arena.labels[node] = text
        anchorNames[text] = anchors.count
        anchors.append(Anchor(node: node, nodes: nodes, height: 1))
    }

    private mutating func alias(_ event: inout yaml_event_t, _ arena: inout NodeArena, _ sink: inout FindingSink) {
        let name = String(cString: event.data.alias.anchor)
        let index = add(.alias, .plain, &event, length: 0, to: &arena, &sink)
        arena.labels[index] = name
        var height = 1
        if let anchorIndex = anchorNames[name] {
            let anchor = anchors[anchorIndex]
            if let nodes = anchor.nodes {
                arena.nodes[Int(index)].offset = UInt32(anchor.node)
                height = anchor.height
                arena.aliasNodes += nodes
                if arena.aliasNodes > limits.aliasNodes {
                    sink.report(
                        .aliasLimit, at: arena.span(index),
                        label: "brings the nodes that aliases stand for to \(arena.aliasNodes)",
                        notes: ["the limit `aliasNodes` is \(limits.aliasNodes)"],
                        helps: ["use `defaults` for what many domains share"])
                    blank(index, &arena)
                    stop()
                } else if open.count + height > limits.depth {
                    refuseDepth(at: arena.span(index), &sink)
                    blank(index, &arena)
                }
            } else {
                sink.report(.recursiveAlias, at: arena.span(index), label: "stands inside `&\(name)`")
                blank(index, &arena)
            }
        } else {
            let known = Suggestion.closest(to: name, among: anchorNames.keys.sorted())
            sink.report(
                .undefinedAlias, at: arena.span(index), label: "no `&\(name)` stands before it in this file",
                helps: known.map { ["did you mean `*\($0)`?"] } ?? ["anchors do not reach into other files"])
            blank(index, &arena)
        }
        close(index, height: height, &arena)
    }

    /// Makes a refused alias a value that readers skip without a second diagnostic.
    private func blank(_ index: Int32, _ arena: inout NodeArena) {
        arena.nodes[Int(index)].offset = UInt32(index)
    }

    private func refuseTag(_ tag: UnsafePointer<UInt8>, at span: SourceSpan, _ sink: inout FindingSink) {
        sink.report(
            .tag, at: span, label: "is tagged `\(String(cString: tag))`",
            helps: ["remove the tag: a value's type is what its field wants"])
    }

    // MARK: limits

    private mutating func refuseDepth(at span: SourceSpan, _ sink: inout FindingSink) {
        sink.report(
            .depthLimit, at: span, label: "lies deeper than \(limits.depth) levels",
            notes: ["the limit `depth` is \(limits.depth)"])
        stop()
    }

    private mutating func stop() {
        isStopped = true
        wasCut = true
    }

    private mutating func document(_ event: inout yaml_event_t, _ sink: inout FindingSink) {
        let start = event.data.document_start
        var span = SourceSpan(
            file: file, startLine: UInt32(truncatingIfNeeded: event.start_mark.line),
            startColumn: UInt32(truncatingIfNeeded: event.start_mark.column),
            endLine: UInt32(truncatingIfNeeded: event.end_mark.line),
            endColumn: UInt32(truncatingIfNeeded: event.end_mark.column))
        if start.version_directive != nil || start.tag_directives.start != start.tag_directives.end {
            var directive = span
            (directive.endLine, directive.endColumn) = (directive.startLine, directive.startColumn + 1)
            sink.report(.directive, at: directive, helps: ["remove the line that starts with `%`"])
        }
        documents += 1
        if documents > limits.documents {
            if span.startLine != span.endLine {
                (span.endLine, span.endColumn) = (span.startLine, span.startColumn + 3)
            }
            sink.report(
                .documents, at: span, label: "a second document starts here",
                notes: ["the limit `documents` is \(limits.documents); what follows was not read"],
                helps: ["give it a file of its own: the files of a folder are merged"])
            isStopped = true
        }
    }
}
