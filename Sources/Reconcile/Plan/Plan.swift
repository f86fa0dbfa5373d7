package import DNS
package import Keys
package import Manifest

/// The difference between what a manifest asks for and what DNS serves, as data: it can be saved, reviewed, approved
/// and resumed. It holds no secret, no time and nothing random, so the same inputs give the same bytes.
///
/// Start reading here; `Planner` makes one, `Apply` executes exactly one.
package struct Plan: Sendable, Equatable {
    package static let formatVersion = 1

    /// The digest of the manifest's files, by path and content.
    package var manifestDigest: SHA256Digest
    /// How many domains were looked at; only those with something to say are listed below.
    package var domainCount: Int
    /// Keys to generate before the first stage, in the order of their ids.
    package var keys: [PlannedKey]
    /// Applied before anything else, all or none; in the order of the ids.
    package var agents: [AgentChange]
    /// In the order of stage, domain, name and type.
    package var changes: [Change]
    /// In the order of domain and code.
    package var findings: [Finding]

    package init(
        manifestDigest: SHA256Digest, domainCount: Int, keys: [PlannedKey] = [], agents: [AgentChange] = [],
        changes: [Change] = [], findings: [Finding] = []
    ) {
        self.manifestDigest = manifestDigest
        self.domainCount = domainCount
        self.keys = keys
        self.agents = agents
        self.changes = changes
        self.findings = findings
    }

    /// Nothing to generate, nothing to register and nothing to write.
    package var isEmpty: Bool { keys.isEmpty && agents.isEmpty && changes.isEmpty }

    /// At least one domain could not be observed, so the plan may lack changes.
    package var isIncomplete: Bool { findings.contains { $0.severity == .unknown } }
}

/// A key pair that the plan needs and the keyring does not have.
package struct PlannedKey: Sendable, Equatable, Codable {
    package var id: KeyID
    package var algorithm: KeyAlgorithm

    package init(id: KeyID, algorithm: KeyAlgorithm) {
        self.id = id
        self.algorithm = algorithm
    }
}

/// One record set to create, update or delete.
package struct Change: Sendable, Equatable, Identifiable {
    /// The declared domain that asks for it.
    package var domain: DomainName
    /// The apex of the zone that it stands in, as found by its SOA.
    package var zone: DomainName
    package var provider: ProviderID
    package var key: RecordSetKey
    /// What must still stand there when it is applied; nil: nothing.
    package var before: PlannedRecordSet?
    /// What shall stand there; nil deletes.
    package var after: PlannedRecordSet?
    package var stage: Stage
    package var risk: Risk
    /// One sentence: why.
    package var reason: String
    /// For how many seconds a cache may go on holding what stood before, once the last server has changed.
    package var staleSeconds: UInt32
    /// What of `after` is Signet's, where others' data share the set; nil: all of it. Of SPF it is a record of Signet's
    /// terms alone.
    package var owned: [RecordData]?

    package init(
        domain: DomainName, zone: DomainName, provider: ProviderID, key: RecordSetKey, before: PlannedRecordSet?,
        after: PlannedRecordSet?, stage: Stage, risk: Risk, reason: String, staleSeconds: UInt32,
        owned: [RecordData]? = nil
    ) {
        self.domain = domain
        self.zone = zone
        self.provider = provider
        self.key = key
        self.before = before
        self.after = after
        self.stage = stage
        self.risk = risk
        self.reason = reason
        self.staleSeconds = staleSeconds
        self.owned = owned
    }

    /// A plan holds no two changes of one record set.
    package var id: RecordSetKey { key }

    package enum Action: String, Sendable, CaseIterable {
        case create, update, delete
    }

    package var action: Action {
        if after == nil { return .delete }
        return before == nil ? .create : .update
    }
}

/// Mail keeps flowing because each stage waits for the one before it to converge (PRODUCT §3).
package enum Stage: Int, Sendable, CaseIterable, Comparable, Codable {
    /// Keys and authentication records.
    case publish = 1
    /// Sign with them, and tighten DMARC: once what `publish` wrote has converged.
    case tighten = 3
    /// Once nothing that the old key signed can still be in transit.
    case retire = 4

    package static func < (left: Self, right: Self) -> Bool { left.rawValue < right.rawValue }
}

package enum Risk: String, Sendable, CaseIterable, Codable {
    case safe, tightens, loosens, destructive
}

/// A record set as a plan holds it: values in presentation form (RFC 1035 §5.1), sorted; or one that is known only
/// after apply, because its key does not exist yet.
package struct PlannedRecordSet: Sendable, Equatable {
    package enum Value: Sendable, Equatable {
        case known(RecordData)
        /// The record of a key that apply generates; `testing` is DKIM's `t=y`.
        case futureKey(KeyID, KeyAlgorithm, testing: Bool)
    }

    /// Seconds.
    package var timeToLiveSeconds: UInt32
    package var values: [Value]

    package init(timeToLiveSeconds: UInt32, values: [Value]) {
        self.timeToLiveSeconds = timeToLiveSeconds
        self.values = values
    }

    package init(_ recordSet: RecordSet) {
        timeToLiveSeconds = recordSet.timeToLiveSeconds
        values = recordSet.data.map { .known($0) }
    }

    /// The record set itself, where every value is known.
    package func recordSet(_ key: RecordSetKey) -> RecordSet? {
        var data: [RecordData] = []
        for value in values {
            guard case .known(let known) = value else { return nil }
            data.append(known)
        }
        return RecordSet(key, timeToLiveSeconds: timeToLiveSeconds, data: data)
    }
}
