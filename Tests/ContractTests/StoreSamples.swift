import DNS
import Foundation
import Keys
import Manifest
import Reconcile

/// A time that a double holds only inexactly, so that a store which rounds shows it.
let noon = Date(timeIntervalSinceReferenceDate: 817_300_800.123_456_789)

func name(_ text: String) -> DomainName { try! DomainName(text) }

func key(_ text: String, _ type: RecordType = .txt) -> RecordSetKey { RecordSetKey(name(text), type) }

func text(_ owner: String, _ values: String..., seconds: UInt32 = 300) -> RecordSet {
    RecordSet(key(owner), timeToLiveSeconds: seconds, data: values.map { .txt(TXTValue($0)) })
}

extension LedgerEntry {
    static func sample(
        _ owner: String, domain: String = "example.test", before: RecordSet? = nil, after: RecordSet?,
        outcome: Outcome = .intended
    ) -> LedgerEntry {
        LedgerEntry(
            key: RecordSetKey(name(owner), .txt), domain: name(domain), zone: name("test"),
            provider: ProviderID(rawValue: "lab"),
            before: before, after: after, owned: after?.data ?? [], staleSeconds: 3600, outcome: outcome,
            recordedAt: noon)
    }
}

extension KeyRecord {
    static func sample(_ domain: String, _ selector: String, _ state: KeyState = .generated) -> KeyRecord {
        KeyRecord(
            id: KeyID(domain: domain, selector: selector), algorithm: .ed25519, state: state,
            publicKey: [1, 2, 3, 0, 255], sealed: SealedPrivateKey(octets: Array(0...255)), createdAt: noon,
            stateChangedAt: noon.addingTimeInterval(1))
    }
}

extension LeaseOutcome {
    var acquired: Lease? {
        if case .acquired(let lease) = self { lease } else { nil }
    }
}
