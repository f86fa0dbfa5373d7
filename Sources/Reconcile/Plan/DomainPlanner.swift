package import DNS
package import FoundationEssentials
import Keys
package import Manifest
import MailAuth

/// One domain's part of a plan: a pure function of what is desired, what was observed, and what Signet remembers.
package struct DomainPlanner: Sendable {
    package var desired: DesiredState
    package var provider: ProviderID?
    package var observation: DomainObservation
    /// The domain's entries, by record set.
    package var ledger: [RecordSetKey: LedgerEntry]
    /// The provider's own list, where credentials were at hand; a key without an entry was not listed.
    package var listed: [RecordSetKey: RecordSet]?
    /// Record sets that other declared domains ask for: never retired, whoever wrote them.
    package var desiredElsewhere: Set<RecordSetKey>
    /// How long a retired key stays in DNS.
    package var overlap: Duration
    package var now: Date

    package init(
        desired: DesiredState, provider: ProviderID?, observation: DomainObservation,
        ledger: [RecordSetKey: LedgerEntry], listed: [RecordSetKey: RecordSet]? = nil,
        desiredElsewhere: Set<RecordSetKey> = [], overlap: Duration, now: Date
    ) {
        self.desired = desired
        self.provider = provider
        self.observation = observation
        self.ledger = ledger
        self.listed = listed
        self.desiredElsewhere = desiredElsewhere
        self.overlap = overlap
        self.now = now
    }

    /// The record sets to observe: those desired, and those that Signet wrote and no longer wants.
    package static func keys(desired: DesiredState, ledger: [RecordSetKey: LedgerEntry]) -> [RecordSetKey] {
        let wanted = desired.recordSets.map(\.key)
        guard !ledger.isEmpty else { return wanted }
        let known = Set(wanted)
        return wanted + ledger.values.filter { !known.contains($0.key) }.map(\.key).sorted()
    }

    package struct Outcome: Sendable {
        package var keys: [PlannedKey] = []
        package var changes: [Change] = []
        package var findings: [Finding] = []
        /// Record sets that every server was seen to serve as desired.
        package var inSync: [RecordSet] = []
        /// Record sets that Signet wrote, and no longer wants, and of which nothing is left.
        package var absent: [RecordSetKey] = []
        /// Record sets that no server would tell of.
        package var unseen: Set<RecordSetKey> = []

        package init() {}
    }

    /// Record sets that a change would start from, or that an alias stands in the way of, and that may be a wildcard's.
    package func suspects(_ outcome: Outcome) -> [RecordSetKey] {
        let changed = outcome.changes.filter { $0.before != nil && $0.stage != .retire }.map(\.key)
        let aliased = observation.views.filter { _, views in
            views.contains { if case .alias = $0.state { true } else { false } }
        }
        return (changed + aliased.keys).sorted()
    }

    package func plan() -> Outcome {
        var outcome = Outcome()
        let context: ZoneContext
        switch observation.zone {
        case .found(let found):
            context = found
        case .notDelegated(let detail):
            outcome.findings.append(FindingCatalogue.notDelegated(desired.domain, detail))
            return outcome
        case .unobservable(let detail):
            outcome.findings.append(FindingCatalogue.unobservable(desired.domain, detail))
            return outcome
        }
        for failure in context.failures {
            outcome.findings.append(FindingCatalogue.serverFailed(desired.domain, failure))
        }
        outcome.keys = desired.missingKeys
        for name in desired.unnameable { outcome.findings.append(FindingCatalogue.nameTooLong(desired.domain, name)) }
        for set in desired.recordSets { plan(set, context, &outcome) }
        findKeys(&outcome)
        for entry in ledger.values.sorted(by: { $0.key < $1.key }) { retire(entry, context, &outcome) }
        // What is taken back of a domain that is no longer declared goes to where it was written.
        if outcome.changes.contains(where: { $0.provider.rawValue.isEmpty }) {
            outcome.findings.append(FindingCatalogue.noProvider(desired.domain))
        }
        return outcome
    }

    /// Where keys are on their way from one to the next. Without times: they stand in `keys list`.
    private func findKeys(_ outcome: inout Outcome) {
        for succession in desired.dkimKeys.successions {
            outcome.findings.append(FindingCatalogue.keySucceeds(desired.domain, succession))
        }
        for key in desired.dkimKeys.superseded + desired.dkimKeys.retiring {
            outcome.findings.append(FindingCatalogue.keyRetires(desired.domain, key.id, overlap: overlap))
        }
        for key in desired.agentKeys.retiring {
            outcome.findings.append(FindingCatalogue.agentKeyRetires(desired.domain, key.id, overlap: overlap))
        }
    }

    // MARK: one record set

    private func plan(_ set: DesiredRecordSet, _ context: ZoneContext, _ outcome: inout Outcome) {
        guard let (base, stale) = base(set.key, context, &outcome) else { return }
        let after: PlannedRecordSet
        var owned: [RecordData]?
        var found = 0
        let ttl = set.timeToLiveSeconds ?? base?.timeToLiveSeconds ?? DesiredRecordSet.timeToLiveSecondsDefault
        switch set.content {
        case .whole(let values):
            after = PlannedRecordSet(timeToLiveSeconds: ttl, values: values)
        case .key(let value, _):
            after = PlannedRecordSet(timeToLiveSeconds: ttl, values: [value])
        case .text(let kind, let value):
            if set.isImplied, let base, holdsPolicy(base) {
                outcome.inSync.append(base)
                return
            }
            let merged = SharedText.put(value, kind: kind, into: base?.data ?? [])
            after = PlannedRecordSet(timeToLiveSeconds: ttl, values: merged.data.map { .known($0) })
            owned = merged.owned
            found = merged.found
        case .spf(let declaration, let flattened):
            do {
                let merged = try SharedText.put(
                    declaration, flattened: flattened, into: base?.data ?? [], owned: ledger[set.key]?.owned ?? [])
                after = PlannedRecordSet(timeToLiveSeconds: ttl, values: merged.data.map { .known($0) })
                owned = merged.owned
                found = merged.found
                if !merged.kept.isEmpty {
                    outcome.findings.append(FindingCatalogue.termsKept(desired.domain, merged.kept))
                }
            } catch {
                outcome.findings.append(FindingCatalogue.unreadableSPF(desired.domain, error.reason))
                return
            }
        }
        if found > 1 { outcome.findings.append(FindingCatalogue.several(desired.domain, set, found)) }
        if let base, let wanted = after.recordSet(set.key), wanted == base {
            outcome.inSync.append(wanted)
            return
        }
        outcome.changes.append(change(set, base, after, stale, context, found: found, owned: owned))
    }

    private func change(
        _ set: DesiredRecordSet, _ base: RecordSet?, _ after: PlannedRecordSet, _ stale: UInt32,
        _ context: ZoneContext, found: Int, owned: [RecordData]?
    ) -> Change {
        let (risk, reason) = assess(set, base, after, found: found)
        let stage: Stage =
            switch set.content {
            case .key(_, .revoked(.replaced)): .retire
            case _ where risk == .tightens && waitsForConvergence(set): .tighten
            default: .publish
            }
        return Change(
            domain: desired.domain, zone: context.apex,
            // That there is none is reported once for the domain, with a change that says what is missing.
            provider: provider ?? ProviderID(rawValue: ""), key: set.key,
            before: base.map { PlannedRecordSet($0) }, after: after, stage: stage, risk: risk, reason: reason,
            staleSeconds: stale, owned: owned)
    }

    /// A stricter DMARC policy waits until SPF and DKIM have converged; a parked domain has neither to wait for.
    private func waitsForConvergence(_ set: DesiredRecordSet) -> Bool {
        guard case .text(.dmarc, _) = set.content else { return false }
        guard !desired.signingKeys.isEmpty else { return false }
        return !desired.unresolved.isEmpty
            || desired.recordSets.contains { $0.key != set.key && Self.authenticates($0) }
    }

    /// Whether mail passes by it: what a stricter policy must wait for.
    package static func authenticates(_ set: DesiredRecordSet) -> Bool {
        switch set.content {
        case .spf: true
        case .whole: set.key.type == .txt
        case .text, .key: false
        }
    }

    private func assess(
        _ set: DesiredRecordSet, _ base: RecordSet?, _ after: PlannedRecordSet, found: Int
    ) -> (Risk, String) {
        if let base, let wanted = after.recordSet(set.key), wanted.sameData(as: base) {
            return (
                .safe, "the time to live is \(base.timeToLiveSeconds) s and \(after.timeToLiveSeconds) s is declared"
            )
        }
        switch set.content {
        case .text(.dmarc, let value):
            let records = (base?.data ?? []).compactMap { data -> DMARCRecord? in
                guard case .txt(let text) = data, TextKind.dmarc.matches(text) else { return nil }
                return try? DMARCRecord(text.text)
            }
            guard let wanted = try? DMARCRecord(value.text) else { return (.safe, set.purpose) }
            // RFC 9989 §4.7: several records count as none.
            let risk = PolicyStrictness.risk(from: records.count == 1 ? records[0] : nil, to: wanted)
            let (old, new) = (
                records.count == 1 ? "p=\(records[0].policy.rawValue)" : "no policy", "p=\(wanted.policy.rawValue)"
            )
            return (risk, old == new ? "DMARC stays at \(new), other tags differ" : "DMARC goes from \(old) to \(new)")
        case .spf(let declaration, _):
            let before = Self.strictness(base)
            let after = Self.strictness(after.recordSet(set.key))
            let reason =
                found > 1
                ? "\(found) SPF records are merged into one" : found == 1 ? "SPF terms differ" : "no SPF record yet"
            if after == 2, before < 2 { return (.tightens, reason) }
            if declaration.isExclusive, found > 0 { return (.tightens, reason) }
            return (after < before ? .loosens : .safe, reason)
        case .key(_, .revoked(let revocation)) where base.map({ isOwn($0) }) == true:
            return (.tightens, Self.reason(revocation))
        case .key(_, .revoked) where base == nil:
            return (.tightens, "the revoked key is not marked as such")
        case .whole where set.key.type == .txt, .key:
            guard let base else { return (.safe, reason(unpublished: set)) }
            if isOwn(base) { return (.safe, "the key's record was changed") }
            // Somebody else's key: mail signed with it would stop passing.
            return (.destructive, "a record that Signet did not write stands at this key's name")
        case .whole:
            guard let base else { return (.safe, "not published yet") }
            return isOwn(base)
                ? (.safe, "\(set.key.type) records differ")
                : (.destructive, "\(set.key.type) records that Signet did not write are replaced")
        case .text:
            return (.safe, found == 0 ? "not published yet" : "the record differs")
        }
    }

    /// A DMARC policy that somebody else published, and that receivers can read: whoever declares none has not asked for
    /// another.
    private func holdsPolicy(_ base: RecordSet) -> Bool {
        let policies = base.data.filter { if case .txt(let text) = $0 { TextKind.dmarc.matches(text) } else { false } }
        guard policies.count == 1, case .txt(let text) = policies[0] else { return false }
        return ledger[base.key]?.owned.contains(policies[0]) != true && (try? DMARCRecord(text.text)) != nil
    }

    private static func reason(_ revocation: KeyRole.Revocation) -> String {
        switch revocation {
        case .agent: "the agent is revoked"
        case .replaced: "a newer key has taken over"
        case .withdrawn: "the key was revoked"
        }
    }

    private func reason(unpublished set: DesiredRecordSet) -> String {
        switch set.role {
        case .successor:
            let succession = desired.dkimKeys.successions.first { $0.id.description == set.key.name.text }
            return succession?.from.map { "it takes over from \($0.selector) once it has converged" }
                ?? "it signs too once it has converged"
        case .retiring: return "messages signed with the key may still be in transit, and its record is gone"
        case .agent, .revoked, nil: return "not published yet"
        }
    }

    /// Whether Signet has written there, and may say anew what stands there, however it came about. An intent that came to
    /// nothing says nothing: what stands then is somebody else's, unless it is what Signet wrote before.
    private func isOwn(_ base: RecordSet) -> Bool {
        guard let entry = ledger[base.key] else { return false }
        switch entry.outcome {
        case .written, .handedOver: return true
        case .intended, .failed:
            return entry.after?.sameData(as: base) == true || base.data.allSatisfy(entry.owned.contains)
        }
    }

    /// What receivers are to do with mail from elsewhere, as a number that grows with strictness (RFC 7208 §4.7, §8).
    private static func strictness(_ set: RecordSet?) -> Int {
        switch SharedText.records(in: set?.data ?? []).first?.all {
        case .fail: 2
        case .softfail: 1
        case .neutral, .pass, nil: 0
        }
    }

    // MARK: what stands there

    /// What the change starts from, and for how long caches may hold it; nil if that is not known.
    private func base(
        _ key: RecordSetKey, _ context: ZoneContext, _ outcome: inout Outcome
    ) -> (RecordSet?, UInt32)? {
        let consensus = Consensus(observation.views[key] ?? [], context: context)
        let served: RecordSet?
        switch consensus.verdict {
        case .agreed(let set):
            served = set
        case .differing(let newest):
            outcome.findings.append(
                FindingCatalogue.serversDiffer(desired.domain, key, observation.views[key] ?? []))
            served = newest
        case .alias(let target):
            outcome.findings.append(FindingCatalogue.alias(desired.domain, key, target))
            return nil
        case .delegatedAway(let cut):
            outcome.findings.append(FindingCatalogue.delegatedAway(desired.domain, key, cut))
            return nil
        case .unknown:
            outcome.findings.append(FindingCatalogue.noAnswer(desired.domain, key, consensus.failures))
            outcome.unseen.insert(key)
            return nil
        }
        for view in consensus.failures where !context.failures.contains(where: { $0.server == view.server }) {
            if case .failed(let reason) = view.state {
                outcome.findings.append(
                    FindingCatalogue.serverFailed(desired.domain, ServerFailure(server: view.server, reason: reason)))
            }
        }
        let stale = max(consensus.staleSeconds, served == nil ? context.negativeTimeToLiveSeconds : 0)
        // The provider's list is the truth that a write starts from; DNS may lag behind it.
        if let listed { return (listed[key], stale) }
        return (served, stale)
    }

    // MARK: what is no longer wanted

    private func retire(_ entry: LedgerEntry, _ context: ZoneContext, _ outcome: inout Outcome) {
        // Whatever came of the last write, what Signet owns there is known, and taken back if it stands.
        guard !desired.recordSets.contains(where: { $0.key == entry.key }), !desired.unresolved.contains(entry.key),
            !desiredElsewhere.contains(entry.key)
        else { return }
        // Of a domain that is no longer declared: what the key signed may still be in transit.
        let isInUse = (desired.dkimKeys.superseded + desired.dkimKeys.retiring).contains {
            entry.key.name.text == $0.id.description
        }
        if isInUse { return }
        guard let (base, stale) = base(entry.key, context, &outcome) else { return }
        guard let base else {
            outcome.absent.append(entry.key)
            return
        }
        let rest = SharedText.remove(entry.owned, from: base.data)
        guard rest != base.data else {
            outcome.absent.append(entry.key)
            return
        }
        let isRevokedKey = (desired.dkimKeys.removable + desired.agentKeys.removable).contains {
            $0.state == .revoked && entry.key.name.text == $0.id.description
        }
        outcome.changes.append(
            Change(
                domain: desired.domain, zone: context.apex, provider: provider ?? entry.provider, key: entry.key,
                before: PlannedRecordSet(base),
                after: rest.isEmpty
                    ? nil
                    : PlannedRecordSet(
                        timeToLiveSeconds: base.timeToLiveSeconds, values: rest.map { .known($0) }),
                stage: .retire, risk: isRevokedKey ? .safe : .destructive,
                reason: isRevokedKey ? "a revoked key's record has said so long enough" : "no longer declared",
                staleSeconds: stale, owned: []))
    }
}
