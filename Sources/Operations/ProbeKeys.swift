import DNS
import Keys
import MailAuth
import Manifest
import Reconcile

/// The private keys that alignment is probed with, where the keyring can be unsealed.
struct ProbeKeys: Sendable {
    private enum State {
        case unsealed(Keyring)
        case absent(String)
        case unusable(String)
    }

    private let keyring: State

    /// Reads the key-encryption key; where that cannot be had, the check goes on without.
    ///
    /// - Parameter isNeeded: whoever checks is also the one who makes keys: without the key-encryption key none can be used.
    init(_ loaded: LoadedManifest, _ store: any StateStore, _ signet: Signet, isNeeded: Bool) async {
        let text: [UInt8]
        do {
            text = try await signet.keyEncryptionKey(loaded)
        } catch {
            keyring = isNeeded ? .unusable("\(error)") : .absent("\(error)")
            return
        }
        do {
            keyring = .unsealed(Keyring(store: store, keyEncryptionKey: try KeyEncryptionKey(text: text)))
        } catch {
            keyring = .unusable("\(error)")
        }
    }

    /// One signer for each signing key of the domain that exists; a missing one has a finding of its own.
    func keys(of desired: DesiredState, _ known: [KeyRecord]) async -> AlignmentCheck.Keys {
        let keyring: Keyring
        switch self.keyring {
        case .unsealed(let unsealed): keyring = unsealed
        case .absent(let reason): return .publicHalves(reason)
        case .unusable(let reason): return .unusable(reason)
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
