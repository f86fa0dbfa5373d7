import Audit
import DNS
import DNSProviders
import FoundationEssentials
import Glibc
import Keys
import MailAuth
import Manifest
import Operations
import Reconcile
import Storage
import Synchronization
import TestSupport
import Transport

/// Signet on a state file of its own, with the embedded provider, whose zones are asked without sockets, and a clock that
/// only the test moves.
final class RotationLab: Sendable {
    static let domain = DomainName(canonical: "d.example")

    let clock = SteppedClock()
    let folder: String
    private let manifest = Mutex("")
    /// What the provider was asked for, each time.
    let asked = Mutex<[[RecordSetKey]]>([])
    /// How long a write of the provider made last may take.
    let writeTimeout = Mutex<Duration?>(nil)
    /// Called when an operation opens the log, which is before it writes the first change that the log has too.
    let whenLogOpens = Mutex<(@Sendable () -> Void)?>(nil)
    /// A server that all questions time out at, while it is set.
    let isSilent = Mutex(false)
    /// Names that no question about is answered.
    let silentNames = Mutex<Set<String>>([])
    /// How far the clock goes on with each question, in seconds.
    let secondsAQuestion = Mutex(0.0)
    /// Why the provider does not list what it holds.
    let listFailure = Mutex<ProviderError?>(nil)

    init(
        dkim: String = "{ selector_prefix: mm, keys: [ed25519], rotate_every: 90d, overlap: 7d }", more: String = ""
    ) throws {
        folder = try ChildProcess.run("/bin/bash", ["-c", "mktemp -d"]).output.split(separator: "\n").map(String.init)[
            0]
        declare(dkim: dkim, more: more)
    }

    deinit { _ = try? ChildProcess.run("/bin/bash", ["-c", "rm -r \"$0\"", folder]) }

    func declare(text: String) { manifest.withLock { $0 = text } }

    /// - Parameter spf: and further members of the domain.
    func declare(dkim: String?, spf: String = "{ ip4: [192.0.2.1], all: fail }", ttl: String = "1s", more: String = "")
    {
        manifest.withLock {
            $0 = """
                version: 1
                settings: { state: "\(folder)/state.db", keyring: { key: { env: KEK } }, dns: { resolvers: [] } }
                providers: { lab: { type: embedded, negative_ttl: 1s } }
                domains:
                  d.example:
                    provider: lab
                    ttl: \(ttl)
                    \(dkim.map { "dkim: \($0)\n    spf: \(spf)" } ?? "sends: false")
                \(more)
                """
        }
    }

    var signet: Signet {
        let isSilent: @Sendable (DomainName) -> Bool = { [weak self] name in
            guard let self else { return true }
            clock.advance(days: secondsAQuestion.withLock { $0 } / 86_400)
            return self.isSilent.withLock { $0 } || silentNames.withLock { $0.contains(name.text) }
        }
        return Signet(
            ports: Ports(
                clock: clock, files: Files(text: manifest.withLock { $0 }), secrets: Secrets(),
                network: { _, store in
                    Network(
                        zones: EmbeddedZones(
                            store: store as! any EmbeddedZoneStore, zones: [Self.domain], template: Self.template),
                        isSilent: isSilent)
                },
                openStore: { path, access throws(StoreError) in
                    switch access {
                    case .readOnly: try ReadOnlySQLiteStore(path: path)
                    case .readWrite: try SQLiteStore(path: path)
                    }
                },
                provider: { [weak self] _, _, store, _, writeTimeout in
                    self?.writeTimeout.withLock { $0 = writeTimeout }
                    return AskedProvider(
                        provider: EmbeddedProvider(
                            store: store as! any EmbeddedZoneStore, zones: [Self.domain], template: Self.template)
                    ) { [weak self] keys throws(ProviderError) in
                        self?.asked.withLock { $0.append(keys) }
                        if let failure = self?.listFailure.withLock({ $0 }) { throw failure }
                    }
                },
                random: { (0..<$0).map { _ in .random(in: 0...255) } }, holder: "test",
                log: LogPort(
                    read: { path throws(AuditError) in try ReadOnlySQLiteLog(path: path) },
                    write: { [weak self] path, signer throws(AuditError) in
                        self?.whenLogOpens.withLock { $0 }?()
                        return try SQLiteLog(path: path, signer: signer) { (0..<$0).map { _ in .random(in: 0...255) } }
                    })))
    }

    static let template = EmbeddedZoneTemplate(negativeTimeToLiveSeconds: 1)
    static let scope = Scope(manifestPath: "signet.yaml")
    /// Longer than any one apply of these tests takes: the lease is never renewed.
    static let lease = LeaseKeeper.durationMax

    // MARK: what tests ask and do

    @discardableResult
    func apply(waits: Bool = true) async throws -> ApplyReport { try await apply(wait: waits ? .seconds(60) : nil) }

    @discardableResult
    func apply(wait: Duration?) async throws -> ApplyReport {
        try await signet.apply(
            Self.scope, options: ApplyOptions(wait: wait, leaseDuration: Self.lease), progress: { _ in })
    }

    func plan() async throws -> PlanReport {
        try await signet.plan(Self.scope, options: PlanOptions(), progress: { _ in })
    }

    func states() async throws -> [DomainState] { try await signet.verify(Self.scope, progress: { _ in }) }

    /// `mm1 active`, in their order.
    func keys() async throws -> [String] {
        try await signet.keys(Self.scope).filter { $0.id.purpose == .dkim }.map {
            "\($0.id.selector) \($0.state.rawValue)"
        }
    }

    /// What DNS serves at a selector: `key`, `revoked`, or nothing.
    func served(_ selector: String) async throws -> String? {
        let name = DomainName(canonical: "\(selector)._domainkey.d.example")
        switch await (try network()).look(up: name, .txt) {
        case .found(let data, _):
            guard data.count == 1, case .txt(let text) = data[0] else { return "\(data)" }
            return try DKIMRecord(octets: text.joined).publicKey == nil ? "revoked" : "key"
        case .noData, .noSuchName: return nil
        case .failed(let reason): return "failed: \(reason)"
        }
    }

    func zones() throws -> EmbeddedZones {
        EmbeddedZones(store: try SQLiteStore(path: "\(folder)/state.db"), zones: [Self.domain], template: Self.template)
    }

    /// As somebody else puts it there.
    func put(_ sets: [RecordSet]) async throws {
        let provider = EmbeddedProvider(
            store: try SQLiteStore(path: "\(folder)/state.db"), zones: [Self.domain], template: Self.template)
        _ = await provider.write(
            sets.map { RecordSetWrite(key: $0.key, expected: nil, replacement: $0) }, in: Self.domain,
            permit: { true })
    }

    /// As somebody else takes it away.
    func remove(_ key: RecordSetKey) async throws {
        let provider = EmbeddedProvider(
            store: try SQLiteStore(path: "\(folder)/state.db"), zones: [Self.domain], template: Self.template)
        let standing = try await provider.recordSets(in: Self.domain, keys: [key])
        _ = await provider.write(
            [RecordSetWrite(key: key, expected: standing[key], replacement: nil)], in: Self.domain, permit: { true })
    }

    func network() throws -> Network { Network(zones: try zones(), isSilent: { _ in false }) }

    /// `key.generated mm1`, from the oldest on.
    func keyEvents() async throws -> [String] {
        let log = try ReadOnlySQLiteLog(path: "\(folder)/state.db")
        let kinds = LogKind.allCases.filter { $0.family == "key" }
        let page = try await log.records(LogQuery(kinds: Set(kinds)))
        return page.records.sorted { $0.index < $1.index }.map { record in
            guard case .text(let selector)? = record.content.details["selector"] else {
                return record.content.kind.rawValue
            }
            return "\(record.content.kind.rawValue) \(selector)"
        }
    }

    /// A message of the domain, signed with whatever signs now.
    func signed() async throws -> Message {
        let text =
            "From: a@d.example\r\nTo: b@x.example\r\nSubject: s\r\nDate: Tue, 24 Nov 2026 12:00:00 +0000\r\n\r\nBody.\r\n"
        let report = try await signet.signMail(
            MailSignRequest(
                message: Array(text.utf8), keys: .keyring(manifestPath: "signet.yaml", selectors: [])))
        return Message(report.message)
    }

    /// `mm1 pass`, one for each signature.
    func verdicts(_ message: Message) async throws -> [String] {
        await DKIMVerifier(resolver: try network()).verify(message, unixTime: Int64(clock.now().timeIntervalSince1970))
            .map { "\($0.signature?.selector ?? "?") \($0.verdict.name)" }
    }
}

/// Tells what it is asked for.
private struct AskedProvider: ZoneProvider {
    let provider: EmbeddedProvider
    let note: @Sendable ([RecordSetKey]) throws(ProviderError) -> Void

    func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        try note(keys)
        return try await provider.recordSets(in: zone, keys: keys)
    }

    func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        await provider.write(writes, in: zone, permit: permit)
    }
}

/// Stands still until a test moves it, or until somebody sleeps for seconds, as those do who wait for convergence. Who
/// sleeps for longer renews a lease, and sleeps for good.
final class SteppedClock: TimeSource {
    /// Long enough ago that what other implementations are shown is not signed in their future.
    private let time = Mutex(Date(timeIntervalSince1970: 1_770_000_000))

    /// Called when somebody has waited.
    let onSleep = Mutex<(@Sendable () async -> Void)?>(nil)

    func now() -> Date { time.withLock { $0 } }

    func sleep(until wanted: Date) async throws {
        try Task.checkCancellation()
        guard wanted.timeIntervalSince(now()) <= 5 else {
            // Until cancelled.
            try await Task.sleep(for: .seconds(86_400))
            return
        }
        time.withLock { $0 = max($0, wanted) }
        if let hook = onSleep.withLock({ $0 }) { await hook() }
        await Task.yield()
    }

    func advance(days: Double) { time.withLock { $0 += days * 86_400 } }
}

struct Network: DNSNetwork {
    let zones: EmbeddedZones
    let isSilent: @Sendable (DomainName) -> Bool

    static let server = ServerAddress("192.0.2.53")!
    var stubs: [DomainName: [ServerAddress]] { [RotationLab.domain: [Self.server]] }
    var resolvers: [ResolverAddress] { [] }
    func checkedResolvers(for name: DomainName) -> [ResolverAddress] { [] }

    func ask(_ questions: [ServerQuestion]) async -> [ServerReply] {
        var replies: [ServerReply] = []
        for question in questions {
            guard !isSilent(question.name) else {
                replies.append(.failed(.timedOut))
                continue
            }
            let answer =
                switch await zones.answer(question.name, question.type) {
                case .records(let set):
                    ServerAnswer(outcome: .records(set), isAuthoritative: true, authority: Self.authority(set))
                case .alias(let target, let seconds):
                    ServerAnswer(outcome: .alias(target, timeToLiveSeconds: seconds), isAuthoritative: true)
                case .noData(let authority):
                    ServerAnswer(outcome: .noData, isAuthoritative: true, authority: authority)
                case .noSuchName(let authority):
                    ServerAnswer(outcome: .noSuchName, isAuthoritative: true, authority: authority)
                case .referral(let cut, _):
                    ServerAnswer(outcome: .referral(cut.name, nameServers: []), isAuthoritative: false)
                case .refused, .failed: ServerAnswer(outcome: .noSuchName, isAuthoritative: false)
                }
            replies.append(.answer(answer))
        }
        return replies
    }

    private static func authority(_ set: RecordSet) -> ZoneAuthority? {
        guard case .soa(let soa)? = set.data.first else { return nil }
        return ZoneAuthority(apex: set.name, startOfAuthority: soa, timeToLiveSeconds: set.timeToLiveSeconds)
    }

    func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        questions.map { _ in .failed(.timedOut) }
    }

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        switch await zones.answer(name, type) {
        case .records(let set): .found(set.data, timeToLiveSeconds: set.timeToLiveSeconds)
        case .noData: .noData
        case .failed: .failed("the zone cannot be read")
        case .alias, .noSuchName, .referral, .refused: .noSuchName
        }
    }
}

private struct Files: ManifestFiles {
    struct Missing: Error {}

    let text: String

    func manifestFiles(at path: String) throws -> [(path: String, octets: [UInt8])] { [(path, Array(text.utf8))] }
    func read(_ path: String, octetsMax: Int) throws -> [UInt8] { throw Missing() }
    func write(_ octets: [UInt8], to path: String, mode: UInt16, replacing: Bool) throws { throw Missing() }
    func exists(_ path: String) -> Bool { access(path, F_OK) == 0 }
    func isFolder(_ path: String) -> Bool { false }
}

private struct Secrets: SecretReader {
    func secret(_ reference: SecretReference, relativeTo folder: String) async throws -> [UInt8] {
        Array(String(repeating: "ab", count: 32).utf8)
    }
}
