import Diagnostics
package import FoundationEssentials
package import Manifest

/// Somebody who may let an agent do more, as the store knows them from an earlier apply: what a manifest says now cannot
/// make its author an approver of its own loosening.
package struct RegisteredApprover: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case registered
        /// Kept, so that a registry that was emptied is told from one that was never filled.
        case removed
    }

    package var id: String
    package var email: String
    /// The raw 32 octets of an Ed25519 public key.
    package var publicKey: [UInt8]
    package var state: State
    package var since: Date

    package init(id: String, email: String, publicKey: [UInt8], state: State = .registered, since: Date) {
        self.id = id
        self.email = email
        self.publicKey = publicKey
        self.state = state
        self.since = since
    }

    /// As a roster takes it; nobody is shown where it stood.
    package var declaration: ApproverDeclaration {
        ApproverDeclaration(
            id: id, email: email, publicKey: publicKey,
            span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0))
    }

    func isSame(as declared: ApproverDeclaration) -> Bool {
        state == .registered && email == declared.email && publicKey == declared.publicKey
    }

    /// The registry after an apply of these declarations, in the order of the ids.
    ///
    /// Who is no longer declared is removed. Who is new, or has another key or address, is taken in only where nobody was
    /// ever registered, or where whoever applies has allowed loosening; else they stay as they were, or outside.
    package static func registry(
        _ known: [RegisteredApprover], declared: [ApproverDeclaration], allowsNew: Bool, at now: Date
    ) -> [RegisteredApprover] {
        var next = Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0) })
        let wanted = Dictionary(uniqueKeysWithValues: declared.map { ($0.id, $0) })
        for change in changes(known, declared: declared, allowsNew: allowsNew) {
            switch change.effect {
            case .register:
                next[change.approver] = wanted[change.approver].map {
                    RegisteredApprover(id: $0.id, email: $0.email, publicKey: $0.publicKey, since: now)
                }
            case .remove, .suspend:
                next[change.approver]?.state = .removed
                next[change.approver]?.since = now
            case .leaveOut: break
            }
        }
        return next.values.sorted { $0.id < $1.id }
    }
}
