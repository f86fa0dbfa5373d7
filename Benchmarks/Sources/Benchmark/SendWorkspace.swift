import Audit
import CLinux
import DNS
import FoundationEssentials
import Glibc
import Keys
import Manifest
import Operations
import Reconcile
import SendGate
import Storage
import Transport

/// A folder with everything that a released message needs: keys, an agent, and a domain that was found aligned a moment
/// ago. Real store, real log, real keys, real SMTP; DNS is asked by nobody while the observation is young enough.
struct SendWorkspace {
    let signet: Signet
    let scope: Scope
    let store: SQLiteStore
    let agent: AgentRegistration
    let keyring: Keyring
    let statePath: String

    static let domain = "mail.example.com"
    private static let keyEncryptionKey = String(repeating: "5a", count: 32)

    init(folder: String, relayPort: Int) async throws {
        let manifestPath = folder + "/signet.yaml"
        statePath = folder + "/state.db"
        let text = """
            version: 1
            settings: { state: state.db, keyring: { key: { env: SIGNET_KEY } } }
            providers: { by-hand: { type: manual } }
            relays:
              sink: { url: "smtp://127.0.0.1:\(relayPort)", tls: none, egress: [192.0.2.10] }
            domains:
              \(Self.domain):
                provider: by-hand
                relay: sink
                spf: { all: fail, include: [spf.example.net] }
            agents:
              writer:
                domain: \(Self.domain)
                addresses: [writer@\(Self.domain)]
                oversight: autonomous
                model: { provider: example, name: writer-large, version: "2026-09-01" }
                owner: growth@\(Self.domain)
            """
        let ports = Ports(
            clock: MachineClock(), files: OneManifest(path: manifestPath, text: text),
            secrets: OneSecret(octets: Array(Self.keyEncryptionKey.utf8)),
            network: { _, _ in SilentNetwork() },
            openStore: { path, access throws(StoreError) in
                switch access {
                case .readOnly: try ReadOnlySQLiteStore(path: path)
                case .readWrite: try SQLiteStore(path: path)
                }
            },
            provider: { _, _, _, _, _ in throw StoreError(.other, "no provider is asked here") },
            random: Self.random, holder: "benchmark",
            log: LogPort(
                read: { path throws(AuditError) in try ReadOnlySQLiteLog(path: path) },
                write: { path, signer throws(AuditError) in
                    try SQLiteLog(path: path, signer: signer, random: Self.random)
                }),
            delivery: { relay, _, name in
                guard let place = SMTPRelay(url: relay.url, isPlain: true, credentials: nil, clientName: name) else {
                    throw StoreError(.other, "\(relay.url) is no relay's URL")
                }
                return SMTPDelivery(place)
            })
        signet = Signet(ports: ports)
        scope = Scope(manifestPath: manifestPath)
        store = try SQLiteStore(path: statePath)
        keyring = Keyring(store: store, keyEncryptionKey: try KeyEncryptionKey(text: Array(Self.keyEncryptionKey.utf8)))
        guard let manifest = try signet.validate(scope).manifest, let declaration = manifest.agents.first else {
            throw StoreError(.other, "the benchmark's manifest is not valid: \(try signet.validate(scope).diagnostics)")
        }
        agent = AgentRegistration(declaration, since: Date())
        try await prepare()
    }

    private func prepare() async throws {
        let now = Date()
        let ids: [(KeyID, KeyAlgorithm)] = [
            (KeyID(domain: Self.domain, selector: "mm1"), .rsa2048),
            (KeyID(domain: Self.domain, selector: "mm2"), .ed25519),
            (KeyID(domain: Self.domain, selector: "k1.writer", purpose: .agent), .ed25519),
            (LogKey.id, LogKey.algorithm),
        ]
        _ = try await keyring.generate(ids, at: now)
        let mail = ids.prefix(3).map(\.0)
        try await store.setState(of: mail, from: .generated, to: .published, at: now)
        try await store.setState(of: mail, from: .published, to: .active, at: now)
        guard case .acquired(let lease) = try await store.acquireLease(holder: "benchmark", at: now, for: .seconds(60))
        else { throw StoreError(.busy, "somebody holds the lease") }
        _ = try await store.recordAgents(
            [AgentWrite(expected: nil, registration: agent)], under: lease, at: now)
        try await store.releaseLease(lease)
        try await observe()
    }

    /// As the send path records it after a look at DNS.
    func observe() async throws {
        try await store.record(
            ObservedAlignment(
                domain: Self.domain, observedAt: Date(), convergence: .converged, alignment: .aligned, finding: ""))
    }

    func log() async throws -> SQLiteLog {
        try SQLiteLog(path: statePath, signer: try await keyring.signer(for: LogKey.id), random: Self.random)
    }

    /// A request with so many octets of text.
    static func request(octets: Int) -> SendRequest {
        var fields = SendRequest.Fields()
        fields.to = [SendRequest.Mailbox("ada@receiver.example", name: "Ada Example")]
        fields.subject = "Your account is ready, and what comes next"
        let line = "The quick brown fox jumps over the lazy dog, and then it does so once again.\n"
        fields.text = String(repeating: line, count: max(1, octets / line.utf8.count))
        return SendRequest(agent: "writer", content: .fields(fields))
    }

    static let random: @Sendable (Int) -> [UInt8] = { count in
        [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            while filled < count {
                let got = getrandom(buffer.baseAddress! + filled, count - filled, 0)
                if got > 0 { filled += got }
            }
        }
    }
}

private struct MachineClock: TimeSource {
    func now() -> Date { Date() }
    func sleep(until time: Date) async throws { try await Task.sleep(for: .seconds(time.timeIntervalSinceNow)) }
}

private struct OneManifest: ManifestFiles {
    let path: String
    let text: String

    struct NoFile: Error {}

    func manifestFiles(at path: String) throws -> [(path: String, octets: [UInt8])] { [(path, Array(text.utf8))] }
    func read(_ path: String, octetsMax: Int) throws -> [UInt8] { throw NoFile() }
    func write(_ octets: [UInt8], to path: String, mode: UInt16, replacing: Bool) throws { throw NoFile() }
    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
    func isFolder(_ path: String) -> Bool { false }
}

private struct OneSecret: SecretReader {
    let octets: [UInt8]
    func secret(_ reference: SecretReference, relativeTo folder: String) async throws -> [UInt8] { octets }
}

/// Answers nothing: whoever asks has let the observation grow too old.
private struct SilentNetwork: DNSNetwork {
    var stubs: [DomainName: [ServerAddress]] { [:] }
    var resolvers: [ResolverAddress] { [] }
    func checkedResolvers(for name: DomainName) -> [ResolverAddress] { [] }
    func ask(_ questions: [ServerQuestion]) async -> [ServerReply] { fatalError("DNS was asked") }
    func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        fatalError("DNS was asked")
    }
    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer { fatalError("DNS was asked") }
}
