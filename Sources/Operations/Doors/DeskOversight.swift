import Manifest
package import SendGate

extension Desk {
    /// The requests that wait for an approver, oldest first: those of the caller's agents.
    ///
    /// - Parameter after: the last one that the caller has seen already.
    package nonisolated func pendingApprovals(
        after: ApprovalCursor? = nil, countMax: Int, by caller: Caller
    ) async throws(OperationError) -> (approvals: [ApprovalReport], hasMore: Bool) {
        try caller.authorised(to: .readPending, for: nil)
        let desk = try await ApprovalDesk(try await opened(), signet)
        return try await desk.guarded { desk in
            let records = try await desk.store.approvals(
                ApprovalFilter(states: [.pending], agents: caller.agents, after: after), countMax: countMax + 1)
            var reports: [ApprovalReport] = []
            // Contents are read for these alone.
            for record in records.prefix(countMax) { reports.append(try await desk.report(record)) }
            return (reports, records.count > countMax)
        }
    }

    /// One request, with the whole content that is asked about.
    package nonisolated func approval(
        _ id: ApprovalID, by caller: Caller
    ) async throws(OperationError) -> ApprovalReport {
        try caller.admitted(to: .readPending)
        let desk = try await ApprovalDesk(try await opened(), signet)
        let report = try await desk.guarded { desk in try await desk.report(try await desk.record(id)) }
        try caller.authorised(to: .readPending, for: report.record.agent)
        return report
    }

    /// Records an answer that an approver signed with their own key, which this process never sees. What it approves is
    /// sent when the outbox is worked on next.
    package nonisolated func decide(
        _ signed: SignedStatement, by caller: Caller
    ) async throws(OperationError) -> ApprovalReport {
        try caller.admitted(to: .decide)
        // Whom it is about stands in the statement; that it is signed is checked before anything is believed of it.
        if let claimed = try? ApprovalStatement(payload: signed.payload) {
            try caller.authorised(to: .decide, for: claimed.agent)
        }
        let desk = try await ApprovalDesk(try await opened(), signet)
        return try await desk.guarded { desk in try await desk.record(signed) }
    }
}
