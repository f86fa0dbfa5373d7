package import Audit
import DNS
import FoundationEssentials
package import MailAuth
package import Manifest
import Reconcile

extension Desk {
    /// The agents that are declared or were ever registered, by id: the caller's.
    package nonisolated func agents(by caller: Caller) async throws(OperationError) -> [AgentSummary] {
        try caller.authorised(to: .readAgents, for: nil)
        let opened = try await opened()
        return try await signet.agents(opened.loaded, opened.session.store) { caller.agents?.contains($0) ?? true }
    }

    package nonisolated func agent(_ id: AgentID, by caller: Caller) async throws(OperationError) -> AgentSummary {
        try caller.authorised(to: .readAgents, for: id)
        let opened = try await opened()
        guard let agent = try await signet.agents(opened.loaded, opened.session.store, where: { $0 == id }).first else {
            throw .notFound("no such agent is declared or registered")
        }
        return agent
    }

    /// Verifies a message's identity header; nil: it has none.
    package nonisolated func verifyIdentity(
        of octets: [UInt8], by caller: Caller
    ) async throws(OperationError) -> AgentIdentityResult? {
        try caller.authorised(to: .verifyIdentity, for: nil)
        let network = try await opened().session.network
        return await AgentIdentityVerifier(resolver: network).verify(
            Message(file: octets), unixTime: Int64(now.timeIntervalSince1970))
    }

    /// Entries of the log, as `Signet.auditQuery`. A token that is bound to agents sees entries about one of them, which it
    /// names unless there is but one.
    package nonisolated func audit(_ query: LogQuery, by caller: Caller) async throws(OperationError) -> LogPage {
        try caller.admitted(to: .queryAudit)
        var query = query
        if let agents = caller.agents {
            if query.agent == nil, agents.count == 1 { query.agent = agents.first?.rawValue }
            guard let agent = query.agent else {
                throw .request(field: "agent_id", reason: "the token speaks for several agents: name one of them")
            }
            try caller.authorised(to: .queryAudit, for: AgentID(rawValue: agent))
        }
        let log = try await opened().session.log
        do { return try await log.records(query) } catch { throw .log(error) }
    }

    /// The MTA-STS policy that a host `mta-sts.DOMAIN` is to serve. For everybody.
    package nonisolated func mtaSTSPolicy(host: String, by caller: Caller) async throws(OperationError) -> String {
        try caller.authorised(to: .readTransportPolicy, for: nil)
        let manifest = try await opened().loaded.manifest
        guard let host = try? DomainName(host), let domain = MTASTSPolicyFile.domain(of: host),
            let declared = manifest.domain(domain)?.mtaSTS
        else { throw .notFound("the manifest declares no MTA-STS policy for this host") }
        return MTASTSPolicy(declared).text
    }

    /// The log's checkpoint, signed now: a note (C2SP tlog-checkpoint). For everybody.
    package nonisolated func checkpoint(by caller: Caller) async throws(OperationError) -> String {
        try caller.authorised(to: .readCheckpoint, for: nil)
        let log = try await opened().session.log
        do { return try await log.signedCheckpoint() } catch { throw .log(error) }
    }
}
