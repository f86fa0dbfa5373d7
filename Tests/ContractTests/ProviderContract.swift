import DNS
import Foundation
import TestSupport
import Testing
import Transport

/// A new zone at a provider, and ways to look at it that do not go through the provider.
struct ProviderFixture: Sendable {
    var provider: any ZoneProvider
    var zone: DomainName
    /// A zone that the provider does not hold.
    var foreignZone: DomainName
    /// Where the zone is served.
    var server: ServerAddress
    var dns: DNSClient

    /// What DNS serves: octet for octet, with the split of TXT data.
    func served(_ key: RecordSetKey) async -> RecordSet? {
        let replies = await dns.ask([ServerQuestion(server: server, name: key.name, type: key.type)])
        guard case .answer(let answer) = replies[0], case .records(let set) = answer.outcome else { return nil }
        return set
    }

    func key(_ labels: String, _ type: RecordType = .txt) -> RecordSetKey {
        RecordSetKey(labels.isEmpty ? zone : try! zone.prepending(labels), type)
    }

    func text(_ labels: String, _ values: TXTValue..., seconds: UInt32 = 300) -> RecordSet {
        RecordSet(key(labels), timeToLiveSeconds: seconds, data: values.map { .txt($0) })
    }

    /// One write that is allowed.
    func put(_ set: RecordSet, over expected: RecordSet? = nil) async -> RecordSetWriteOutcome {
        await provider.write(
            [RecordSetWrite(key: set.key, expected: expected, replacement: set)], in: zone, permit: { true })[0]
    }
}

/// What every provider must do (DNS/ZoneProvider.swift). A new one makes a `ProviderFixture` and runs these.
struct ProviderCheck: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let run: @Sendable (ProviderFixture) async throws -> Void

    init(_ description: String, _ run: @escaping @Sendable (ProviderFixture) async throws -> Void) {
        testDescription = description
        self.run = run
    }
}

enum ProviderContract {
    static let checks = life + refusals + batches + data

    // MARK: One record set

    private static let life = [
        ProviderCheck("a set is created, read, changed and deleted") { (fixture) async throws in
            let one = fixture.text("a", TXTValue("one"))
            let two = fixture.text("a", TXTValue("two"), TXTValue("three"), seconds: 60)
            #expect(try await fixture.provider.recordSets(in: fixture.zone, keys: [one.key]) == [:])
            #expect(await fixture.put(one) == .written)
            #expect(try await fixture.provider.recordSets(in: fixture.zone, keys: [one.key]) == [one.key: one])
            #expect(await fixture.served(one.key) == one)
            #expect(await fixture.put(two, over: one) == .written)
            #expect(await fixture.served(one.key) == two)
            let delete = RecordSetWrite(key: one.key, expected: two, replacement: nil)
            #expect(await fixture.provider.write([delete], in: fixture.zone, permit: { true }) == [.written])
            #expect(try await fixture.provider.recordSets(in: fixture.zone, keys: [one.key]) == [:])
            #expect(await fixture.served(one.key) == nil)
        },
        ProviderCheck("only the time to live changes") { (fixture) async throws in
            let long = fixture.text("a", TXTValue("x"), seconds: 3600)
            let short = fixture.text("a", TXTValue("x"), seconds: 5)
            #expect(await fixture.put(long) == .written)
            #expect(await fixture.put(short, over: long) == .written)
            #expect(await fixture.served(short.key)?.timeToLiveSeconds == 5)
        },
        ProviderCheck("what stands there already is not written again, and needs no permit") { (fixture) async throws in
            let set = fixture.text("a", TXTValue("x"), TXTValue("y"))
            var reversed = set
            reversed.data.reverse()
            #expect(await fixture.put(set) == .written)
            let writes = [
                RecordSetWrite(key: set.key, expected: nil, replacement: reversed),
                RecordSetWrite(key: fixture.key("b"), expected: set, replacement: nil),
            ]
            #expect(
                await fixture.provider.write(writes, in: fixture.zone, permit: { false })
                    == [.alreadyThere, .alreadyThere])
        },
        ProviderCheck("a name and type of its own: other types at the name stay") { (fixture) async throws in
            let text = fixture.text("a", TXTValue("x"))
            let address = RecordSet(
                fixture.key("a", .a), timeToLiveSeconds: 60, data: [.a(.v4(0xC000_0201)), .a(.v4(0xC000_0202))])
            #expect(await fixture.put(text) == .written)
            #expect(await fixture.put(address) == .written)
            let delete = RecordSetWrite(key: text.key, expected: text, replacement: nil)
            #expect(await fixture.provider.write([delete], in: fixture.zone, permit: { true }) == [.written])
            #expect(await fixture.served(address.key) == address)
            #expect(
                try await fixture.provider.recordSets(in: fixture.zone, keys: [text.key, address.key])
                    == [address.key: address])
        },
    ]

    // MARK: What is not written

    private static let refusals = [
        ProviderCheck("another content is a conflict, and stays") { (fixture) async throws in
            let standing = fixture.text("a", TXTValue("theirs"))
            #expect(await fixture.put(standing) == .written)
            let ours = fixture.text("a", TXTValue("ours"))
            #expect(await fixture.put(ours) == .conflict(found: standing))
            #expect(await fixture.put(ours, over: fixture.text("a", TXTValue("x"))) == .conflict(found: standing))
            // The time to live is part of what was expected.
            let other = fixture.text("a", TXTValue("theirs"), seconds: 301)
            #expect(await fixture.put(ours, over: other) == .conflict(found: standing))
            let delete = RecordSetWrite(key: ours.key, expected: ours, replacement: nil)
            #expect(
                await fixture.provider.write([delete], in: fixture.zone, permit: { true })
                    == [.conflict(found: standing)])
            #expect(await fixture.put(fixture.text("b", TXTValue("x")), over: ours) == .conflict(found: nil))
            #expect(await fixture.served(standing.key) == standing)
        },
        ProviderCheck("without a permit nothing is sent") { (fixture) async throws in
            let set = fixture.text("a", TXTValue("x"))
            let write = RecordSetWrite(key: set.key, expected: nil, replacement: set)
            #expect(await fixture.provider.write([write], in: fixture.zone, permit: { false }) == [.notPermitted])
            #expect(await fixture.served(set.key) == nil)
        },
        ProviderCheck("a zone of somebody else") { (fixture) async throws in
            let key = RecordSetKey(fixture.foreignZone, .txt)
            let error = await #expect(throws: ProviderError.self) {
                try await fixture.provider.recordSets(in: fixture.foreignZone, keys: [key])
            }
            #expect(error?.code == .noSuchZone)
            #expect(error?.message.contains(fixture.foreignZone.description) == true)
            let set = RecordSet(key, timeToLiveSeconds: 60, data: [.txt(TXTValue("x"))])
            let outcomes = await fixture.provider.write(
                [RecordSetWrite(key: key, expected: nil, replacement: set)], in: fixture.foreignZone,
                permit: { true })
            guard case .failed(let failure) = outcomes[0] else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(failure.code == .noSuchZone)
        },
        ProviderCheck("an alias beside data is refused, and the rest of the call done") { (fixture) async throws in
            let standing = fixture.text("a", TXTValue("x"))
            #expect(await fixture.put(standing) == .written)
            let alias = RecordSet(
                fixture.key("a", .cname), timeToLiveSeconds: 60, data: [.cname(fixture.key("t").name)])
            let others = ["b", "c"].map { fixture.text($0, TXTValue("y")) }
            let outcomes = await fixture.provider.write(
                [others[0], alias, others[1]].map { RecordSetWrite(key: $0.key, expected: nil, replacement: $0) },
                in: fixture.zone, permit: { true })
            guard case .failed(let failure) = outcomes[1] else {
                Issue.record("\(outcomes)")
                return
            }
            #expect(failure.code == .rejected)
            #expect(failure.message.contains("\(alias.name)"))
            #expect(outcomes[0] == .written)
            #expect(outcomes[2] == .written)
            #expect(await fixture.served(standing.key) == standing)
            for set in others { #expect(await fixture.served(set.key) == set) }
        },
    ]

    // MARK: Many

    private static let batches = [
        ProviderCheck("of a batch with one conflict, the others are done") { (fixture) async throws in
            let standing = fixture.text("n1", TXTValue("theirs"))
            #expect(await fixture.put(standing) == .written)
            let sets = (0..<4).map { fixture.text("n\($0)", TXTValue("ours \($0)")) }
            let outcomes = await fixture.provider.write(
                sets.map { RecordSetWrite(key: $0.key, expected: nil, replacement: $0) }, in: fixture.zone,
                permit: { true })
            #expect(outcomes == [.written, .conflict(found: standing), .written, .written])
            for (index, set) in sets.enumerated() {
                #expect(await fixture.served(set.key) == (index == 1 ? standing : set))
            }
        },
        ProviderCheck("a hundred sets in one call, in order, and nothing else touched") { (fixture) async throws in
            let foreign = fixture.text("foreign", TXTValue("mine"))
            #expect(await fixture.put(foreign) == .written)
            let sets = (0..<100).map { fixture.text("s\($0)._domainkey", TXTValue("v=DKIM1; p=\($0)")) }
            let writes = sets.map { RecordSetWrite(key: $0.key, expected: nil, replacement: $0) }
            let first = await fixture.provider.write(writes, in: fixture.zone, permit: { true })
            #expect(first == Array(repeating: .written, count: 100))
            let found = try await fixture.provider.recordSets(in: fixture.zone, keys: sets.map(\.key))
            #expect(found == Dictionary(uniqueKeysWithValues: sets.map { ($0.key, $0) }))
            let again = await fixture.provider.write(writes, in: fixture.zone, permit: { true })
            #expect(again == Array(repeating: .alreadyThere, count: 100))
            #expect(await fixture.served(foreign.key) == foreign)
        },
        ProviderCheck("an alias gives way to data in one call") { (fixture) async throws in
            let alias = RecordSet(
                fixture.key("a", .cname), timeToLiveSeconds: 60, data: [.cname(fixture.key("t").name)])
            #expect(await fixture.put(alias) == .written)
            let set = fixture.text("a", TXTValue("x"))
            let outcomes = await fixture.provider.write(
                [
                    RecordSetWrite(key: set.key, expected: nil, replacement: set),
                    RecordSetWrite(key: alias.key, expected: alias, replacement: nil),
                ], in: fixture.zone, permit: { true })
            #expect(outcomes == [.written, .written])
            #expect(await fixture.served(set.key) == set)
        },
    ]

    // MARK: Data

    private static let data =
        [0, 1, 254, 255, 256, 509, 510, 511, 764, 765, 766].map { count in
            ProviderCheck("a TXT value of \(count) octets") { (fixture) async throws in
                try await roundTrip(fixture, TXTValue(joined: (0..<count).map { UInt8(ascii: "a") + UInt8($0 % 26) }))
            }
        }
        + [
            ("quotes, semicolons and backslashes", Array(##"a"b;c\d\\e\"f;"" \195 \# ( ) @ $"##.utf8)),
            ("UTF-8", Array("grüße, 世界, 🕊".utf8)),
            ("all octets", Array(0...255)),
            ("blanks and line ends", Array(" \t\r\n  a  b ".utf8)),
        ].map { description, octets in
            ProviderCheck("TXT data with \(description)") { (fixture) async throws in
                try await roundTrip(fixture, TXTValue(joined: octets))
            }
        } + [
            ProviderCheck("two foreign strings at the apex survive a change beside them, split and all") {
                (fixture) async throws in
                let foreign = [
                    TXTValue(strings: [Array("site-".utf8), Array("verification=\u{e9}".utf8), Array(";\"\\".utf8)]),
                    TXTValue(strings: [Array(repeating: 0xE9, count: 200), Array(repeating: 0x20, count: 200)]),
                ]
                let before = fixture.text("", foreign[0], TXTValue("v=spf1 -all"), foreign[1])
                let after = fixture.text("", foreign[0], TXTValue("v=spf1 mx -all"), foreign[1])
                #expect(await fixture.put(before) == .written)
                let read = try await fixture.provider.recordSets(in: fixture.zone, keys: [before.key])
                let standing = try #require(read[before.key])
                #expect(splits(standing) == splits(before))
                // What was read goes back, as a plan does it.
                var replacement = standing
                replacement.data = standing.data.map { $0 == .txt(TXTValue("v=spf1 -all")) ? after.data[1] : $0 }
                #expect(await fixture.put(replacement, over: standing) == .written)
                let served = try #require(await fixture.served(before.key))
                #expect(splits(served) == splits(after))
            },
            ProviderCheck("MX, null MX, CNAME, AAAA") { (fixture) async throws in
                let sets = [
                    RecordSet(
                        fixture.key("mail", .mx), timeToLiveSeconds: 300,
                        data: [
                            .mx(preference: 0, exchange: fixture.key("mx1").name),
                            .mx(preference: 65535, exchange: fixture.key("mx2").name),
                        ]),
                    // RFC 7505 §3.
                    RecordSet(
                        fixture.key("parked", .mx), timeToLiveSeconds: 300,
                        data: [.mx(preference: 0, exchange: .root)]),
                    RecordSet(
                        fixture.key("www", .aaaa), timeToLiveSeconds: 300,
                        data: [.aaaa(try #require(IPAddress("2001:db8::1")))]),
                ]
                for set in sets {
                    #expect(await fixture.put(set) == .written)
                    #expect(await fixture.served(set.key) == set)
                    let read = try await fixture.provider.recordSets(in: fixture.zone, keys: [set.key])
                    #expect(read == [set.key: set])
                }
                let alias = RecordSet(
                    fixture.key("k1", .cname), timeToLiveSeconds: 300, data: [.cname(fixture.key("k2").name)])
                #expect(await fixture.put(alias) == .written)
                let read = try await fixture.provider.recordSets(in: fixture.zone, keys: [alias.key])
                #expect(read == [alias.key: alias])
            },
            ProviderCheck("underscores and an asterisk in names") { (fixture) async throws in
                for label in ["*", "_under", "a-b"] { try await names(fixture, label, mayRefuse: false) }
            },
            // PowerDNS' API takes letters, digits and `-_/.*@` only.
            ProviderCheck("names with octets that need escapes work, or are refused") { (fixture) async throws in
                for label in [#"a\.b"#, #"a\\b"#, #"a\032b"#, #"a\200b"#, #"a\@b"#] {
                    try await names(fixture, label, mayRefuse: true)
                }
            },
        ]

    private static func names(_ fixture: ProviderFixture, _ label: String, mayRefuse: Bool) async throws {
        let set = fixture.text(label, TXTValue("x"))
        let outcome = await fixture.put(set)
        let read = try await fixture.provider.recordSets(in: fixture.zone, keys: [set.key])
        if mayRefuse, case .failed(let error) = outcome {
            #expect(error.code == .rejected, "\(error)")
            #expect(read == [:], "\(label)")
            return
        }
        #expect(outcome == .written, "\(label)")
        #expect(read == [set.key: set], "\(label)")
        #expect(await fixture.served(set.key) == set, "\(label)")
    }

    private static func roundTrip(_ fixture: ProviderFixture, _ value: TXTValue) async throws {
        let set = fixture.text("t", value)
        #expect(await fixture.put(set) == .written)
        let read = try await fixture.provider.recordSets(in: fixture.zone, keys: [set.key])
        #expect(read == [set.key: set])
        let served = try #require(await fixture.served(set.key))
        #expect(splits(served) == splits(set))
        #expect(await fixture.put(set) == .alreadyThere)
    }

    private static func splits(_ set: RecordSet) -> Set<[[UInt8]]> {
        Set(set.data.map { if case .txt(let value) = $0 { value.strings } else { [] } })
    }
}
