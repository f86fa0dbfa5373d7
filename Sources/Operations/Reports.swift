package import Audit
package import DNS
package import Diagnostics
package import FoundationEssentials
package import Keys
package import Manifest
package import Reconcile
package import SendGate

/// What went wrong with an operation as a whole. A view turns it into text and an exit code.
package enum OperationError: Error, Sendable {
    /// The manifest has errors; nothing was done.
    case manifest([Diagnostic], files: [SourceFile])
    /// A file or folder could not be read or written.
    case file(String)
    case store(StoreError)
    /// Another apply is running.
    case busy(Lease)
    /// This process' lease ran out or was taken over; what was done stands in the report.
    case leaseLost(ApplyReport)
    /// The saved plan no longer fits: what moved, nothing was written.
    case stalePlan([MovedRecordSet])
    /// The saved plan was made from another manifest.
    case planOfAnotherManifest(planned: SHA256Digest, current: SHA256Digest)
    /// The plan file is not a plan, or its digest does not fit its content.
    case unreadablePlan(String)
    /// The plan loosens or destroys more than was allowed: which changes, and the flag that allows them.
    case needsConsent([Change], flag: String)
    /// The plan loosens what agents may do: which changes, and the flag that allows them.
    case needsConsentForAgents([AgentChange], flag: String)
    /// A signed statement that was to let an agent do more does not; nothing was written.
    case unusableApproval(path: String, reason: String)
    /// These agents are no longer registered as the plan found them; nothing was written.
    case staleAgents([AgentID])
    /// No key-encryption key, or a wrong one.
    case keyring(String)
    /// A field of a request to send that cannot be taken: nothing was stored, logged or sent.
    case request(field: String, reason: String)
    /// A message that was taken in could not be worked on to an end. It stays in the outbox, and is tried again.
    case unfinished(MessageID, reason: String)
    /// The idempotency key was used before, for another message; nothing was stored, logged or sent.
    case idempotencyConflict(MessageID)
    /// The caller may not do this.
    case notAllowed(Authorization.Verdict)
    /// What was asked for does not exist, as one sentence.
    case notFound(String)
    /// It stands in the way of something that is there already, as one sentence.
    case conflict(String)
    /// The log cannot be written, read or believed.
    case log(AuditError)
    /// Anything else, as one sentence.
    case other(String)
}

package struct MovedRecordSet: Sendable, Equatable {
    package var key: RecordSetKey
    package var domain: DomainName
    package var planned: PlannedRecordSet?
    package var found: RecordSet?

    package init(key: RecordSetKey, domain: DomainName, planned: PlannedRecordSet?, found: RecordSet?) {
        self.key = key
        self.domain = domain
        self.planned = planned
        self.found = found
    }
}

package struct ValidateReport: Sendable {
    package var manifest: Manifest?
    package var diagnostics: [Diagnostic]
    package var files: [SourceFile]

    package init(manifest: Manifest?, diagnostics: [Diagnostic], files: [SourceFile]) {
        self.manifest = manifest
        self.diagnostics = diagnostics
        self.files = files
    }
}

package struct PlanReport: Sendable {
    package var plan: Plan
    /// Where the provider's own list and DNS differ; empty without credentials.
    package var providerDifferences: [ProviderDifference]
    /// What the apply makes of the registered approvers, or, where nobody applies yet, one that allows no loosening: no part
    /// of the plan, and no difference.
    package var approvers: [ApproverChange] = []
    /// Warnings and notes of the manifest.
    package var diagnostics: [Diagnostic]
    package var files: [SourceFile]

    package init(
        plan: Plan, providerDifferences: [ProviderDifference] = [], diagnostics: [Diagnostic] = [],
        files: [SourceFile] = []
    ) {
        self.plan = plan
        self.providerDifferences = providerDifferences
        self.diagnostics = diagnostics
        self.files = files
    }

    /// Made anew each time, from the whole plan written out.
    package var digest: PlanDigest { PlanDocument.digest(plan) }
}

/// A record set that the provider lists in one way and DNS serves in another.
package struct ProviderDifference: Sendable, Equatable {
    package var domain: DomainName
    package var key: RecordSetKey
    package var listed: RecordSet?
    package var served: RecordSet?

    package init(domain: DomainName, key: RecordSetKey, listed: RecordSet?, served: RecordSet?) {
        self.domain = domain
        self.key = key
        self.listed = listed
        self.served = served
    }
}

package struct ApplyReport: Sendable {
    package typealias Outcome = ChangeOutcome

    package var plan: Plan
    /// One for each change of the plan, in its order.
    package var outcomes: [Outcome]
    package var generatedKeys: [KeyID]
    /// Keys that this call revoked by hand.
    package var revokedKeys: [KeyID] = []
    /// The plan's agents, if they were written.
    package var registeredAgents: [AgentChange]
    /// What became of the registered approvers.
    package var approvers: [ApproverChange] = []
    /// Changes of an earlier, killed apply that this one finished.
    package var finishedIntents: [RecordSetKey]
    /// The state of the domains at the end; empty if it did not wait.
    package var domains: [DomainState]

    package init(
        plan: Plan, outcomes: [Outcome], generatedKeys: [KeyID] = [], registeredAgents: [AgentChange] = [],
        finishedIntents: [RecordSetKey] = [], domains: [DomainState] = []
    ) {
        self.plan = plan
        self.outcomes = outcomes
        self.generatedKeys = generatedKeys
        self.registeredAgents = registeredAgents
        self.finishedIntents = finishedIntents
        self.domains = domains
    }

    package var failures: Int {
        outcomes.count { outcome in
            switch outcome {
            case .conflict, .failed, .notTried: true
            case .written, .alreadyThere, .handedOver, .waiting: false
            }
        }
    }
}

/// Where a domain stands: what `status`, `verify`, `wait` and the end of `apply` show.
package struct DomainState: Sendable {
    package enum Verdict: String, Sendable, CaseIterable {
        case pass, fail, unknown
        /// Not asked for by the domain's `gate`.
        case notRequired = "not required"
    }

    package enum Status: String, Sendable, CaseIterable {
        /// Converged, and a message sent now would pass: the gate is open. Of a parked domain: none would.
        case aligned
        /// What is published is right, and not yet everywhere.
        case propagating
        case misaligned
        /// Could not be observed.
        case unknown
    }

    package var domain: DomainName
    /// False of a parked domain: aligned is one that says so, and its gate is never open.
    package var sends: Bool
    package var status: Status
    package var spf: Verdict
    package var dkim: Verdict
    package var dmarc: Verdict
    package var alignment: Verdict
    package var findings: [Finding]
    /// When everything will have converged, if nothing else changes; nil where it already has or cannot be said.
    package var convergedAt: Date?
    /// What is still being waited for, one line each.
    package var waitingFor: [String]
    /// The same for the keys of the domain's agents, which the domain itself does not wait for.
    package var waitingForAgents: [String]
    /// The same for DKIM keys that are to take over, or to be known as revoked: mail does not wait for them either.
    package var waitingForKeys: [String]
    /// Whether every record set that mail passes by is everywhere, whatever it says.
    package var isConverged: Bool
    /// Whether one of those keys waits for an apply: no waiting brings it.
    package var needsApply: Bool
    package var keys: [KeySummary]

    package init(
        domain: DomainName, sends: Bool = true, status: Status, spf: Verdict, dkim: Verdict, dmarc: Verdict,
        alignment: Verdict,
        findings: [Finding] = [], convergedAt: Date? = nil, waitingFor: [String] = [], waitingForAgents: [String] = [],
        waitingForKeys: [String] = [], isConverged: Bool = false, needsApply: Bool = false, keys: [KeySummary] = []
    ) {
        self.domain = domain
        self.sends = sends
        self.status = status
        self.spf = spf
        self.dkim = dkim
        self.dmarc = dmarc
        self.alignment = alignment
        self.findings = findings
        self.convergedAt = convergedAt
        self.waitingFor = waitingFor
        self.waitingForAgents = waitingForAgents
        self.waitingForKeys = waitingForKeys
        self.isConverged = isConverged
        self.needsApply = needsApply
        self.keys = keys
    }

    package var isGateOpen: Bool { sends && status == .aligned }
}

package struct KeySummary: Sendable, Equatable {
    package var id: KeyID
    package var algorithm: KeyAlgorithm
    package var state: KeyState
    package var createdAt: Date
    package var stateChangedAt: Date
    /// The TXT value to publish.
    package var record: String
    /// When this was asked: what its age counts to.
    package var asOf: Date
    /// What it comes to by itself; nil: nothing.
    package var next: KeyStep?

    package init(
        id: KeyID, algorithm: KeyAlgorithm, state: KeyState, createdAt: Date, stateChangedAt: Date, record: String,
        asOf: Date, next: KeyStep? = nil
    ) {
        self.id = id
        self.algorithm = algorithm
        self.state = state
        self.createdAt = createdAt
        self.stateChangedAt = stateChangedAt
        self.record = record
        self.asOf = asOf
        self.next = next
    }

    /// Since it was generated; nothing where the clock was set back.
    package var age: Duration { .seconds(max(0, asOf.timeIntervalSince(createdAt).rounded(.down))) }
    package var isNextDue: Bool { next?.dueAt.map { $0 <= asOf } ?? false }
}

/// What a domain's DNS should hold, for publishing by hand.
package struct RecordsReport: Sendable {
    package struct Entry: Sendable {
        package var domain: DomainName
        package var key: RecordSetKey
        package var recordSet: PlannedRecordSet
        package var reason: String

        package init(domain: DomainName, key: RecordSetKey, recordSet: PlannedRecordSet, reason: String) {
            self.domain = domain
            self.key = key
            self.recordSet = recordSet
            self.reason = reason
        }
    }

    package var entries: [Entry]
    /// Policy files that were written.
    package var policyFiles: [MTASTSPolicyFile] = []
    package init(entries: [Entry]) { self.entries = entries }
}

package struct StatusReport: Sendable {
    package var domains: [DomainState]
    /// The apply that is running, if any.
    package var lease: Lease?
    /// Intents without an outcome: a killed apply that the next one finishes.
    package var openIntents: [RecordSetKey]

    package init(domains: [DomainState], lease: Lease?, openIntents: [RecordSetKey]) {
        self.domains = domains
        self.lease = lease
        self.openIntents = openIntents
    }
}

/// What an operation tells while it runs.
package enum Progress: Sendable {
    case observing(domains: Int)
    case generatingKeys(Int)
    /// Agents were registered, changed or revoked.
    case registered([AgentChange])
    case applying(stage: Stage, changes: Int)
    case applied(Change, ApplyReport.Outcome)
    /// `until` is when it will be over if all goes well; nil where nobody can say (a person, a lagging server).
    case waiting(domains: Int, until: Date?, reasons: [String])
    case converged(DomainName)
    /// A step of the demo, or another headline.
    case step(String)
}
