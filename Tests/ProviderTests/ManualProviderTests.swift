import DNS
import DNSProviders
import Testing

@Suite("A person who edits the zone")
struct ManualProviderTests {
    static let zone = DomainName(canonical: "d.example")
    static let alias = ProviderError(.rejected, "a.d.example is an alias of other.example")

    static func set(_ label: String) -> RecordSet {
        RecordSet(
            DomainName(canonical: "\(label).d.example"), .txt, timeToLiveSeconds: 60, data: [.txt(TXTValue(label))])
    }

    /// `a` is an alias, `b` stands, nothing else does.
    static let provider = ManualProvider { _, keys in
        Dictionary(
            uniqueKeysWithValues: keys.map { key in
                switch key {
                case set("a").key: (key, .failure(alias))
                case set("b").key: (key, .success(set("b")))
                default: (key, .success(nil))
                }
            })
    }

    @Test("what is not known of one record set ends the write of that one alone")
    func oneFails() async throws {
        let outcomes = await Self.provider.write(
            ["a", "b", "c"].map { RecordSetWrite(key: Self.set($0).key, expected: nil, replacement: Self.set($0)) },
            in: Self.zone, permit: { true })
        #expect(outcomes[0] == .failed(Self.alias))
        #expect(outcomes[1] == .alreadyThere)
        guard case .handedOver = outcomes[2] else {
            Issue.record("\(outcomes[2])")
            return
        }
    }

    @Test("asked what stands, it does not take the unknown for absent")
    func unknown() async throws {
        let keys = ["a", "b", "c"].map { Self.set($0).key }
        await #expect(throws: Self.alias) { try await Self.provider.recordSets(in: Self.zone, keys: keys) }
        let known = try await Self.provider.recordSets(in: Self.zone, keys: Array(keys.dropFirst()))
        #expect(known == [keys[1]: Self.set("b")])
    }
}
