package import DNS
import FoundationEssentials
package import Manifest
package import Reconcile
package import SendGate

/// Everything that an operation needs of the world; the composition root and the tests fill it in.
package struct Ports: Sendable {
    package var clock: any TimeSource
    package var files: any ManifestFiles
    package var secrets: any SecretReader
    /// Makes the DNS client for a manifest's settings.
    package var network: @Sendable (Manifest, any StateStore) async throws -> any DNSNetwork
    /// Opens the store at a path. Read-only never creates or changes anything: a missing file reads as an empty store.
    package var openStore: @Sendable (String, StoreAccess) throws(StoreError) -> any StateStore
    /// The provider of a declaration. Its credentials are read when they are first needed; a request of it that changes
    /// something ends after that time.
    package var provider:
        @Sendable (
            ProviderDeclaration, _ folder: String, any StateStore, any DNSNetwork, _ writeTimeout: Duration
        ) throws -> any ZoneProvider
    /// What hands messages to a relay; its password is read now. The name is what the relay is greeted with.
    package var delivery: DeliveryPort
    /// That many octets from the system's generator.
    package var random: @Sendable (Int) -> [UInt8]
    /// Who this process is, as another apply shows it: `host, process 4711`.
    package var holder: String
    /// Nil where nothing is recorded: the composition root gives it.
    package var log: LogPort?

    package init(
        clock: any TimeSource, files: any ManifestFiles, secrets: any SecretReader,
        network: @escaping @Sendable (Manifest, any StateStore) async throws -> any DNSNetwork,
        openStore: @escaping @Sendable (String, StoreAccess) throws(StoreError) -> any StateStore,
        provider:
            @escaping @Sendable (ProviderDeclaration, String, any StateStore, any DNSNetwork, Duration) throws ->
            any ZoneProvider,
        random: @escaping @Sendable (Int) -> [UInt8], holder: String, log: LogPort? = nil,
        delivery: @escaping DeliveryPort = { _, _, _ in throw StoreError(.other, "this process sends no mail") }
    ) {
        self.clock = clock
        self.files = files
        self.secrets = secrets
        self.network = network
        self.openStore = openStore
        self.provider = provider
        self.delivery = delivery
        self.random = random
        self.holder = holder
        self.log = log
    }
}

package typealias DeliveryPort =
    @Sendable (RelayDeclaration, _ folder: String, _ clientName: String) async throws -> any Delivery

package enum StoreAccess: Sendable {
    case readOnly, readWrite
}

/// Both ways of asking DNS, and the resolvers that convergence is checked against.
package protocol DNSNetwork: ServerQuerying, Resolver {
    /// The stubs of the settings, and those of the embedded responder where a manifest uses it.
    var stubs: [DomainName: [ServerAddress]] { get }
    /// The caching resolvers that delegations are followed with.
    var resolvers: [ResolverAddress] { get }
    /// The caching resolvers that must answer with what is desired at a name before it has converged.
    func checkedResolvers(for name: DomainName) -> [ResolverAddress]
}

extension DNSNetwork {
    /// Asks the authoritative servers that this network finds.
    package var observer: Observer { Observer(querying: self, stubs: stubs, resolvers: resolvers) }
}

/// Reads what a user points at. Errors are sentences for a reader.
package protocol ManifestFiles: Sendable {
    /// The YAML files at a path, file or folder, in the order of their paths; sizes are checked before reading.
    func manifestFiles(at path: String) throws -> [(path: String, octets: [UInt8])]
    func read(_ path: String, octetsMax: Int) throws -> [UInt8]
    /// Whole or not at all: written beside, then renamed. `mode` is the file's permission bits.
    func write(_ octets: [UInt8], to path: String, mode: UInt16, replacing: Bool) throws
    /// As `write`, in pieces: `body` is given what takes them, and nothing is there if it fails.
    func writePieces(
        to path: String, mode: UInt16, replacing: Bool,
        _ body: (_ take: ([UInt8]) throws -> Void) async throws -> Void
    ) async throws
    /// Each line without its line feed, until `body` says false. A line over the bound is an error.
    func readLines(_ path: String, lineOctetsMax: Int, _ body: ([UInt8]) throws -> Bool) throws
    func exists(_ path: String) -> Bool
    func isFolder(_ path: String) -> Bool
}

/// For files that fit into memory, as those of tests do.
extension ManifestFiles {
    package func writePieces(
        to path: String, mode: UInt16, replacing: Bool,
        _ body: (_ take: ([UInt8]) throws -> Void) async throws -> Void
    ) async throws {
        var octets: [UInt8] = []
        try await body { octets += $0 }
        try write(octets, to: path, mode: mode, replacing: replacing)
    }

    package func readLines(_ path: String, lineOctetsMax: Int, _ body: ([UInt8]) throws -> Bool) throws {
        var lines = try read(path, octetsMax: .max).split(separator: 0x0A, omittingEmptySubsequences: false)
        if lines.last?.isEmpty == true { lines.removeLast() }
        for line in lines {
            guard line.count <= lineOctetsMax else { throw LineTooLong(path: path, octetsMax: lineOctetsMax) }
            guard try body(Array(line)) else { return }
        }
    }
}

package struct LineTooLong: Error, CustomStringConvertible {
    let path: String
    let octetsMax: Int

    package init(path: String, octetsMax: Int) {
        self.path = path
        self.octetsMax = octetsMax
    }

    package var description: String { "\(path) has a line of more than \(octetsMax) octets" }
}

/// Resolves a reference; paths are relative to `folder`. The error names the reference, never the secret.
package protocol SecretReader: Sendable {
    func secret(_ reference: SecretReference, relativeTo folder: String) async throws -> [UInt8]
}
