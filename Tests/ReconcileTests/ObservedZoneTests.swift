import DNS
import TestSupport
import Testing

@testable import Reconcile

@Suite("What stands in a zone that a person edits")
struct ObservedZoneTests {
    static let apex = ObserverTests.apex
    static let (one, two) = (ObserverTests.one, ObserverTests.two)

    static func texts(_ name: String, _ text: String) -> RecordSet {
        RecordSet(DomainName(canonical: name), .txt, timeToLiveSeconds: 60, data: [.txt(TXTValue(text))])
    }

    static func alias(_ name: String, _ target: String) -> RecordSet {
        RecordSet(
            DomainName(canonical: name), .cname, timeToLiveSeconds: 60,
            data: [.cname(DomainName(canonical: target))])
    }

    static func look(
        _ network: TableNetwork, _ names: String...
    ) async throws -> [Result<RecordSet?, ProviderError>?] {
        let zone = ObservedZone(observer: ObserverTests.observer(network, stubs: [apex: [one, two]]))
        let keys = names.map { RecordSetKey(DomainName(canonical: $0), .txt) }
        let found = try await zone.recordSets(in: apex, keys: keys)
        return keys.map { found[$0] }
    }

    @Test("as in a plan, what a wildcard answers is nothing; a real alias ends one record set alone")
    func wildcards() async throws {
        let network = TableNetwork()
        let standing = Self.texts("here.d.example", "x")
        for server in [Self.one, Self.two] {
            // What a server makes of a wildcard stands at the names too: the tables know none.
            network.serve(
                .init(
                    Self.apex,
                    sets: [
                        Self.alias("*.d.example", "host.example"), Self.alias("_dmarc.d.example", "host.example"),
                        Self.alias("other.d.example", "elsewhere.example"), standing,
                        Self.texts("*.a.d.example", "w"), Self.texts("_dmarc.a.d.example", "w"),
                    ]), at: server)
        }
        let found = try await Self.look(
            network, "_dmarc.d.example", "_dmarc.a.d.example", "other.d.example", "here.d.example", "none.d.example")
        #expect(
            found == [
                .success(nil), .success(nil),
                .failure(ProviderError(.rejected, "other.d.example is an alias of elsewhere.example")),
                .success(standing), .success(nil),
            ])
    }

    @Test("a server that does not answer has no say; servers that differ leave it unknown, for that record set alone")
    func servers() async throws {
        let network = TableNetwork()
        let standing = Self.texts("here.d.example", "x")
        for server in [Self.one, Self.two] { network.serve(.init(Self.apex, sets: [standing]), at: server) }
        network.put(Self.texts("late.d.example", "new"), at: Self.one)
        let differing = try await Self.look(network, "here.d.example", "late.d.example")
        #expect(differing[0] == .success(standing))
        guard case .failure(let error) = differing[1] else {
            Issue.record("\(differing)")
            return
        }
        #expect(error.message.contains("do not answer alike"))
        network.fail(Self.two, .timedOut)
        let first = try await Self.look(network, "here.d.example", "late.d.example")
        #expect(first == [.success(standing), .success(Self.texts("late.d.example", "new"))])
    }
}
