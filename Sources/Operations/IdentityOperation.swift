package import MailAuth
import FoundationEssentials
import Manifest
import Reconcile

/// What one message's identity came to.
package struct IdentityReport: Sendable {
    package var path: String
    /// nil: the message claims nothing.
    package var result: AgentIdentityResult?

    package init(path: String, result: AgentIdentityResult?) {
        self.path = path
        self.result = result
    }
}

extension Signet {
    /// Larger messages are not read: no mail system takes them.
    package static let messageOctetsMax = 64 << 20

    /// Verifies a message's identity header with DNS and nothing else.
    ///
    /// - Parameter scope: a manifest whose `settings.dns` say whom to ask; nil: whom the system asks.
    package func verifyIdentity(
        ofMessageAt path: String, scope: Scope?
    ) async throws(OperationError) -> IdentityReport {
        let octets: [UInt8]
        do { octets = try ports.files.read(path, octetsMax: Self.messageOctetsMax) } catch { throw .file("\(error)") }
        let network: any DNSNetwork
        if let scope {
            let loaded = try load(scope)
            network = try await self.network(loaded, try openStore(loaded, .readOnly))
        } else {
            do {
                let manifest = Manifest()
                network = try await ports.network(
                    manifest, try ports.openStore(manifest.settings.statePath, .readOnly))
            } catch {
                throw .other("\(error)")
            }
        }
        let result = await AgentIdentityVerifier(resolver: network).verify(
            Message(file: octets), unixTime: Int64(ports.clock.now().timeIntervalSince1970))
        return IdentityReport(path: path, result: result)
    }
}
