import Keys
package import Manifest
package import SendGate

/// A token for a message, made the only way there is: by a gate whose every fact is in order.
package enum TestRelease {
    package static let digest = MessageDigest(SHA256.hash(Array("a message".utf8)))

    package static func token(_ digest: MessageDigest = digest, mode: OversightMode = .autonomous) -> ReleaseToken {
        let facts = GateFacts(
            log: .writable, registration: .registered, sender: .own, recipients: .allAllowed, limits: .within,
            convergence: .converged, alignment: .aligned, declaredMode: mode, requestedMode: .unspecified,
            approval: .none, oversightCopy: .possible)
        switch Gate.open(facts, message: digest) {
        case .released(let token): return token
        case .stopped(let decision): preconditionFailure("the gate said \(decision)")
        }
    }
}
