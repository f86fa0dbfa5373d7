import Audit
import CLI
import CLinux
import DNS
import DNSProviders
import FoundationEssentials
import Glibc
import Keys
import Manifest
import Operations
import Reconcile
import SendGate
import Storage
import Transport

/// Puts adapters to ports. Nothing is opened here: each closure does its work when an operation asks.
enum Composition {
    static let workspace = TemporaryFolder.workspace

    static func ports(warn: @escaping @Sendable (String) -> Void) -> Ports {
        // A write that has its lease's permit stands in no line: there is room for all reads and writes of a server at once.
        let atOnce = PowerDNSProvider.readsAtOnceMax + PowerDNSProvider.writesAtOnceMax
        let http = HTTPClient(limits: .init(concurrentMax: 2 * atOnce, concurrentPerHostMax: atOnce))
        let files = SystemFiles()
        let secrets = SystemSecrets(warn: warn)
        return Ports(
            clock: SystemClock(), files: files, secrets: secrets,
            network: { manifest, store in try await ManifestNetwork(manifest, store: store, http: http, warn: warn) },
            openStore: { path, access throws(StoreError) in try openStore(path, access, files) },
            provider: { declaration, folder, store, network, writeTimeout in
                try provider(declaration, folder, store, network, secrets, http, writeTimeout: writeTimeout)
            },
            random: random, holder: holder,
            log: LogPort(
                read: { path throws(AuditError) in try ReadOnlySQLiteLog(path: path) },
                write: { path, signer throws(AuditError) in
                    try SQLiteLog(path: path, signer: signer, random: random)
                }),
            delivery: { relay, folder, clientName in
                try await delivery(relay, folder: folder, clientName: clientName, secrets)
            })
    }

    private static func openStore(
        _ path: String, _ access: StoreAccess, _ files: SystemFiles
    ) throws(StoreError) -> any StateStore {
        switch access {
        case .readOnly: return try ReadOnlySQLiteStore(path: path)
        case .readWrite:
            do {
                try files.makeFolder(SystemFiles.split(path).folder)
            } catch {
                throw StoreError(.notWritable, "\(error)")
            }
            return try SQLiteStore(path: path)
        }
    }

    private static func delivery(
        _ relay: RelayDeclaration, folder: String, clientName: String, _ secrets: SystemSecrets
    ) async throws -> any Delivery {
        var credentials: SMTPRelay.Credentials?
        if let username = relay.username, let password = relay.password {
            let octets = try await secrets.secret(password, relativeTo: folder)
            credentials = SMTPRelay.Credentials(
                username: username, password: String(decoding: octets, as: UTF8.self))
        }
        let authorities = relay.certificateAuthorities.map {
            $0.hasPrefix("/") || folder == "." ? $0 : "\(folder)/\($0)"
        }
        guard
            let place = SMTPRelay(
                url: relay.url, isPlain: relay.tls == .none, credentials: credentials, clientName: clientName,
                certificateAuthorities: authorities)
        else { throw StoreError(.other, "\(relay.url) is no relay's URL") }
        return SMTPDelivery(place)
    }

    private static func provider(
        _ declaration: ProviderDeclaration, _ folder: String, _ store: any StateStore, _ network: any DNSNetwork,
        _ secrets: SystemSecrets, _ http: HTTPClient, writeTimeout: Duration
    ) throws -> any ZoneProvider {
        switch declaration.kind {
        case .embedded(let settings):
            guard let zones = store as? any EmbeddedZoneStore else {
                throw StoreError(.unusable, "this store keeps no zones of the embedded provider")
            }
            let apexes = (network as? ManifestNetwork)?.embeddedZones ?? []
            return EmbeddedProvider(
                store: zones, zones: apexes, template: ManifestNetwork.template(settings))
        case .manual:
            return ManualProvider { zone, keys throws(ProviderError) in
                try await ObservedZone(observer: network.observer).recordSets(in: zone, keys: keys)
            }
        case .powerDNS(let settings):
            return PowerDNSProvider(
                baseURL: settings.url, server: settings.server,
                apiKey: {
                    String(decoding: try await secrets.secret(settings.apiKey, relativeTo: folder), as: UTF8.self)
                }, http: http, writeTimeout: writeTimeout)
        }
    }

    /// From the kernel's generator (getrandom(2)), which gives all of it once it is seeded.
    @Sendable private static func random(_ count: Int) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = getrandom(buffer.baseAddress! + filled, count - filled, 0)
                if got > 0 { filled += got }
                precondition(got >= 0 || errno == EINTR, "getrandom failed")
            }
        }
    }

    private static var holder: String {
        var name = [CChar](repeating: 0, count: 256)
        gethostname(&name, name.count - 1)
        let host = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return "\(host), process \(getpid())"
    }
}
