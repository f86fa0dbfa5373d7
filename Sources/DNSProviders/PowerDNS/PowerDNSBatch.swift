import DNS

/// The writes of one call, and what has become of each.
struct PowerDNSBatch {
    private let writes: [RecordSetWrite]
    private var decided: [RecordSetWriteOutcome?]
    /// What the zone held when it was last looked at.
    private(set) var standing = PowerDNSZone()
    /// Of which a request to write them has gone out, so that what stands there now may be our own doing.
    private var sent: Set<RecordSetKey> = []

    init(_ writes: [RecordSetWrite]) {
        self.writes = writes
        decided = Array(repeating: nil, count: writes.count)
    }

    /// Those that are still to be sent.
    var pending: [RecordSetWrite] { zip(writes, decided).compactMap { $1 == nil ? $0 : nil } }

    /// One for each write, in order. Only once nothing is pending.
    var outcomes: [RecordSetWriteOutcome] { decided.map { $0! } }

    /// Whether what stands was asked for longer ago than this, or, where reading takes its time, than twice that time: no
    /// reading could be much newer.
    func isOlder(than age: Duration, at now: ContinuousClock.Instant) -> Bool {
        standing.askedAt.duration(to: now) > max(age, standing.reading * 2)
    }

    /// Decides on those that are done or can no longer be.
    mutating func compare(_ zone: PowerDNSZone) {
        standing = zone
        for (index, write) in writes.enumerated() where decided[index] == nil {
            let found = zone.entries[write.key]?.served
            if found == write.replacement {
                decided[index] = sent.contains(write.key) ? .written : .alreadyThere
            } else if found != write.expected {
                decided[index] = .conflict(found: found)
            }
        }
    }

    mutating func noteSent(_ writes: [RecordSetWrite]) { sent.formUnion(writes.map(\.key)) }

    /// Ends those of which a request has gone out.
    mutating func endSent(_ outcome: RecordSetWriteOutcome) {
        let sent = sent
        end(outcome) { sent.contains($0.key) }
    }

    mutating func endAll(_ outcome: RecordSetWriteOutcome) { end(outcome) { _ in true } }

    mutating func end(_ writes: [RecordSetWrite], _ outcome: RecordSetWriteOutcome) {
        let keys = Set(writes.map(\.key))
        end(outcome) { keys.contains($0.key) }
    }

    private mutating func end(_ outcome: RecordSetWriteOutcome, where isMeant: (RecordSetWrite) -> Bool) {
        for index in decided.indices where decided[index] == nil && isMeant(writes[index]) { decided[index] = outcome }
    }

    /// Ends the write that a refusal is about: `Record NAME/TYPE 'content': …`, `RRset NAME IN TYPE: …`. False if it
    /// names none of them.
    mutating func end(namedIn refusal: ProviderError) -> Bool {
        for (index, write) in writes.enumerated() where decided[index] == nil {
            let name = write.key.name.presentation
            // The type's name may be the start of another's.
            let forms = [" \(name)/\(write.key.type) "] + [":", " ", ","].map { " \(name) IN \(write.key.type)\($0)" }
            guard forms.contains(where: (refusal.message + " ").contains) else { continue }
            decided[index] = .failed(refusal)
            return true
        }
        return false
    }
}
