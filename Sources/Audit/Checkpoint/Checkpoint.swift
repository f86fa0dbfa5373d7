package import Keys

/// What the log was at one moment: its size and root (C2SP tlog-checkpoint, docs/spec/audit-log.md §5).
package struct Checkpoint: Sendable, Equatable {
    package let origin: String
    package let size: Int64
    package let root: TreeHash

    package init(origin: String, size: Int64, root: TreeHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    var text: String { "\(origin)\n\(size)\n\(Base64.encodeText(root.octets))\n" }

    package func signed(as key: VerifierKey, with signer: Signer) throws(AuditError) -> String {
        try SignedNote.sign(text, as: key, with: signer)
    }

    /// From a note that this key has signed.
    package init(note: [UInt8], key: VerifierKey) throws(AuditError) {
        let text = try SignedNote.open(note, key: key)
        let lines = text.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= 4, lines[0] == key.name else { throw Self.error("its origin is not \(key.name)") }
        let digits = lines[1].utf8
        guard digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }), !digits.isEmpty,
            digits.first != UInt8(ascii: "0") || digits.count == 1, let size = Int64(lines[1])
        else { throw Self.error("its size is not a number") }
        guard let octets = Base64.decodeCanonical(lines[2]), let root = TreeHash(octets: octets) else {
            throw Self.error("its root is not a hash")
        }
        guard lines[3...].dropLast().allSatisfy({ !$0.isEmpty }) else { throw Self.error("it has an empty line") }
        self.init(origin: lines[0], size: size, root: root)
    }

    private static func error(_ reason: String) -> AuditError {
        AuditError(.damaged, "the checkpoint cannot be accepted: \(reason)")
    }
}
