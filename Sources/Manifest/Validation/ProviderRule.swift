import Diagnostics

/// A domain's zone must be edited somewhere. The reader has filled in the only provider where there is exactly one.
enum ProviderRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        // A `provider` that names nothing has its own finding.
        if draft.hasDefault(.provider) || !draft.isComplete { return }
        let count = draft.providerPlaces.count
        // Providers that could not be read have theirs.
        if count == 0, draft.hasProviders { return }
        for index in draft.domainPlaces.indices where draft.manifest.domains[index].provider == nil {
            let place = draft.domainPlaces[index]
            if place.has(.provider) || !draft.isReadable(place) { continue }
            guard sink.keepsMore else {
                sink.report(.missingProvider, at: nil)
                continue
            }
            let known = draft.providerPlaces.keys.map { "`\($0)`" }.sorted().prefix(10).joined(separator: ", ")
            sink.report(
                .missingProvider, at: draft.arena.span(place.key),
                label: count == 0 ? "no provider is declared" : "has no `provider`, and \(count) are declared",
                helps: [
                    count == 0
                        ? "add one under `providers`, such as `by-hand: { type: manual }`"
                        : "add `provider:` here or under `defaults`: \(known)"
                ])
        }
    }
}
