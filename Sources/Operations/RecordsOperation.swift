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

    /// Writes the MTA-STS policy file of each domain that declares one into a folder that a web server can serve, one
    /// folder a host: `FOLDER/mta-sts.DOMAIN/.well-known/mta-sts.txt`.
    package func writeMTASTSPolicies(_ scope: Scope, to folder: String) throws(OperationError) -> [MTASTSPolicyFile] {
        var files: [MTASTSPolicyFile] = []
        for domain in try load(scope).manifest.domains {
            guard let declared = domain.mtaSTS, let host = try? domain.name.prepending(MTASTSPolicyFile.label) else {
                continue
            }
            let path = "\(folder)/\(host.text)/.well-known/mta-sts.txt"
            do {
                try ports.files.write(
                    Array(MTASTSPolicy(declared).text.utf8), to: path, mode: 0o644, replacing: true)
            } catch {
                throw .file("\(error)")
            }
            files.append(MTASTSPolicyFile(domain: domain.name, host: host, path: path))
        }
        return files
    }
}

/// An MTA-STS policy file, and the host that is to serve it (RFC 8461 §3.3).
package struct MTASTSPolicyFile: Sendable, Equatable {
    /// Before the domain's name.
    static let label = "mta-sts"

    package var domain: DomainName
    package var host: DomainName
    package var path: String

    package init(domain: DomainName, host: DomainName, path: String) {
        self.domain = domain
        self.host = host
        self.path = path
    }

    /// Whose policy a host serves; nil: none's.
    static func domain(of host: DomainName) -> DomainName? {
        guard let parent = host.parent, (try? parent.prepending(label)) == host else { return nil }
        return parent
    }
}
