import Diagnostics

/// Reading values by the type that their field wants. Each returns nil, after one finding, where the value is not it.
extension ManifestReader {
    /// What stands there, for a reader: `a list`.
    func found(_ node: Int32) -> String {
        switch arena.nodes[Int(arena.resolved(node))].kind {
        case .scalar: "text"
        case .sequence: "a list"
        case .mapping: "a mapping"
        case .alias: "an alias"
        }
    }

    func listed(_ words: [String], _ joint: String) -> String {
        let quoted = words.map { "`\($0)`" }
        return quoted.count < 2
            ? quoted.joined() : quoted.dropLast().joined(separator: ", ") + " \(joint) " + quoted.last!
    }

    mutating func expectMapping(_ node: Int32, _ what: String) -> Bool {
        switch arena.nodes[Int(arena.resolved(node))].kind {
        case .mapping: return true
        // Refused already.
        case .alias: return false
        default:
            if isEmpty(node) {
                missingValue(node, what)
            } else {
                wrongType(node, "a mapping", "write `{ key: value }`, or keys on indented lines")
            }
            return false
        }
    }

    mutating func wrongType(_ node: Int32, _ wanted: String, _ help: String) {
        sink.report(.wrongType, at: arena.span(node), label: "expected \(wanted), found \(found(node))", helps: [help])
    }

    /// A plain scalar without characters: `key:`.
    func isEmpty(_ node: Int32) -> Bool {
        let target = arena.nodes[Int(arena.resolved(node))]
        return target.kind == .scalar && target.style == .plain && target.length == 0
    }

    mutating func missingValue(_ node: Int32, _ what: String) {
        sink.report(
            .missingValue, at: arena.span(node), label: "expected \(what)",
            helps: ["give it a value, or remove the key to get its default"])
    }

    /// The scalar behind a node that holds at least one character, or is quoted.
    mutating func scalar(_ node: Int32, _ what: String) -> Int32? {
        let target = arena.resolved(node)
        switch arena.nodes[Int(target)].kind {
        case .scalar:
            if isEmpty(node) {
                missingValue(node, what)
                return nil
            }
            return target
        case .alias: return nil
        case .sequence:
            wrongType(node, what, "take it out of the list: this field has one value")
        case .mapping:
            wrongType(node, what, "write the value on the line of its key")
        }
        return nil
    }

    mutating func text(_ node: Int32, _ kind: TextKind) -> String? {
        scalar(node, kind.name).map { arena.text($0) }
    }

    mutating func boolean(_ node: Int32) -> Bool? {
        guard let target = scalar(node, "true or false") else { return nil }
        let isPlain = arena.nodes[Int(target)].style == .plain
        if isPlain, arena.octetsEqual(target, "true") { return true }
        if isPlain, arena.octetsEqual(target, "false") { return false }
        let text = arena.text(target)
        let meant: String? =
            switch text.lowercased() {
            case "true", "yes", "on", "y", "1": "true"
            case "false", "no", "off", "n", "0": "false"
            default: nil
            }
        let isQuoted = !isPlain && (text == "true" || text == "false")
        sink.report(
            .notBoolean, at: arena.span(node), label: isQuoted ? "is text, because it is quoted" : "is text",
            helps: [isQuoted ? "remove the quotes" : meant.map { "write `\($0)`" } ?? "write `true` or `false`"])
        return nil
    }

    /// Decimal digits only; a leading zero, a sign, an exponent or quotes make it something else.
    mutating func integer(_ node: Int32, _ range: ClosedRange<Int>, source: String? = nil) -> Int? {
        guard let target = scalar(node, "a whole number") else { return nil }
        let text = arena.text(target)
        let isPlain = arena.nodes[Int(target)].style == .plain
        guard let value = Self.decimal(text.utf8) else {
            // Digits beyond what an Int holds are a number all the same.
            if isPlain, text.utf8.count > 1, text.utf8.first != 0x30, text.utf8.allSatisfy({ $0 >= 0x30 && $0 <= 0x39 })
            {
                outOfRange(node, "\(range.lowerBound) to \(range.upperBound)", source)
                return nil
            }
            let trimmed = text.drop { $0 == "0" }
            let isPadded = text.hasPrefix("0") && Self.decimal(trimmed.utf8) != nil
            sink.report(
                .notInteger, at: arena.span(node), label: isPadded ? "starts with 0" : "is not made of digits only",
                helps: [
                    isPadded
                        ? "write `\(trimmed)`"
                        : "write a number from \(range.lowerBound) to \(range.upperBound) in digits"
                ])
            return nil
        }
        guard isPlain else {
            sink.report(
                .notInteger, at: arena.span(node), label: "is text, because it is quoted", helps: ["remove the quotes"])
            return nil
        }
        guard range.contains(value) else {
            outOfRange(node, "\(range.lowerBound) to \(range.upperBound)", source)
            return nil
        }
        return value
    }

    mutating func outOfRange(_ node: Int32, _ range: String, _ source: String?) {
        sink.report(
            .outOfRange, at: arena.span(node), label: "allowed is \(range)", notes: source.map { [$0] } ?? [],
            helps: ["choose a value within the range"])
    }

    private static func decimal(_ octets: some Collection<UInt8>) -> Int? {
        guard !octets.isEmpty, octets.count <= 18, octets.count == 1 || octets.first != 0x30 else { return nil }
        var value = 0
        for octet in octets {
            guard octet >= 0x30, octet <= 0x39 else { return nil }
            value = value * 10 + Int(octet - 0x30)
        }
        return value
    }

    /// Numbers with units, each unit at most once: `90d`, `12h 30m`. In seconds, at least one.
    mutating func durationSeconds(_ node: Int32) -> Int? {
        guard let target = scalar(node, "a duration") else { return nil }
        var problem: String?
        var total = 0
        arena.withOctets(target) { octets in
            var number: Int?
            // One bit for each letter.
            var units: UInt32 = 0
            scan: for octet in octets {
                switch octet {
                case 0x30...0x39:
                    let next = (number ?? 0) * 10 + Int(octet - 0x30)
                    if next > ManifestBounds.durationSeconds {
                        problem = "is longer than a century"
                        break scan
                    }
                    number = next
                case 0x20 where number == nil: continue
                default:
                    guard let count = number, let seconds = Self.unitSeconds(octet) else {
                        problem = number == nil ? "a number stands before each unit" : "the units are w, d, h, m and s"
                        break scan
                    }
                    let unit = UInt32(1) << UInt32(octet & 31)
                    guard units & unit == 0 else {
                        problem = "holds the unit `\(Character(Unicode.Scalar(octet)))` twice"
                        break scan
                    }
                    // Neither factor exceeds 2^32, so the product fits.
                    total += count * seconds
                    units |= unit
                    number = nil
                }
            }
            if problem == nil, number != nil { problem = "has a number without a unit" }
        }
        if problem == nil, total == 0 { problem = "lasts no time at all" }
        if problem == nil, total > ManifestBounds.durationSeconds { problem = "is longer than a century" }
        if let problem {
            sink.report(.notDuration, at: arena.span(node), label: problem, helps: ["write it like `90d` or `12h 30m`"])
            return nil
        }
        return total
    }

    private static func unitSeconds(_ unit: UInt8) -> Int? {
        switch unit {
        case UInt8(ascii: "s"): 1
        case UInt8(ascii: "m"): 60
        case UInt8(ascii: "h"): 3_600
        case UInt8(ascii: "d"): 86_400
        case UInt8(ascii: "w"): 604_800
        default: nil
        }
    }

    mutating func choice<Choice: RawRepresentable<String> & CaseIterable>(_ node: Int32, _: Choice.Type) -> Choice? {
        if let choice = known(node, Choice.self) { return choice }
        let target = arena.resolved(node)
        let text = arena.nodes[Int(target)].kind == .scalar ? arena.text(target) : ""
        let words = Choice.allCases.map(\.rawValue)
        guard scalar(node, "one of " + listed(words, "or")) != nil else { return nil }
        unknownValue(node, text, words)
        return nil
    }

    /// The choice that stands there, if it is one; says nothing if not.
    func known<Choice: RawRepresentable<String>>(_ node: Int32, _: Choice.Type) -> Choice? {
        let target = arena.resolved(node)
        return arena.nodes[Int(target)].kind == .scalar ? Choice(rawValue: arena.text(target)) : nil
    }

    mutating func unknownValue(_ node: Int32, _ text: String, _ words: [String]) {
        let suggestion = Suggestion.closest(to: text, among: words).map { ["did you mean `\($0)`?"] } ?? []
        sink.report(
            .unknownValue, at: arena.span(node), label: "is not one of " + listed(words, "or"),
            helps: suggestion.isEmpty ? ["write " + listed(words, "or")] : suggestion)
    }

    // MARK: lists

    /// The items of a list; nil, and a finding, where none stands.
    mutating func items(_ node: Int32, of what: String, minimum: Int = 0) -> [Int32]? {
        let target = arena.resolved(node)
        switch arena.nodes[Int(target)].kind {
        case .sequence:
            guard hasItems(node, of: what, minimum: minimum) else { return nil }
            return arena.children(target)
        case .alias: return nil
        case .mapping:
            wrongType(node, "a list", "write `[…]`, or items on lines that start with `- `")
        case .scalar:
            if isEmpty(node) {
                missingValue(node, "a list")
            } else {
                wrongType(node, "a list", "put brackets around it: `[…]`")
            }
        }
        return nil
    }

    /// False, and a finding, for a list that is too short; a warning for what stands in it twice.
    private mutating func hasItems(_ node: Int32, of what: String, minimum: Int) -> Bool {
        let target = arena.resolved(node)
        let count = Int(arena.nodes[Int(target)].length)
        if count < minimum {
            sink.report(
                .emptyList, at: arena.span(node),
                label: "needs at least \(minimum == 1 ? "one value" : "\(minimum) values")",
                helps: ["list \(what), or remove the key"])
            return false
        }
        if count > 1 { reportRepeated(target, count) }
        return true
    }

    /// Lists up to this length are compared pair by pair, without a table.
    private static let pairwiseMax = 8

    private mutating func reportRepeated(_ list: Int32, _ count: Int) {
        if count <= Self.pairwiseMax, !repeats(list) { return }
        var first: [String: Int32] = [:]
        for item in arena.children(list) where arena.nodes[Int(arena.resolved(item))].kind == .scalar {
            let text = arena.text(arena.resolved(item))
            guard let earlier = first.updateValue(item, forKey: text) else { continue }
            first[text] = earlier
            sink.report(
                .repeatedValue, at: arena.span(item), label: "stands here again",
                related: [Diagnostic.Related(span: arena.span(earlier), label: "first stands here")],
                helps: ["remove it"])
        }
    }

    private func repeats(_ list: Int32) -> Bool {
        let end = arena.nodes[Int(list)].next
        var item = list + 1
        while item < end {
            let next = arena.nodes[Int(item)].next
            var other = next
            while other < end {
                if arena.octetsEqual(arena.resolved(item), arena.resolved(other)) { return true }
                other = arena.nodes[Int(other)].next
            }
            item = next
        }
        return false
    }

    mutating func list<Element>(
        _ node: Int32, of what: String, minimum: Int = 0, _ read: (inout Self, Int32) -> Element?
    ) -> [Element]? {
        let target = arena.resolved(node)
        let list = arena.nodes[Int(target)]
        guard list.kind == .sequence else {
            _ = items(node, of: what)
            return nil
        }
        guard hasItems(node, of: what, minimum: minimum) else { return nil }
        var result: [Element] = []
        result.reserveCapacity(Int(list.length))
        var item = target + 1
        while item < list.next {
            if let element = read(&self, item) { result.append(element) }
            item = arena.nodes[Int(item)].next
        }
        return result
    }

    mutating func choices<Choice: RawRepresentable<String> & CaseIterable>(
        _ node: Int32, _: Choice.Type, of what: String, minimum: Int = 0
    ) -> [Choice]? {
        list(node, of: what, minimum: minimum) { $0.choice($1, Choice.self) }
    }
}
