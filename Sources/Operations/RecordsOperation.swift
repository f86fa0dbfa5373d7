package import DNS
import FoundationEssentials
import Keys
import Manifest
import Reconcile
import MailAuth

extension Signet {
    /// What each domain's DNS should hold, without looking at DNS: for publishing by hand, and for reading.
    package func records(_ scope: Scope) async throws(OperationError) -> RecordsReport {
        let loaded = try await loadWithDeclared(scope)
        let store = try openStore(loaded, .readOnly)
        let keys = Dictionary(grouping: try await keyRecords(loaded, store), by: \.id.domain)
        return RecordsReport(entries: desiredStates(loaded, keys).flatMap { Self.entries($0) })
    }

    /// The MTA-STS policy files to serve at `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`, by domain.
    package func mtaSTSPolicies(_ scope: Scope) throws(OperationError) -> [(domain: DomainName, text: String)] {
        try load(scope).manifest.domains.compactMap { domain in
            domain.mtaSTS.map { (domain.name, MTASTSPolicy($0).text) }
        }
    }
}
