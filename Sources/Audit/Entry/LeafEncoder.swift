import Keys

/// Writes entries as leaves: docs/spec/audit-log.md §1 and §2.
package struct LeafEncoder {
    /// Salts drawn at once: one system call each would cost more than all else here.
    private static let saltsDrawn = 128

    private let random: @Sendable (Int) -> [UInt8]
    private var salts: ArraySlice<UInt8> = []
    private var output: [UInt8] = []
    private var openings: [Opening] = []

    /// - Parameter random: that many octets from the system's generator.
    package init(random: @escaping @Sendable (Int) -> [UInt8]) { self.random = random }

    /// For these entries: as many salts as they need are drawn, and no more.
    package init(for entries: [LogEntry], random: @escaping @Sendable (Int) -> [UInt8]) {
        self.random = random
        let needed = entries.reduce(0) { $0 + $1.details.values.reduce(0) { $0 + $1.personalCount } }
        if needed > 0 { salts = random(needed * Opening.saltOctets)[...] }
    }

    package mutating func leaf(_ entry: LogEntry) throws(AuditError) -> Leaf {
        output.removeAll(keepingCapacity: true)
        openings.removeAll()
        // In the order of the names: RFC 8785 §3.2.3.
        output.append(UInt8(ascii: "{"))
        try name("agent", entry.agent)
        if !entry.details.isEmpty {
            member("details")
            try write(.object(entry.details), depth: 1)
            output.append(UInt8(ascii: ","))
        }
        try name("domain", entry.domain)
        member("kind")
        CanonicalJSON.write(entry.kind.rawValue, to: &output)
        output.append(UInt8(ascii: ","))
        try name("message", entry.message)
        member("time")
        try write(.integer(entry.timeMilliseconds), depth: 1)
        output.append(UInt8(ascii: ","))
        member("v")
        output += String(Leaf.version).utf8
        output.append(UInt8(ascii: "}"))
        guard output.count <= Leaf.octetsMax else {
            throw AuditError(
                .invalidEntry,
                "an entry of kind \(entry.kind.rawValue) has \(output.count) octets; a leaf holds \(Leaf.octetsMax)")
        }
        return Leaf(octets: output, openings: openings)
    }

    private mutating func member(_ name: String) {
        CanonicalJSON.write(name, to: &output)
        output.append(UInt8(ascii: ":"))
    }

    private mutating func name(_ name: String, _ value: String?) throws(AuditError) {
        guard let value else { return }
        guard (1...Leaf.nameOctetsMax).contains(value.utf8.count) else {
            throw AuditError(
                .invalidEntry,
                "an entry's \(name) has \(value.utf8.count) octets; 1 to \(Leaf.nameOctetsMax) are allowed")
        }
        member(name)
        CanonicalJSON.write(value, to: &output)
        output.append(UInt8(ascii: ","))
    }

    private mutating func write(_ value: LogValue, depth: Int) throws(AuditError) {
        guard depth <= LogValue.depthMax else {
            throw AuditError(.invalidEntry, "an entry's details nest deeper than \(LogValue.depthMax)")
        }
        switch value {
        case .bool(let value): output += (value ? "true" : "false").utf8
        case .integer(let number):
            guard number.magnitude <= UInt64(LogValue.integerMax) else {
                throw AuditError(.invalidEntry, "an entry has the number \(number), beyond 2^53 - 1")
            }
            output += String(number).utf8
        case .text(let text): CanonicalJSON.write(text, to: &output)
        case .list(let values):
            output.append(UInt8(ascii: "["))
            for (index, value) in values.enumerated() {
                if index > 0 { output.append(UInt8(ascii: ",")) }
                try write(value, depth: depth + 1)
            }
            output.append(UInt8(ascii: "]"))
        case .object(let members):
            output.append(UInt8(ascii: "{"))
            let sorted = members.sorted { CanonicalJSON.precedes($0.key, $1.key) }
            for (index, (name, value)) in sorted.enumerated() {
                guard !name.hasPrefix("$") else {
                    throw AuditError(.invalidEntry, "an entry's details name a member \(name): `$` is the leaf's own")
                }
                if index > 0 { output.append(UInt8(ascii: ",")) }
                member(name)
                try write(value, depth: depth + 1)
            }
            output.append(UInt8(ascii: "}"))
        case .personal(let text):
            let opening = Opening(salt: salt(), value: text)!
            openings.append(opening)
            output += "{\"\(Commitment.memberName)\":\"".utf8
            output += opening.commitment.description.utf8
            output += "\"}".utf8
        }
    }

    private mutating func salt() -> [UInt8] {
        if salts.isEmpty { salts = random(Self.saltsDrawn * Opening.saltOctets)[...] }
        let salt = Array(salts.prefix(Opening.saltOctets))
        salts = salts.dropFirst(Opening.saltOctets)
        precondition(salt.count == Opening.saltOctets, "the generator gave too few octets")
        return salt
    }
}
