package import DNS
import FoundationEssentials
import Keys
import Manifest
import MailAuth
import Reconcile

extension Signet {
    /// What each domain's DNS should hold, without looking at DNS: for publishing by hand, and for reading.
    package func records(_ scope: Scope) async throws(OperationError) -> RecordsReport {
        let loaded = try load(scope)
        let store = try openStore(loaded, .readOnly)
        let keys = Dictionary(grouping: try await keyRecords(loaded, store), by: \.id.domain)
        let routes = Survey.reportRoutes(loaded.manifest)
        let agents = Dictionary(grouping: loaded.manifest.agents, by: \.domain)
        var entries: [RecordsReport.Entry] = []
        for declaration in loaded.manifest.domains {
            let desired = DesiredState(
                declaration, keyring: keys[declaration.name.text] ?? [],
                reportingDomains: routes[declaration.name] ?? [], agents: agents[declaration.name] ?? [],
                now: ports.clock.now())
            for set in desired.recordSets {
                entries.append(
                    RecordsReport.Entry(
                        domain: declaration.name, key: set.key, recordSet: set.alone, reason: set.purpose))
            }
        }
        return RecordsReport(entries: entries)
    }

    /// The MTA-STS policy files to serve at `https://mta-sts.DOMAIN/.well-known/mta-sts.txt`, by domain.
    package func mtaSTSPolicies(_ scope: Scope) throws(OperationError) -> [(domain: DomainName, text: String)] {
        try load(scope).manifest.domains.compactMap { domain in
            domain.mtaSTS.map { (domain.name, MTASTSPolicy($0).text) }
        }
    }
}
