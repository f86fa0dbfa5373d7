import DNS
import Diagnostics
import Keys
import MailAuth
import Manifest
import Testing
import TestSupport

@testable import Reconcile

@Suite("Alignment, as each authoritative server serves it")
struct AlignmentCheckTests {
    static let domain = DomainPlannerTests.domain
    static let outside = DomainName(canonical: "m.example")
    static let one = ServerAddress("192.0.2.1")!
    static let two = ServerAddress("192.0.2.2")!
    static let resolver = ServerAddress("192.0.2.53")!
    static let egress = [IPAddress("192.0.2.10")!, IPAddress("2001:db8::10")!]

    /// Real keys, because signatures are made with them.
    struct Setup {
        let declaration = DomainPlannerTests.declaration(policy: .reject, keys: [.rsa2048, .ed25519])
        let desired: DesiredState
        let signers: [DKIMSigner]
        /// The zone's servers.
        let network = TableNetwork()
        /// What everybody else asks.
        let others = TableNetwork()

        init() async throws {
            let keyring = Keyring(
                store: InMemoryStore(),
                keyEncryptionKey: try KeyEncryptionKey(text: Array(String(repeating: "2a", count: 32).utf8)))
            let records = try await keyring.generate(
                [(Self.id("s1"), .rsa2048), (Self.id("s2"), .ed25519)], at: DomainPlannerTests.now)
            desired = DesiredState(declaration, keyring: records, now: DomainPlannerTests.now)
            var signers: [DKIMSigner] = []
            for record in records {
                signers.append(
                    DKIMSigner(
                        domain: domain, selector: record.id.selector, key: try await keyring.signer(for: record.id)))
            }
            self.signers = signers
            for server in [one, two] {
                network.serve(TableNetwork.Zone(domain), at: server)
                put(DomainPlannerTests.texts(domain, "v=spf1 ip4:192.0.2.10 include:m.example -all"), at: server)
                put(DomainPlannerTests.texts(DomainPlannerTests.name("_dmarc"), "v=DMARC1; p=reject"), at: server)
                for record in records {
                    put(
                        DomainPlannerTests.texts(Self.name(record.id.selector), record.recordText()!),
                        at: server)
                }
            }
            others.serve(TableNetwork.Zone(outside), at: resolver)
            others.put(DomainPlannerTests.texts(outside, "v=spf1 ip6:2001:db8::/32 -all"), at: resolver)
        }

        static func id(_ selector: String) -> KeyID { KeyID(domain: domain.text, selector: selector) }
        static func name(_ selector: String) -> DomainName { DomainPlannerTests.name("\(selector)._domainkey") }

        func put(_ set: RecordSet, at server: ServerAddress) { network.put(set, at: server) }

        func check(_ keys: AlignmentCheck.Keys? = nil, egress: [IPAddress] = egress) async -> AlignmentCheck.Outcome {
            await AlignmentCheck(
                resolver: RememberingResolver(others), querying: network, now: DomainPlannerTests.now
            ).run(
                declaration, desired: desired, egress: egress, keys: keys ?? .signers(signers),
                zone: DomainPlannerTests.context)
        }
    }

    static func codes(_ outcome: AlignmentCheck.Outcome) -> [String] { outcome.findings.map(\.code.rawValue) }

    @Test("what every server serves passes, from every egress address")
    func aligned() async throws {
        let setup = try await Setup()
        let outcome = await setup.check()
        #expect([outcome.spf, outcome.dkim, outcome.dmarc, outcome.alignment] == [.pass, .pass, .pass, .pass])
        #expect(outcome.findings == [])
        for server in [Self.one, Self.two] {
            for name in [Self.domain, Setup.name("s1"), Setup.name("s2"), DomainPlannerTests.name("_dmarc")] {
                #expect(
                    setup.network.asked.count { $0 == ServerQuestion(server: server, name: name, type: .txt) } == 1,
                    "\(server), \(name)")
            }
        }
        #expect(setup.others.asked.count { $0.name == Self.outside } == 1, "asked once for all servers")
    }

    @Test("one server without a key is one too many, and is named")
    func oneServerWithoutKey() async throws {
        let setup = try await Setup()
        setup.network.serve(TableNetwork.Zone(Self.domain), at: Self.two)
        setup.put(DomainPlannerTests.texts(Self.domain, "v=spf1 ip4:192.0.2.10 include:m.example -all"), at: Self.two)
        setup.put(DomainPlannerTests.texts(DomainPlannerTests.name("_dmarc"), "v=DMARC1; p=reject"), at: Self.two)
        let outcome = await setup.check()
        #expect(outcome.dkim == .fail && outcome.spf == .pass)
        #expect(Self.codes(outcome) == ["DKM102", "DKM102"])
        #expect(outcome.findings.allSatisfy { $0.detail.hasSuffix("(as served by 192.0.2.2:53)") })
    }

    @Test("SPF is evaluated for each egress address, on each server")
    func oneAddressOnOneServer() async throws {
        let setup = try await Setup()
        setup.put(DomainPlannerTests.texts(Self.domain, "v=spf1 ip4:192.0.2.10 -all"), at: Self.two)
        let outcome = await setup.check()
        #expect(outcome.spf == .fail && outcome.dkim == .pass && outcome.alignment == .pass)
        #expect(Self.codes(outcome) == ["SPF104"])
        #expect(outcome.findings[0].detail.contains("mail from 2001:db8::10 gets fail"))
        #expect(outcome.findings[0].detail.hasSuffix("(as served by 192.0.2.2:53)"))
        #expect(await setup.check(egress: [Self.egress[0]]).findings == [])
    }

    @Test("an SPF record that few receivers get to the end of passes where it matches early, with a warning")
    func tooManyLookUps() async throws {
        let setup = try await Setup()
        let includes = (1...11).map { "include:i\($0).m.example" }.joined(separator: " ")
        for server in [Self.one, Self.two] {
            setup.put(
                DomainPlannerTests.texts(Self.domain, "v=spf1 ip4:192.0.2.10 \(includes) -all"), at: server)
        }
        for number in 1...11 {
            setup.others.put(
                DomainPlannerTests.texts(DomainName(canonical: "i\(number).m.example"), "v=spf1 -all"),
                at: Self.resolver)
        }
        let outcome = await setup.check(egress: [Self.egress[0]])
        #expect(outcome.spf == .pass && outcome.alignment == .pass)
        #expect(Self.codes(outcome) == ["SPF108"])
        #expect(outcome.findings.first?.severity == .warning)
        #expect(outcome.findings.first?.detail.hasPrefix("11 where") == true)
    }

    @Test("a silent server is never taken for a pass")
    func silentServer() async throws {
        let setup = try await Setup()
        setup.network.fail(Self.two, .timedOut)
        let outcome = await setup.check()
        #expect([outcome.spf, outcome.dkim, outcome.dmarc] == [.unknown, .unknown, .unknown])
        #expect(outcome.alignment == .unknown && outcome.isUnknown)
        #expect(outcome.findings.allSatisfy { $0.detail.contains("192.0.2.2:53") })
    }

    @Test("a private half that does not belong to the public one is found out")
    func wrongPrivateHalf() async throws {
        let setup = try await Setup()
        let other = try await Setup()
        let outcome = await setup.check(.signers([setup.signers[0], other.signers[1]]))
        #expect(outcome.dkim == .fail)
        #expect(Self.codes(outcome) == ["DKM103"])
        #expect(outcome.findings[0].detail.hasPrefix("signed with the key of s2._domainkey.d.example: fail"))
    }

    @Test("a key behind an alias to another zone is followed there")
    func alias() async throws {
        let setup = try await Setup()
        let target = DomainName(canonical: "key.m.example")
        guard case .found(let data, _) = await setup.network.look(up: Setup.name("s1"), .txt) else {
            Issue.record("no key")
            return
        }
        for server in [Self.one, Self.two] {
            setup.network.serve(TableNetwork.Zone(Self.domain), at: server)
            setup.put(DomainPlannerTests.texts(Self.domain, "v=spf1 ip4:192.0.2.10 include:m.example -all"), at: server)
            setup.put(DomainPlannerTests.texts(DomainPlannerTests.name("_dmarc"), "v=DMARC1; p=reject"), at: server)
            setup.put(
                RecordSet(Setup.name("s1"), .cname, timeToLiveSeconds: 60, data: [.cname(target)]), at: server)
        }
        setup.others.put(RecordSet(target, .txt, timeToLiveSeconds: 60, data: data), at: Self.resolver)
        // s2 is gone: what remains is that nothing is said of s1.
        let outcome = await setup.check()
        #expect(outcome.findings.map(\.detail) == ["s2._domainkey.d.example TXT is not served"])
    }

    @Test(
        "without private keys the public halves are compared, and the answer says so",
        arguments: [
            (AlignmentCheck.Keys.publicHalves("the variable KEY is not set"), AlignmentCheck.Verdict.pass, "DKM105"),
            (.unusable("the sealed key is damaged"), .unknown, "DKM104"),
        ])
    func withoutPrivateKeys(keys: AlignmentCheck.Keys, verdict: AlignmentCheck.Verdict, code: String) async throws {
        let outcome = try await Setup().check(keys)
        #expect(outcome.dkim == verdict && outcome.spf == .pass)
        #expect(Self.codes(outcome) == [code])
    }

    @Test("a parked domain needs no key and no address")
    func parked() async throws {
        let network = TableNetwork()
        network.serve(TableNetwork.Zone(Self.domain), at: Self.one)
        network.put(DomainPlannerTests.texts(Self.domain, "v=spf1 -all"), at: Self.one)
        network.put(DomainPlannerTests.texts(DomainPlannerTests.name("_dmarc"), "v=DMARC1; p=reject"), at: Self.one)
        let declaration = DomainPlannerTests.declaration(policy: .reject, sends: false)
        var context = DomainPlannerTests.context
        context.servers.removeLast()
        let outcome = await AlignmentCheck(resolver: network, querying: network, now: DomainPlannerTests.now).run(
            declaration, desired: DesiredState(declaration, keyring: [], now: DomainPlannerTests.now), egress: [],
            keys: .publicHalves("not declared"), zone: context)
        #expect([outcome.spf, outcome.dkim, outcome.dmarc, outcome.alignment] == [.pass, .pass, .pass, .pass])
        #expect(outcome.findings == [])
    }

    @Test("a chain of aliases without an end is a failure, not an absence")
    func loop() async {
        let network = TableNetwork()
        let name = DomainPlannerTests.name("a")
        network.serve(TableNetwork.Zone(Self.domain), at: Self.one)
        network.put(RecordSet(name, .cname, timeToLiveSeconds: 60, data: [.cname(name)]), at: Self.one)
        let resolver = ServerResolver(server: Self.one, apex: Self.domain, querying: network, others: network)
        #expect(await resolver.look(up: name, .txt) == .failed("a.d.example: more than 8 aliases in a row"))
        #expect(network.asked.count == ServerResolver.aliasesMax + 1)
    }
}
