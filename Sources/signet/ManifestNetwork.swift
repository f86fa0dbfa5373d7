import DNS
import DNSProviders
import Manifest
import Operations
import Reconcile
import Transport

/// DNS as a manifest's settings say: its stubs and resolvers, and a responder of this process for the zones of the
/// embedded provider, which runs for as long as this lives.
struct ManifestNetwork: DNSNetwork {
    let stubs: [DomainName: [ServerAddress]]
    let resolvers: [ResolverAddress]
    /// The zones of the embedded providers: one for each of their domains, and for each that is no longer declared and has
    /// records left.
    let embeddedZones: [DomainName]
    private let areResolversConfigured: Bool
    private let client: DNSClient
    private let responders: [DNSResponder]

    /// - Parameter warn: told of a listening address that somebody else has taken.
    init(
        _ manifest: Manifest, store: any StateStore, http: HTTPClient, warn: @Sendable (String) -> Void
    ) async throws {
        let settings = manifest.settings.dns
        var stubs = settings.stubs
        var zones: [DomainName] = []
        var responders: [DNSResponder] = []
        for (id, declaration) in manifest.providers.sorted(by: { $0.key.description < $1.key.description }) {
            guard case .embedded(let embedded) = declaration.kind else { continue }
            guard let zoneStore = store as? any EmbeddedZoneStore else { continue }
            var own = manifest.domains.filter { $0.provider == id }.map(\.name)
            // Whose they were nobody remembers, and all embedded providers keep their zones in one place.
            if responders.isEmpty { own += try await Self.forgottenZones(manifest, store, zoneStore) }
            guard !own.isEmpty else { continue }
            let source = EmbeddedZones(store: zoneStore, zones: own, template: Self.template(embedded))
            let responder = try Self.responder(embedded.listen, source, warn)
            for zone in own where stubs[zone] == nil { stubs[zone] = [responder.address] }
            zones += own
            responders.append(responder)
        }
        self.stubs = stubs
        self.responders = responders
        embeddedZones = zones
        areResolversConfigured = !settings.resolvers.isEmpty
        resolvers =
            areResolversConfigured ? settings.resolvers : SystemResolvers.read().map { ResolverAddress.server($0) }
        client = DNSClient(
            limits: DNSLimits(timeout: settings.timeout, attempts: settings.attempts), stubs: stubs,
            resolvers: resolvers, httpClient: http)
    }

    private static func forgottenZones(
        _ manifest: Manifest, _ store: any StateStore, _ zones: any EmbeddedZoneStore
    ) async throws -> [DomainName] {
        let declared = Set(manifest.domains.map(\.name))
        var forgotten: [DomainName] = []
        for name in try await store.ledgerDomains() where !declared.contains(name) {
            if try await zones.embeddedRecordSets(in: name, keys: []) != nil { forgotten.append(name) }
        }
        return forgotten
    }

    static func template(_ settings: EmbeddedSettings) -> EmbeddedZoneTemplate {
        EmbeddedZoneTemplate(
            negativeTimeToLiveSeconds: settings.negativeTimeToLiveSeconds,
            address: settings.listen?.address ?? .v4(0x7F00_0001))
    }

    /// Another command on the same state serves the same zones: where it has the port already, this process asks a
    /// responder of its own on any free one.
    private static func responder(
        _ listen: ServerAddress?, _ source: EmbeddedZones, _ warn: @Sendable (String) -> Void
    ) throws -> DNSResponder {
        guard let listen else { return try DNSResponder(zones: source) }
        do {
            return try DNSResponder(listen: listen, zones: source)
        } catch {
            warn("the embedded provider asks a port of its own instead: \(error)")
            return try DNSResponder(listen: ServerAddress(address: listen.address, port: 0), zones: source)
        }
    }

    /// Those of the machine know nothing of a name that a stub covers.
    func checkedResolvers(for name: DomainName) -> [ResolverAddress] {
        areResolversConfigured || client.stubServers(for: name) == nil ? resolvers : []
    }

    func ask(_ questions: [ServerQuestion]) async -> [ServerReply] { await client.ask(questions) }

    func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        await client.ask(resolver, questions)
    }

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer { await client.look(up: name, type) }
}
