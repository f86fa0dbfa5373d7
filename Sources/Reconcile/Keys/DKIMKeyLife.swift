package import DNS
package import FoundationEssentials
package import Keys
import MailAuth
package import Manifest

/// What the keyring of a domain asks for: which DKIM keys' records stand, which key is made next, which sign, which go
/// (PRODUCT §4). Pure; what it says is carried out by apply (records, keys) and by whoever waits for convergence (states).
///
/// A rotation is a newer key of the same type beside the one that signs: made when the declared time is over, when the
/// selectors' prefix has changed, or by `keys rotate`. Mail never waits for it: the older key signs until the newer has
/// converged, and then retires. Its record stays for the overlap, counted from the switch; says revoked for as long
/// again, so that a verifier is told rather than left to guess; and is then removed.
package struct DKIMKeyLife: Sendable, Equatable {
    package struct Record: Sendable, Equatable {
        package var id: KeyID
        package var value: PlannedRecordSet.Value
        /// nil: the domain's mail is signed with it, or will be and waits for it.
        package var role: KeyRole?
        /// What it is for, as `records` shows it.
        package var purpose: String
    }

    /// A key that is to take over. `from` is nil where its type did not sign before.
    package struct Succession: Sendable, Equatable {
        package var id: KeyID
        package var from: KeyID?
    }

    /// First those of the declaration, in its order; then the others, by number.
    package var records: [Record] = []
    /// Key pairs to generate first.
    package var missing: [PlannedKey] = []
    /// Keys that sign now, and those that the domain's mail waits for because no older key signs.
    package var signing: [KeyID] = []
    package var successions: [Succession] = []
    /// Keys that have stopped signing, or are to stop now: they retire.
    package var superseded: [KeyRecord] = []
    /// Retiring keys whose overlap goes on.
    package var retiring: [KeyRecord] = []
    /// Keys that are revoked as soon as their record says so.
    package var revocable: [KeyRecord] = []
    /// Keys that need no record any more, or never did.
    package var removable: [KeyRecord] = []

    /// - Parameters:
    ///   - declaration: nil: no key is wanted; those that sign stop at once.
    ///   - keyring: the domain's keys, of whatever purpose.
    ///   - overlap: for how long a retired key's record stays; and, after it, for how long that record says revoked.
    package init(
        domain: DomainName, declaration: DKIMDeclaration?, keyring: [KeyRecord], overlap: Duration, now: Date
    ) {
        let keys = keyring.filter { $0.id.purpose == .dkim }
        let isTesting = declaration?.isTesting ?? false
        var wanted = Set<KeyAlgorithm>()
        if let declaration {
            wanted = Set(declaration.keys.map { KeyAlgorithm($0) })
            declared(domain, declaration, keys, now: now)
        }
        // Undeclared types sign on until each declared one does, so that there is no gap.
        let isReplaced = wanted.allSatisfy { algorithm in
            keys.contains { $0.algorithm == algorithm && $0.state == .active }
        }
        let rest = keys.sorted { Selector($0) < Selector($1) }
        for key in rest where key.state.isLive && !wanted.contains(key.algorithm) {
            if key.state == .active, !isReplaced {
                publish(key, nil, "DKIM: \(domain) signs with it until the declared keys do", isTesting)
                signing.append(key.id)
            } else {
                supersede(key, isTesting)
            }
        }
        for key in rest {
            let isOver = key.stateChangedAt.addingTimeInterval(Double(overlap.components.seconds)) <= now
            switch key.state {
            case .generated, .published, .active, .removed: break
            case .retiring where !isOver:
                retiring.append(key)
                publish(key, .retiring, Self.inTransit, isTesting)
            case .retiring:
                revocable.append(key)
                revoke(key, .replaced)
            case .revoked where !isOver: revoke(key, .withdrawn)
            case .revoked: removable.append(key)
            }
        }
    }

    private static let inTransit = "DKIM: what was signed with it may still be in transit"

    private mutating func declared(
        _ domain: DomainName, _ declaration: DKIMDeclaration, _ keys: [KeyRecord], now: Date
    ) {
        let prefix = declaration.selectorPrefix
        let active = keys.filter { $0.state == .active }
        var used = Set(keys.map(\.id.selector))
        var next = 1
        var seen = Set<KeyAlgorithm>()
        for type in declaration.keys where seen.insert(KeyAlgorithm(type)).inserted {
            let algorithm = KeyAlgorithm(type)
            // From the oldest to the newest; those of an earlier prefix are older than all of the present one.
            let line = keys.filter { $0.state.isLive && $0.algorithm == algorithm }
                .sorted { Selector($0, prefix) < Selector($1, prefix) }
            let current = line.lastIndex { $0.state == .active }
            for (index, key) in line.enumerated() {
                if let current, index < current {
                    supersede(key, declaration.isTesting)
                } else if current == nil ? active.contains(where: { $0.createdAt < key.createdAt }) : index != current {
                    succeed(key.id, current.map { line[$0].id }, .init(key, isTesting: declaration.isTesting), domain)
                } else {
                    publish(
                        key, nil, "DKIM: the \(algorithm.rawValue) key that \(domain) signs with", declaration.isTesting
                    )
                    signing.append(key.id)
                }
            }
            guard Self.isDue(line.last, declaration, now: now) else { continue }
            // A number that was ever used is not used again: the old record may be in caches, a message in transit.
            while used.contains("\(prefix)\(next)") { next += 1 }
            let id = KeyID(domain: domain.text, selector: "\(prefix)\(next)")
            used.insert(id.selector)
            missing.append(PlannedKey(id: id, algorithm: algorithm))
            let value = PlannedRecordSet.Value.futureKey(id, algorithm, testing: declaration.isTesting)
            if active.isEmpty {
                records.append(
                    Record(
                        id: id, value: value, role: nil,
                        purpose: "DKIM: the \(algorithm.rawValue) key that \(domain) signs with"))
                signing.append(id)
            } else {
                succeed(id, current.map { line[$0].id }, value, domain)
            }
        }
    }

    /// Whether the newest key of a type needs a successor.
    private static func isDue(_ newest: KeyRecord?, _ declaration: DKIMDeclaration, now: Date) -> Bool {
        guard let newest else { return true }
        guard Selector(newest, declaration.selectorPrefix).hasPrefix else { return true }
        guard newest.state == .active, let rotateEvery = declaration.rotateEvery else { return false }
        return newest.stateChangedAt.addingTimeInterval(Double(rotateEvery.components.seconds)) <= now
    }

    private mutating func succeed(
        _ id: KeyID, _ older: KeyID?, _ value: PlannedRecordSet.Value, _ domain: DomainName
    ) {
        successions.append(Succession(id: id, from: older))
        let whom = older.map { " in place of \($0.selector)" } ?? ""
        records.append(
            Record(
                id: id, value: value, role: .successor,
                purpose: "DKIM: \(domain) will sign with it\(whom), once it has converged"))
    }

    private mutating func supersede(_ key: KeyRecord, _ isTesting: Bool) {
        guard key.state != .generated else {
            // Nothing of it has left the process.
            removable.append(key)
            return
        }
        superseded.append(key)
        publish(key, .retiring, Self.inTransit, isTesting)
    }

    private mutating func publish(_ key: KeyRecord, _ role: KeyRole?, _ purpose: String, _ isTesting: Bool) {
        records.append(Record(id: key.id, value: .init(key, isTesting: isTesting), role: role, purpose: purpose))
    }

    private mutating func revoke(_ key: KeyRecord, _ reason: KeyRole.Revocation) {
        records.append(
            Record(
                id: key.id,
                value: .known(
                    .txt(TXTValue(DKIMRecord.revoked(key.algorithm == .ed25519 ? .ed25519 : .rsa).text))),
                role: .revoked(reason), purpose: "DKIM: revoked"))
    }

    /// The keys that messages are signed with now: of each type the one that was activated last, because a key that is
    /// about to retire may still be called active.
    package static func signingKeys(of domain: DomainName, in keyring: [KeyRecord]) -> [KeyRecord] {
        let active = keyring.filter {
            $0.id.purpose == .dkim && $0.id.domain == domain.text && $0.state == .active
        }
        return KeyAlgorithm.allCases.compactMap { algorithm in
            active.filter { $0.algorithm == algorithm }.max {
                ($0.stateChangedAt, $0.createdAt, Selector($0).number, $0.id)
                    < ($1.stateChangedAt, $1.createdAt, Selector($1).number, $1.id)
            }
        }
    }
}

extension DKIMKeyLife {
    /// A selector by prefix and number, for the order of keys: `mm10` comes after `mm9`.
    private struct Selector: Comparable {
        var hasPrefix: Bool
        var number: Int
        private var createdAt: Date
        private var text: String

        /// - Parameter prefix: the one that is declared now; nil: any.
        init(_ key: KeyRecord, _ prefix: String? = nil) {
            let text = key.id.selector
            let digits = text.utf8.reversed().prefix { (0x30...0x39).contains($0) }.count
            // A prefix may itself end in a digit: what follows it is the number.
            let rest = prefix.map { text.hasPrefix($0) ? text.dropFirst($0.count) : "" } ?? text.suffix(digits)
            hasPrefix = !rest.isEmpty && rest.utf8.allSatisfy { (0x30...0x39).contains($0) }
            number = Int(hasPrefix ? rest : text.suffix(digits)) ?? 0
            self.text = text
            createdAt = key.createdAt
        }

        static func < (left: Self, right: Self) -> Bool {
            if left.hasPrefix != right.hasPrefix { return right.hasPrefix }
            // Numbers of one prefix only grow; those of several are told apart by their time.
            return left.hasPrefix
                ? (left.number, left.text) < (right.number, right.text)
                : (left.createdAt, left.number, left.text) < (right.createdAt, right.number, right.text)
        }
    }
}

extension PlannedRecordSet.Value {
    fileprivate init(_ key: KeyRecord, isTesting: Bool) {
        self =
            key.recordText(isTesting: isTesting).map { .known(.txt(TXTValue($0))) }
            ?? .futureKey(key.id, key.algorithm, testing: isTesting)
    }
}

extension KeyAlgorithm {
    package init(_ type: DKIMDeclaration.KeyType) {
        self =
            switch type {
            case .rsa2048: .rsa2048
            case .rsa3072: .rsa3072
            case .rsa4096: .rsa4096
            case .ed25519: .ed25519
            }
    }
}
