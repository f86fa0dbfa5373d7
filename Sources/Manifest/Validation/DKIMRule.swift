import Diagnostics

/// How long keys live, and whether receivers can verify at least one of them.
enum DKIMRule {
    /// RFC 5321 §4.5.4.1: "the give-up time generally needs to be at least 4-5 days". As long as our outbox tries: a test
    /// holds it to `RetrySchedule`.
    static let retryTime = Duration.seconds(4 * 86_400)

    static func suspects(_ dkim: DKIMDeclaration) -> Bool {
        dkim.overlap < retryTime || dkim.rotateEvery.map { dkim.overlap >= $0 } == true
            || dkim.keys.count == 1 && dkim.keys[0] == .ed25519
    }

    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var reported = Set<SourceSpan>()
        for index in draft.domains(with: .suspectDKIM, from: .dkim) {
            guard let dkim = draft.manifest.domains[index].dkim else { continue }
            let overlap = draft.span(ofDomain: index, [DomainKey.dkim.name, DKIMKey.overlap.name])
            if let rotateEvery = dkim.rotateEvery, dkim.overlap >= rotateEvery {
                let hasOverlap = draft.node(ofDomain: index, [DomainKey.dkim.name, DKIMKey.overlap.name]) != nil
                let rotation = draft.span(ofDomain: index, [DomainKey.dkim.name, DKIMKey.rotateEvery.name])
                let place = hasOverlap ? overlap : rotation
                if reported.insert(place).inserted {
                    sink.report(
                        .overlap, at: place,
                        label: hasOverlap ? "is not shorter than `rotate_every`" : "is not longer than the overlap, 7d",
                        related: hasOverlap ? [Diagnostic.Related(span: rotation, label: "the rotation")] : [],
                        helps: ["shorten `overlap`, or rotate less often"])
                }
            } else if dkim.overlap < retryTime, reported.insert(overlap).inserted {
                sink.report(
                    .shortOverlap, at: overlap, label: "is shorter than mail is retried",
                    notes: ["RFC 5321 §4.5.4.1: senders retry for four to five days"], helps: ["write at least `5d`"])
            }
            let keys = draft.span(ofDomain: index, [DomainKey.dkim.name, DKIMKey.keys.name])
            if dkim.keys == [.ed25519], isReadable(draft, index), reported.insert(keys).inserted {
                sink.report(
                    .ed25519Only, at: keys, label: "has no RSA key",
                    notes: ["RFC 8463 §5: sign with RSA too until verifiers know Ed25519"],
                    helps: ["write `[rsa2048, ed25519]`"])
            }
        }
    }

    /// False where a key type in the list could not be read: it may be the RSA key.
    private static func isReadable(_ draft: ManifestDraft, _ index: Int) -> Bool {
        draft.node(ofDomain: index, [DomainKey.dkim.name, DKIMKey.keys.name], item: 1) == nil
    }
}
