import Diagnostics

/// Warns of a time to live below what resolvers heed.
enum TimeToLiveRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var hasHeir = false
        for index in draft.domainPlaces.indices {
            guard let seconds = draft.manifest.domains[index].timeToLiveSeconds,
                seconds < UInt32(ManifestBounds.timeToLiveAdvisedSeconds)
            else { continue }
            if !draft.domainPlaces[index].has(.ttl) {
                // All that inherit it share one place.
                if hasHeir { continue }
                hasHeir = true
            }
            sink.report(
                .timeToLive, at: draft.span(ofDomain: index, [DomainKey.ttl.name]), label: "is \(seconds) s",
                helps: ["write at least `\(ManifestBounds.timeToLiveAdvisedSeconds)s`"])
        }
    }
}
