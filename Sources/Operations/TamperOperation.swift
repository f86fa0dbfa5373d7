package import DNS
import Manifest
import MailAuth
import Reconcile

extension Signet {
    /// Weakens a domain's DMARC policy past the ledger, as somebody at the provider's console might: for the demo.
    /// Only where the provider is `embedded`. Returns what was changed.
    package func tamper(_ scope: Scope) async throws(OperationError) -> RecordSetKey {
        let loaded = try load(scope)
        let store = try openStore(loaded, .readWrite)
        let network = try await self.network(loaded, store)
        guard let domain = loaded.manifest.domains.first, let id = domain.provider,
            let declaration = loaded.manifest.providers[id], case .embedded = declaration.kind,
            let provider = try providers(loaded, store: store, network: network)[id],
            let name = try? domain.name.prepending("_dmarc")
        else { throw .other("only a domain of an embedded provider can be tampered with") }
        let key = RecordSetKey(name, .txt)
        do {
            let standing = try await provider.recordSets(in: domain.name, keys: [key])[key]
            let weak = RecordSet(
                key, timeToLiveSeconds: standing?.timeToLiveSeconds ?? 2,
                data: [.txt(TXTValue(DMARCRecord(policy: .none).text))])
            let outcome = await provider.write(
                [RecordSetWrite(key: key, expected: standing, replacement: weak)], in: domain.name, permit: { true })
            guard outcome == [.written] else { throw OperationError.other("\(key) was not changed") }
        } catch let error as OperationError {
            throw error
        } catch {
            throw .other("\(error)")
        }
        return key
    }
}
