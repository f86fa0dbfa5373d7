package import DNS
package import Keys
package import Manifest

/// Which selector each declared DKIM key stands at.
///
/// A key that the keyring has keeps its selector. A new one gets the next number that was never used for the domain,
/// because a selector's old record may still be in caches, and a message that it signed in transit.
package struct SelectorAssignment: Sendable, Equatable {
    /// In the order of the declaration.
    package var wanted: [(id: KeyID, algorithm: KeyAlgorithm)]
    /// Those of `wanted` that have no key pair yet.
    package var missing: [PlannedKey]
    /// Keys of the domain that the declaration no longer asks for.
    package var surplus: [KeyRecord]

    package init(domain: DomainName, declaration: DKIMDeclaration, keyring: [KeyRecord]) {
        wanted = []
        missing = []
        var unclaimed = keyring.filter { $0.state != .revoked && $0.state != .retiring }
        var used = Set(keyring.map(\.id.selector))
        var next = 1
        for type in declaration.keys {
            let algorithm = KeyAlgorithm(type)
            if let index = unclaimed.firstIndex(where: {
                $0.algorithm == algorithm && Self.isNumbered($0.id.selector, after: declaration.selectorPrefix)
            }) {
                wanted.append((unclaimed.remove(at: index).id, algorithm))
                continue
            }
            while used.contains("\(declaration.selectorPrefix)\(next)") { next += 1 }
            let id = KeyID(domain: domain.text, selector: "\(declaration.selectorPrefix)\(next)")
            used.insert(id.selector)
            wanted.append((id, algorithm))
            missing.append(PlannedKey(id: id, algorithm: algorithm))
        }
        let claimed = Set(wanted.map(\.id))
        surplus = keyring.filter { !claimed.contains($0.id) }
    }

    private static func isNumbered(_ selector: String, after prefix: String) -> Bool {
        let digits = selector.utf8.dropFirst(prefix.utf8.count)
        return selector.hasPrefix(prefix) && !digits.isEmpty && digits.allSatisfy { (0x30...0x39).contains($0) }
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.wanted.elementsEqual(right.wanted) { $0.id == $1.id && $0.algorithm == $1.algorithm }
            && left.missing == right.missing && left.surplus == right.surplus
    }
}

extension KeyAlgorithm {
    init(_ type: DKIMDeclaration.KeyType) {
        self =
            switch type {
            case .rsa2048: .rsa2048
            case .rsa3072: .rsa3072
            case .rsa4096: .rsa4096
            case .ed25519: .ed25519
            }
    }
}
