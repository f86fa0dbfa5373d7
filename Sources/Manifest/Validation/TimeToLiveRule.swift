import Diagnostics

/// Warns of a time to live below what resolvers heed. Nobody but this machine asks the embedded provider: seconds are right there.
enum TimeToLiveRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domains(with: .hasShortTimeToLive, from: .ttl, where: { !isEmbedded($0, draft) }) {
            let seconds = draft.manifest.domains[index].timeToLiveSeconds ?? 0
            sink.report(
                .timeToLive, at: draft.span(ofDomain: index, [DomainKey.ttl.name]), label: "is \(seconds) s",
                helps: ["write at least `\(ManifestBounds.timeToLiveAdvisedSeconds)s`"])
        }
    }

    private static func isEmbedded(_ index: Int, _ draft: ManifestDraft) -> Bool {
        guard let provider = draft.manifest.domains[index].provider else { return false }
        if case .embedded? = draft.manifest.providers[provider]?.kind { return true }
        return false
    }
}
