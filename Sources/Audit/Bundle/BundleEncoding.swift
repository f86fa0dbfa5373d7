import Keys

/// A bundle as JSON, and back: exactly the members of docs/spec/audit-log.md §7, or an error that names the wrong one.
extension AuditBundle {
    package static let howToCheck = """
        1. Compare `key` with one that you got another way: this bundle proves what the holder of that key said, and no \
        more. 2. `checkpoint` is a signed note (c2sp.org/signed-note): verify its Ed25519 signature with `key`, over the \
        text up to and including the line feed before the empty line; the text's second line is the size of the log, its \
        third the base64 of the root. 3. For each entry, the leaf's hash is SHA-256 over the octet 00 and the octets of \
        `leaf`; follow `proof` to the root as RFC 9162 section 2.1.3.2 says. Where no entry has a proof, the bundle holds \
        the whole log: build the tree of RFC 6962 section 2.1 over all leaves. 4. For each opening, SHA-256 over the octet \
        02, the 32 octets of `salt` and the octets of `value` is the commitment that stands in the leaf at `at`. 5. \
        `consistency`, where there is one, shows as RFC 9162 section 2.1.4.2 says that an older signed checkpoint is the \
        beginning of this log. Or run: signet audit verify THIS-FILE --key KEY
        """

    package var octets: [UInt8] {
        var members: [String: CanonicalJSON] = [
            "format": .text(Self.format), "how_to_check": .text(Self.howToCheck), "key": .text(key.description),
            "checkpoint": .text(checkpoint), "entries": .list(entries.map(\.json)),
        ]
        if let consistency { members["consistency"] = consistency.json }
        return CanonicalJSON.object(members).octets + [0x0A]
    }

    package init(octets: [UInt8]) throws(AuditError) {
        guard octets.count <= Self.octetsMax else {
            throw BundleReader.error("it has \(octets.count) octets; a bundle has \(Self.octetsMax) at most")
        }
        let value: CanonicalJSON
        do { value = try CanonicalJSONReader.any(octets) } catch { throw BundleReader.error("\(error)") }
        var members = try BundleReader(value, "the bundle")
        guard try members.text("format") == Self.format else {
            throw BundleReader.error("its format is not \(Self.format)")
        }
        _ = try members.text("how_to_check")
        guard let key = VerifierKey(try members.text("key")) else {
            throw BundleReader.error("`key` is not a verifier key")
        }
        self.key = key
        checkpoint = try members.text("checkpoint")
        let list = try members.list("entries")
        guard list.count <= Self.entriesMax else {
            throw BundleReader.error("it has \(list.count) entries; \(Self.entriesMax) are allowed")
        }
        entries = []
        for (place, value) in list.enumerated() { entries.append(try Entry(value, "entries/\(place)")) }
        consistency = try members.optional("consistency").map { (value) throws(AuditError) in try Consistency(value) }
        try members.finish()
    }
}

extension AuditBundle.Consistency {
    var json: CanonicalJSON {
        .object(["checkpoint": .text(checkpoint), "proof": BundleReader.json(proof)])
    }

    init(_ value: CanonicalJSON) throws(AuditError) {
        var reader = try BundleReader(value, "consistency")
        self.init(checkpoint: try reader.text("checkpoint"), proof: try reader.hashes("proof"))
        try reader.finish()
    }
}

extension AuditBundle.Entry {
    var json: CanonicalJSON {
        var members: [String: CanonicalJSON] = [
            "index": .integer(index.rawValue), "leaf": .text(leaf),
            "openings": .list(
                openings.map {
                    .object([
                        "at": .text($0.pointer), "salt": .text(Base64.encodeText($0.opening.salt)),
                        "value": .text($0.opening.value),
                    ])
                }),
        ]
        if let proof { members["proof"] = BundleReader.json(proof) }
        return .object(members)
    }

    init(_ value: CanonicalJSON, _ place: String) throws(AuditError) {
        var reader = try BundleReader(value, place)
        let index = try reader.integer("index")
        let leaf = try reader.text("leaf")
        let proof = reader.has("proof") ? try reader.hashes("proof") : nil
        var openings: [BundleOpening] = []
        for (number, value) in try reader.list("openings").enumerated() {
            var member = try BundleReader(value, "\(place)/openings/\(number)")
            let pointer = try member.text("at")
            guard let salt = Base64.decodeCanonical(try member.text("salt")),
                let opening = Opening(salt: salt, value: try member.text("value"))
            else { throw BundleReader.error("\(place)/openings/\(number) has no salt of 32 octets") }
            openings.append(BundleOpening(pointer: pointer, opening: opening))
            try member.finish()
        }
        try reader.finish()
        self.init(index: LogIndex(index), leaf: leaf, proof: proof, openings: openings)
    }
}

/// Takes an object's members one by one, so that what is left over is seen.
struct BundleReader {
    private var members: [String: CanonicalJSON]
    private let place: String

    init(_ value: CanonicalJSON, _ place: String) throws(AuditError) {
        guard let members = value.object else { throw Self.error("\(place) is not an object") }
        self.members = members
        self.place = place
    }

    static func error(_ reason: String) -> AuditError { AuditError(.damaged, "this is no audit bundle: \(reason)") }

    static func json(_ hashes: [TreeHash]) -> CanonicalJSON {
        .list(hashes.map { .text(Base64.encodeText($0.octets)) })
    }

    func has(_ name: String) -> Bool { members[name] != nil }
    mutating func optional(_ name: String) -> CanonicalJSON? { members.removeValue(forKey: name) }

    private mutating func take(_ name: String) throws(AuditError) -> CanonicalJSON {
        guard let value = optional(name) else { throw Self.error("\(place) has no `\(name)`") }
        return value
    }

    mutating func text(_ name: String) throws(AuditError) -> String {
        guard let text = try take(name).text else { throw Self.error("`\(name)` of \(place) is not a text") }
        return text
    }

    mutating func integer(_ name: String) throws(AuditError) -> Int64 {
        guard let number = try take(name).integer else { throw Self.error("`\(name)` of \(place) is not a number") }
        return number
    }

    mutating func list(_ name: String) throws(AuditError) -> [CanonicalJSON] {
        guard let list = try take(name).list else { throw Self.error("`\(name)` of \(place) is not an array") }
        return list
    }

    mutating func hashes(_ name: String) throws(AuditError) -> [TreeHash] {
        var hashes: [TreeHash] = []
        for value in try list(name) {
            guard let text = value.text, let octets = Base64.decodeCanonical(text), let hash = TreeHash(octets: octets)
            else {
                throw Self.error("`\(name)` of \(place) is not an array of hashes")
            }
            hashes.append(hash)
        }
        return hashes
    }

    func finish() throws(AuditError) {
        guard let name = members.keys.min() else { return }
        throw Self.error("\(place) has a member `\(name)`, which is not part of the format")
    }
}
