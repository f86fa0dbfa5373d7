import DNS
import Diagnostics

extension ManifestReader {
    mutating func readSettings(_ sections: [Int32]) {
        var fields = Fields<SettingsKey>()
        for section in sections { add(section, to: &fields) }
        var settings = Settings()
        if let node = fields[.state], let path = text(node, .path) { settings.statePath = path }
        if let node = fields[.keyring],
            let keyring = self.fields(KeyringKey.self, of: node, owner: fields.key(.keyring)!)
        {
            settings.keyEncryptionKey = keyring[.key].flatMap { secret($0) }
        }
        if let node = fields[.dns], let dns = self.fields(DNSKey.self, of: node, owner: fields.key(.dns)!) {
            settings.dns = dnsSettings(dns)
        }
        if let node = fields[.deletionsMax], let value = integer(node, ManifestBounds.deletions) {
            settings.deletionsMax = value
        }
        draft.manifest.settings = settings
    }

    private mutating func dnsSettings(_ fields: Fields<DNSKey>) -> DNSSettings {
        var settings = DNSSettings()
        if let node = fields[.stubs], expectMapping(node, "the stubs") {
            var places: [DomainName: Int32] = [:]
            let mapping = arena.resolved(node)
            if arena.nodes[Int(mapping)].hasMerge { checkMerges(mapping) }
            for pair in arena.pairs(mapping) {
                guard arena.nodes[Int(pair.key)].kind == .scalar else {
                    complexKey(pair.key)
                    continue
                }
                let isRoot = arena.octetsEqual(pair.key, ".")
                guard let zone = isRoot ? .root : domainName(pair.key, .service, .zone) else { continue }
                let servers = list(pair.value, of: "the zone's servers", minimum: 1) { $0.serverAddress($1) }
                if let first = places[zone] {
                    duplicateKey(pair.key, first: first, name: zone.description)
                } else {
                    places[zone] = pair.key
                    settings.stubs[zone] = servers ?? []
                }
            }
        }
        if let node = fields[.resolvers] {
            settings.resolvers = list(node, of: "resolvers") { $0.resolver($1) } ?? []
        }
        if let node = fields[.timeout], let seconds = durationSeconds(node) {
            if ManifestBounds.timeoutSeconds.contains(seconds) {
                settings.timeout = .seconds(seconds)
            } else {
                outOfRange(node, "1s to 60s", nil)
            }
        }
        if let node = fields[.attempts], let value = integer(node, ManifestBounds.attempts) {
            settings.attempts = value
        }
        return settings
    }

    private mutating func resolver(_ node: Int32) -> ResolverAddress? {
        guard let target = scalar(node, TextKind.resolver.name) else { return nil }
        guard arena.text(target).contains("://") else { return serverAddress(node).map { .server($0) } }
        guard let url = url(node, .secureURL, schemes: ["https", "http"]) else { return nil }
        if url.scheme == "http", !url.isLoopback {
            sink.report(
                .plainResolver, at: arena.span(node), label: "is plain http, and not on loopback",
                notes: ["RFC 8484 §5 has DNS over HTTPS use https"], helps: ["write https://"])
            return nil
        }
        return .https(url.text)
    }
}
