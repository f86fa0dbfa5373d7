import FoundationEssentials
import Keys

/// What a leaf says, read strictly: only what `LeafEncoder` could have written (docs/spec/audit-log.md §1).
package struct LeafContent: Sendable, Equatable {
    package let kind: LogKind
    package let timeMilliseconds: Int64
    package let domain: String?
    package let agent: String?
    package let message: String?
    /// Commitments stand in it as `{"$personal": "sha256:…"}`.
    package let details: [String: CanonicalJSON]
    /// In the order in which they stand in the leaf.
    package let commitments: [Commitment]

    package init(leaf octets: [UInt8]) throws(AuditError) {
        guard octets.count <= Leaf.octetsMax else {
            throw Self.error("it has \(octets.count) octets; a leaf holds \(Leaf.octetsMax)")
        }
        let value: CanonicalJSON
        do { value = try CanonicalJSONReader.canonical(octets) } catch { throw Self.error("\(error)") }
        guard var members = value.object else { throw Self.error("it is not an object") }
        guard members.removeValue(forKey: "v")?.integer == Leaf.version else {
            throw Self.error("its version is not \(Leaf.version)")
        }
        guard let kindText = members.removeValue(forKey: "kind")?.text, let kind = LogKind(rawValue: kindText) else {
            throw Self.error("its kind is none of those that this version knows")
        }
        guard let time = members.removeValue(forKey: "time")?.integer else { throw Self.error("it has no time") }
        self.kind = kind
        timeMilliseconds = time
        domain = try Self.name("domain", &members)
        agent = try Self.name("agent", &members)
        message = try Self.name("message", &members)
        if let value = members.removeValue(forKey: "details") {
            guard let details = value.object, !details.isEmpty else {
                throw Self.error("its details are not an object with members")
            }
            self.details = details
        } else {
            details = [:]
        }
        if let name = members.keys.min() { throw Self.error("it has a member `\(name)`, which no leaf has") }
        var found: [Commitment] = []
        try Self.collect(.object(details), at: "/details", depth: 1, into: &found)
        commitments = found
    }

    private static func error(_ reason: String) -> AuditError { AuditError(.damaged, "this is no leaf: \(reason)") }

    private static func name(
        _ name: String, _ members: inout [String: CanonicalJSON]
    ) throws(AuditError) -> String? {
        guard let value = members.removeValue(forKey: name) else { return nil }
        guard let text = value.text, (1...Leaf.nameOctetsMax).contains(text.utf8.count) else {
            throw error("its \(name) is not a text of 1 to \(Leaf.nameOctetsMax) octets")
        }
        return text
    }

    private static func collect(
        _ value: CanonicalJSON, at pointer: String, depth: Int, into found: inout [Commitment]
    ) throws(AuditError) {
        guard depth <= LogValue.depthMax else { throw error("its details nest deeper than \(LogValue.depthMax)") }
        switch value {
        case .null: throw error("\(pointer) is null")
        case .bool, .integer, .text: break
        case .list(let values):
            for (index, value) in values.enumerated() {
                try collect(value, at: "\(pointer)/\(index)", depth: depth + 1, into: &found)
            }
        case .object(let members):
            if let commitment = members[Commitment.memberName] {
                guard members.count == 1, let text = commitment.text, let digest = SHA256Digest(text) else {
                    throw error("\(pointer) is not a commitment")
                }
                found.append(Commitment(pointer: pointer, digest: digest))
                return
            }
            for name in CanonicalJSON.sorted(members.keys) {
                guard !name.hasPrefix("$") else { throw error("\(pointer) has a member `\(name)`") }
                try collect(members[name]!, at: "\(pointer)/\(escaped(name))", depth: depth + 1, into: &found)
            }
        }
    }

    /// RFC 6901 §3.
    private static func escaped(_ name: String) -> String {
        var result = ""
        for character in name.unicodeScalars {
            switch character {
            case "~": result += "~0"
            case "/": result += "~1"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }
}

extension LeafContent {
    /// RFC 3339, with milliseconds, in UTC.
    package var timeText: String {
        let (seconds, rest) = timeMilliseconds.quotientAndRemainder(dividingBy: 1000)
        let whole = rest < 0 ? seconds - 1 : seconds
        let digits = String(rest < 0 ? rest + 1000 : rest)
        // Whole seconds by the clock's format, and the rest by hand: a Double would round it.
        return Date(timeIntervalSince1970: Double(whole)).formatted(.iso8601).dropLast()
            + ".\(String(repeating: "0", count: 3 - digits.utf8.count))\(digits)Z"
    }
}
