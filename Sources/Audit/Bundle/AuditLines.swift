import Keys

/// A bundle in lines, for more entries than one JSON object should hold (docs/spec/audit-log.md §7, "In lines"): a header,
/// one entry a line, and a last line that counts them. Written and checked line by line, so that memory does not grow with
/// the log.
package enum AuditLines {
    package static let format = "signet-audit-lines/1"
    /// One line, its line feed left out: a leaf of 65,535 octets written as JSON, and what opens it.
    package static let lineOctetsMax = 16 << 20

    package static let howToCheck = """
        This file has one JSON object a line. This line is the header; each line after it but the last is an entry; the \
        last one says how many there are. 1. Compare `key` with one that you got another way. 2. `checkpoint` is a signed \
        note (c2sp.org/signed-note): verify its Ed25519 signature with `key`; its second line is the size of the log, its \
        third the base64 of the root. 3. Where no entry has a `proof`, the file holds the whole log: the indices are 0, 1, \
        2, … up to the size, each leaf's hash is SHA-256 over the octet 00 and the octets of `leaf`, and the tree of \
        RFC 6962 section 2.1 over all of them has the root. Otherwise follow each `proof` to the root as RFC 9162 section \
        2.1.3.2 says. 4. For each opening, SHA-256 over the octet 02, the 32 octets of `salt` and the octets of `value` is \
        the commitment that stands in the leaf at `at`. 5. `consistency` of the header, where there is one, shows as \
        RFC 9162 section 2.1.4.2 says that an older signed checkpoint is the beginning of this log. Or run: signet audit \
        verify THIS-FILE --key KEY
        """

    /// Each without its line feed.
    package static func header(
        key: VerifierKey, checkpoint: String, consistency: AuditBundle.Consistency?
    ) -> [UInt8] {
        var members: [String: CanonicalJSON] = [
            "format": .text(format), "how_to_check": .text(howToCheck), "key": .text(key.description),
            "checkpoint": .text(checkpoint),
        ]
        if let consistency { members["consistency"] = consistency.json }
        return CanonicalJSON.object(members).octets
    }

    package static func line(_ entry: AuditBundle.Entry) -> [UInt8] { entry.json.octets }
    package static func end(count: Int64) -> [UInt8] { CanonicalJSON.object(["entries": .integer(count)]).octets }

    /// Whether a file that begins with this line is one of these.
    package static func isHeader(_ line: [UInt8]) -> Bool {
        (try? CanonicalJSONReader.any(line))?.object?["format"]?.text == format
    }
}
