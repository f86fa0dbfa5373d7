package import DNS
package import FoundationEssentials
package import Keys
package import Manifest

/// Signet's memory: what it has written (the ledger), who is writing now (the lease), and since when every server has
/// agreed. Implemented in Storage; every method is one transaction, durable before it returns.
package protocol StateStore: KeyStore, AgentRegistry {
    /// Takes the one lease, or says who holds it. A lease that ran out is taken over with the next fencing number.
    func acquireLease(holder: String, at now: Date, for duration: Duration) async throws(StoreError) -> LeaseOutcome
    /// Prolongs it; false if it has been taken over or has run out.
    func renewLease(_ lease: Lease, at now: Date, for duration: Duration) async throws(StoreError) -> Bool
    /// Gives it back, if it is still held.
    func releaseLease(_ lease: Lease) async throws(StoreError)
    /// The lease that is held at this time, if any.
    func currentLease(at now: Date) async throws(StoreError) -> Lease?

    /// Writes the intents of changes about to be applied, in the transaction that checks the lease. False, and nothing
    /// is written, if the lease is over. Agreements and convergences of these record sets are forgotten with it: a cache
    /// may fetch what stands between two writes, though the second brings back what was everywhere before the first.
    func recordIntents(_ entries: [LedgerEntry], under lease: Lease, at now: Date) async throws(StoreError) -> Bool
    /// What became of intents: what is Signet's now takes the place of the entry's `owned`, and an entry that owns nothing
    /// is removed. False, and nothing is written, if the lease's fencing number is no longer the newest.
    func recordOutcomes(
        _ outcomes: [IntentOutcome], under lease: Lease, at now: Date
    ) async throws(StoreError) -> Bool
    /// Every entry for these domains, by record set.
    func ledger(forDomains domains: [DomainName]) async throws(StoreError) -> [LedgerEntry]
    /// Every domain that has an entry.
    func ledgerDomains() async throws(StoreError) -> [DomainName]

    /// Since when all servers have agreed on what is desired, for the record sets of these domains.
    func agreements(forDomains domains: [DomainName]) async throws(StoreError) -> [Agreement]
    /// Replaces those of the same record set.
    func recordAgreements(_ agreements: [Agreement]) async throws(StoreError)
    func removeAgreements(_ keys: [RecordSetKey]) async throws(StoreError)

    /// What has once converged since Signet last wrote it, of the record sets of these domains.
    func convergences(forDomains domains: [DomainName]) async throws(StoreError) -> [Convergence]
    /// Replaces those of the same record set.
    func recordConvergences(_ convergences: [Convergence]) async throws(StoreError)
}

package struct Lease: Sendable, Equatable {
    /// Who: `host, process 4711, since 2026-11-24T04:00:00Z`, as the other side shows it.
    package var holder: String
    /// Grows with each new holder.
    package var fencingNumber: Int64
    package var expiresAt: Date

    package init(holder: String, fencingNumber: Int64, expiresAt: Date) {
        self.holder = holder
        self.fencingNumber = fencingNumber
        self.expiresAt = expiresAt
    }
}

package enum LeaseOutcome: Sendable, Equatable {
    case acquired(Lease)
    case held(Lease)
}

/// What Signet wrote, or was about to write, at one record set.
package struct LedgerEntry: Sendable, Equatable {
    package enum Outcome: String, Sendable, CaseIterable {
        /// Intended; a crash may have come before or after the effect. The next apply looks, and finishes it.
        case intended
        case written
        /// Shown to a person (`manual`); DNS says when it is done.
        case handedOver
        case failed
    }

    package var key: RecordSetKey
    package var domain: DomainName
    package var zone: DomainName
    package var provider: ProviderID
    /// What stood there before; nil: nothing.
    package var before: RecordSet?
    /// What Signet wrote; nil: it deleted the set.
    package var after: RecordSet?
    /// The data in `after` that are Signet's own; the rest were there and were kept. Until the outcome is known, what was
    /// Signet's before too.
    package var owned: [RecordData]
    /// For how many seconds a cache may hold `before`, from when the last server changed.
    package var staleSeconds: UInt32
    package var outcome: Outcome
    /// When the intent was written, then when the outcome was.
    package var recordedAt: Date

    package init(
        key: RecordSetKey, domain: DomainName, zone: DomainName, provider: ProviderID, before: RecordSet?,
        after: RecordSet?, owned: [RecordData], staleSeconds: UInt32, outcome: Outcome, recordedAt: Date
    ) {
        self.key = key
        self.domain = domain
        self.zone = zone
        self.provider = provider
        self.before = before
        self.after = after
        self.owned = owned
        self.staleSeconds = staleSeconds
        self.outcome = outcome
        self.recordedAt = recordedAt
    }
}

/// What became of one intent.
package struct IntentOutcome: Sendable, Equatable {
    package var key: RecordSetKey
    package var outcome: LedgerEntry.Outcome
    /// What of the record set is Signet's from now on; nil: as the intent says.
    package var owned: [RecordData]?

    package init(key: RecordSetKey, outcome: LedgerEntry.Outcome, owned: [RecordData]? = nil) {
        self.key = key
        self.outcome = outcome
        self.owned = owned
    }

    /// It stands as intended.
    package static func written(_ entry: LedgerEntry) -> Self {
        IntentOutcome(key: entry.key, outcome: .written, owned: SharedText.standing(entry.owned, in: entry.after))
    }
}

/// That every server was seen to answer alike with what is desired, and since when at the latest.
package struct Agreement: Sendable, Equatable {
    package var key: RecordSetKey
    package var domain: DomainName
    /// The digest of the record set that they agree on.
    package var target: SHA256Digest
    /// The time of the first look at which all of them agreed: the last server changed no later than this.
    package var since: Date

    package init(key: RecordSetKey, domain: DomainName, target: SHA256Digest, since: Date) {
        self.key = key
        self.domain = domain
        self.target = target
        self.since = since
    }
}

/// That a record set has converged since Signet last wrote it. What differs then was changed behind Signet's back, and is
/// not on its way.
package struct Convergence: Sendable, Equatable {
    package var key: RecordSetKey
    package var domain: DomainName
    /// The digest of what was everywhere.
    package var target: SHA256Digest
    /// When that was first seen.
    package var at: Date

    package init(key: RecordSetKey, domain: DomainName, target: SHA256Digest, at: Date) {
        self.key = key
        self.domain = domain
        self.target = target
        self.at = at
    }
}

package struct StoreError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The file cannot be opened or created.
        case unavailable
        /// Another process holds the database longer than the busy limit.
        case busy
        /// The disk is full, or the file is read-only.
        case notWritable
        /// Not a Signet database, damaged, or written by a newer version.
        case unusable
        /// A key of this id is there already.
        case duplicate
        case other
    }

    package let code: Code
    /// One sentence for a reader, with the file's path and a way out.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { message }
}
