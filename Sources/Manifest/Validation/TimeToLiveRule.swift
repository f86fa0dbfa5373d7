import Diagnostics

/// Warns of a time to live below what resolvers heed.
enum TimeToLiveRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domains(with: .hasShortTimeToLive, from: .ttl) {
            let seconds = draft.manifest.domains[index].timeToLiveSeconds ?? 0
            sink.report(
                .timeToLive, at: draft.span(ofDomain: index, [DomainKey.ttl.name]), label: "is \(seconds) s",
                helps: ["write at least `\(ManifestBounds.timeToLiveAdvisedSeconds)s`"])
        }
    }
}
