import Keys

/// What an auditor is given: entries, proofs, a checkpoint and the key (docs/spec/audit-log.md §7).
package struct AuditBundle: Sendable, Equatable {
    package static let format = "signet-audit-bundle/1"
    package static let entriesMax = 10_000
    /// 64 MiB.
    package static let octetsMax = 64 << 20

    package struct Entry: Sendable, Equatable {
        package var index: LogIndex
        package var leaf: String
        /// Nil in a bundle that holds every entry.
        package var proof: [TreeHash]?
        package var openings: [BundleOpening]

        package init(index: LogIndex, leaf: String, proof: [TreeHash]?, openings: [BundleOpening]) {
            self.index = index
            self.leaf = leaf
            self.proof = proof
            self.openings = openings
        }
    }

    package struct Consistency: Sendable, Equatable {
        /// An older signed checkpoint.
        package var checkpoint: String
        package var proof: [TreeHash]

        package init(checkpoint: String, proof: [TreeHash]) {
            self.checkpoint = checkpoint
            self.proof = proof
        }
    }

    package var key: VerifierKey
    package var checkpoint: String
    package var entries: [Entry]
    package var consistency: Consistency?

    package init(key: VerifierKey, checkpoint: String, entries: [Entry], consistency: Consistency? = nil) {
        self.key = key
        self.checkpoint = checkpoint
        self.entries = entries
        self.consistency = consistency
    }
}

/// An opening with the place that it is for.
package struct BundleOpening: Sendable, Equatable {
    /// RFC 6901, from the leaf's root.
    package var pointer: String
    package var opening: Opening

    package init(pointer: String, opening: Opening) {
        self.pointer = pointer
        self.opening = opening
    }
}

extension AuditBundle.Entry {
    /// - Parameter showsPersonal: whether openings go along.
    package init(_ record: LogRecord, proof: [TreeHash]?, showsPersonal: Bool) {
        let openings = record.content.commitments.enumerated().compactMap { number, commitment in
            record.openings[number].map { BundleOpening(pointer: commitment.pointer, opening: $0) }
        }
        self.init(
            index: record.index, leaf: String(decoding: record.leaf, as: UTF8.self), proof: proof,
            openings: showsPersonal ? openings : [])
    }
}
