import DNS
import Diagnostics

extension ManifestReader {
    mutating func readProviders(_ entries: [(key: Int32, value: Int32)]) {
        var taken: [String: Int32] = [:]
        for (key, value) in entries {
            guard let name = identifier(key, &taken) else { continue }
            let id = ProviderID(rawValue: name)
            draft.providerPlaces[id] = ManifestDraft.Place(key: key, value: value)
            guard expectMapping(value, "a provider"), let kind = providerKind(value, owner: key) else { continue }
            draft.manifest.providers[id] = ProviderDeclaration(id: id, kind: kind, span: arena.span(key))
        }
    }

    private mutating func providerKind(_ node: Int32, owner: Int32) -> ProviderDeclaration.Kind? {
        let types = ProviderShapes.all.map(\.type)
        guard let type = arena.pair(in: node, named: "type") else {
            sink.report(
                .missingKey, at: arena.span(owner), label: "has no `type`",
                helps: ["add `type: ` and one of " + listed(types, "or")])
            return nil
        }
        guard let name = text(type.value, TextKind(name: "a provider's type", pattern: nil)) else { return nil }
        switch name {
        case "manual":
            return fields(ManualKey.self, of: node, owner: owner).map { _ in .manual }
        case "embedded":
            return fields(EmbeddedKey.self, of: node, owner: owner).map { .embedded(embedded($0)) }
        case "powerdns":
            guard let fields = fields(PowerDNSKey.self, of: node, owner: owner) else { return nil }
            return powerDNS(fields).map { .powerDNS($0) }
        default:
            let suggestion = Suggestion.closest(to: name, among: types).map { ["did you mean `\($0)`?"] } ?? []
            sink.report(
                .providerType, at: arena.span(type.value), label: "this version has " + listed(types, "and"),
                helps: suggestion + ["with `type: manual` Signet prints what to publish, and waits for it to appear"])
            return nil
        }
    }

    private mutating func embedded(_ fields: Fields<EmbeddedKey>) -> EmbeddedSettings {
        var settings = EmbeddedSettings()
        if let node = fields[.listen], let address = serverAddress(node) {
            if address.address.isLoopback {
                settings.listen = address
            } else {
                sink.report(
                    .embeddedListener, at: arena.span(node), label: "is not on loopback",
                    helps: ["listen on 127.0.0.1 or \"[::1]\", or use a name server made for the network"])
            }
        }
        if let node = fields[.negativeTTL], let seconds = timeToLive(node) {
            settings.negativeTimeToLiveSeconds = seconds
        }
        return settings
    }

    private mutating func powerDNS(_ fields: Fields<PowerDNSKey>) -> PowerDNSSettings? {
        let url = fields[.url].flatMap { powerDNSURL($0) }
        let key = fields[.apiKey].flatMap { secret($0) }
        let server = fields[.server].flatMap { text($0, .free) }
        guard let url, let key else { return nil }
        return PowerDNSSettings(url: url, apiKey: key, server: server ?? "localhost")
    }

    private mutating func powerDNSURL(_ node: Int32) -> String? {
        guard let url = url(node, .webURL, schemes: ["https", "http"]) else { return nil }
        if url.scheme == "http", !url.isLoopback {
            sink.report(
                .plainProvider, at: arena.span(node), label: "is plain http, and not on loopback",
                notes: ["the API key would travel with every request, readable on the way"],
                helps: ["write https://, or reach the API through a tunnel that ends on loopback"])
            return nil
        }
        let path = url.path.hasSuffix("/") ? String(url.path.dropLast()) : url.path
        if path.hasSuffix("/api/v1") || path.contains("?") || path.contains("#") {
            sink.report(
                .url, at: arena.span(node), label: "goes beyond the API's base",
                helps: ["write the base only: Signet adds `/api/v1` itself"])
            return nil
        }
        return url.text.hasSuffix("/") ? String(url.text.dropLast()) : url.text
    }

    /// Seconds within RFC 2181 §8.
    mutating func timeToLive(_ node: Int32) -> UInt32? {
        let isBareNumber =
            arena.nodes[Int(arena.resolved(node))].kind == .scalar && Int(arena.text(arena.resolved(node))) != nil
        if isBareNumber {
            let text = arena.text(arena.resolved(node))
            sink.report(
                .notDuration, at: arena.span(node), label: "has a number without a unit",
                helps: ["write `\(text)s` for seconds"])
            return nil
        }
        guard let seconds = durationSeconds(node) else { return nil }
        guard ManifestBounds.timeToLiveSeconds.contains(seconds) else {
            outOfRange(node, "1s to 2147483647s", "RFC 2181 §8: a time to live has 31 bits")
            return nil
        }
        return UInt32(seconds)
    }
}
