import DNS
import Keys
import MailAuth
import Manifest
import Reconcile

/// The private keys that alignment is probed with, where the keyring can be unsealed.
struct ProbeKeys: Sendable {
    private let keyring: Result<Keyring, Absence>

    private struct Absence: Error {
        var reason: String
    }

    /// Reads the key-encryption key; where that cannot be had, the check goes on without.
    init(_ loaded: LoadedManifest, _ store: any StateStore, _ signet: Signet) async {
        guard loaded.manifest.settings.keyEncryptionKey != nil else {
            keyring = .failure(Absence(reason: "settings.keyring.key is not declared"))
            return
        }
        do {
            keyring = .success(try await signet.openKeyring(loaded, store))
        } catch OperationError.keyring(let reason) {
            keyring = .failure(Absence(reason: reason))
        } catch {
            keyring = .failure(Absence(reason: "\(error)"))
        }
    }

    /// One signer for each signing key of the domain that exists; a missing one has a finding of its own.
    func keys(of desired: DesiredState, _ known: [KeyRecord]) async -> AlignmentCheck.Keys {
        let keyring: Keyring
        switch self.keyring {
        case .success(let open): keyring = open
        case .failure(let absence): return .publicHalves(absence.reason)
        }
        let there = Set(known.map(\.id))
        var signers: [DKIMSigner] = []
        for id in desired.signingKeys where there.contains(id) {
            do {
                signers.append(
                    DKIMSigner(domain: desired.domain, selector: id.selector, key: try await keyring.signer(for: id)))
            } catch {
                return .unusable("\(error)")
            }
        }
        return .signers(signers)
    }
}
