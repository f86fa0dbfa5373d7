import DNS
import Testing
import TestSupport

@testable import Reconcile

@Suite("Who is asked, and what their answers mean")
struct ObserverTests {
    static let domain = DomainName(canonical: "mail.d.example")
    static let apex = DomainName(canonical: "d.example")
    static let one = ServerAddress("192.0.2.1")!
    static let two = ServerAddress("192.0.2.2")!
    static let resolver = ServerAddress("192.0.2.53")!

    static func observer(
        _ network: TableNetwork, stubs: [DomainName: [ServerAddress]] = [:], resolvers: [ResolverAddress] = []
    ) -> Observer {
        Observer(querying: network, stubs: stubs, resolvers: resolvers)
    }

    static func only(_ outcomes: [ZoneOutcome]) throws -> ZoneContext {
        guard case .found(let context)? = outcomes.first else { throw NotFound(outcomes: outcomes) }
        return context
    }

    struct NotFound: Error { var outcomes: [ZoneOutcome] }

    @Test("a stub's servers are all asked; the zone cut is where the SOA stands")
    func stub() async throws {
        let network = TableNetwork()
        for server in [Self.one, Self.two] {
            network.serve(.init(Self.apex, negativeTimeToLiveSeconds: 17, serial: 9), at: server)
        }
        let context = try Self.only(
            await Self.observer(network, stubs: [DomainName(canonical: "example"): [Self.one, Self.two]])
                .zones(of: [Self.domain]))
        #expect(context.apex == Self.apex)
        #expect(context.servers.map(\.address) == [Self.one, Self.two])
        #expect(context.serials == [9, 9])
        #expect(context.negativeTimeToLiveSeconds == 17)
    }

    @Test("the longest stub wins")
    func longest() async throws {
        let network = TableNetwork()
        network.serve(.init(DomainName(canonical: "example")), at: Self.one)
        network.serve(.init(Self.apex), at: Self.two)
        let stubs = [DomainName(canonical: "example"): [Self.one], Self.apex: [Self.two]]
        let context = try Self.only(await Self.observer(network, stubs: stubs).zones(of: [Self.domain]))
        #expect(context.servers.map(\.address) == [Self.two])
    }

    @Test("a wildcard's answer is nothing that stands at the name; what differs from it is")
    func wildcards() async throws {
        let network = TableNetwork()
        func texts(_ labels: String, _ text: String) -> RecordSet {
            RecordSet(
                DomainName(canonical: labels), .txt, timeToLiveSeconds: 77, data: [.txt(TXTValue(text))])
        }
        func alias(_ labels: String) -> RecordSet {
            RecordSet(
                DomainName(canonical: labels), .cname, timeToLiveSeconds: 77,
                data: [.cname(DomainName(canonical: "other.example"))])
        }
        // What a server makes of them stands at the names too: the tables know no wildcards.
        network.serve(
            .init(
                Self.apex, negativeTimeToLiveSeconds: 17,
                sets: [
                    texts("*.d.example", "v=spf1 -all"), texts("_dmarc.d.example", "v=spf1 -all"),
                    texts("_mta-sts.d.example", "v=STSv1; id=1"), alias("*.a.d.example"),
                    alias("s1._domainkey.a.d.example"),
                ]), at: Self.one)
        let observer = Self.observer(network, stubs: [Self.apex: [Self.one]])
        let zone = try #require(await observer.zones(of: [Self.domain]).first)
        let keys = ["d.example", "_dmarc.d.example", "_mta-sts.d.example", "s1._domainkey.a.d.example"].map {
            RecordSetKey(DomainName(canonical: $0), .txt)
        }
        let seen = try #require(
            await observer.observe([(domain: Self.apex, zone: zone, keys: keys)]).first)
        let clear = await observer.seeingThroughWildcards(seen, keys)
        #expect(clear.views[keys[0]] == seen.views[keys[0]])
        #expect(clear.views[keys[1]]?.map(\.state) == [.absent(negativeTimeToLiveSeconds: 77)])
        #expect(clear.views[keys[2]] == seen.views[keys[2]])
        #expect(seen.views[keys[3]]?.map(\.state) == [.alias(DomainName(canonical: "other.example"))])
        #expect(clear.views[keys[3]]?.map(\.state) == [.absent(negativeTimeToLiveSeconds: nil)])
    }

    @Test(
        "a referral upwards is a lame server's, one downwards is a further zone's",
        arguments: ["", "example", "d.example"])
    func lame(cut: String) async throws {
        let network = TableNetwork()
        network.serve(.init(Self.apex), at: Self.one)
        network.serve(.init(Self.apex), at: Self.two)
        let key = RecordSetKey(DomainName(canonical: "_dmarc.mail.d.example"), .txt)
        func refer(to cut: String) -> ServerReply {
            .answer(
                ServerAnswer(
                    outcome: .referral(DomainName(canonical: cut), nameServers: []), isAuthoritative: false))
        }
        network.script(ServerQuestion(server: Self.one, name: key.name, type: .txt), refer(to: cut))
        network.script(ServerQuestion(server: Self.two, name: key.name, type: .txt), refer(to: "mail.d.example"))
        let observer = Self.observer(network, stubs: [Self.apex: [Self.one, Self.two]])
        let zone = try #require(await observer.zones(of: [Self.apex]).first)
        let seen = try #require(await observer.observe([(domain: Self.apex, zone: zone, keys: [key])]).first)
        #expect(
            seen.views[key]?.map(\.state) == [
                .failed("not authoritative"), .delegatedAway(DomainName(canonical: "mail.d.example")),
            ])
    }

    @Test("a server that fails is named; the others' word is taken")
    func oneFails() async throws {
        let network = TableNetwork()
        network.serve(.init(Self.apex), at: Self.one)
        network.fail(Self.two, .responseCode(ResponseCode.serverFailure, "signatures expired"))
        let context = try Self.only(
            await Self.observer(network, stubs: [Self.apex: [Self.one, Self.two]]).zones(of: [Self.domain]))
        #expect(context.failures.map(\.reason) == ["SERVFAIL (signatures expired)"])
        #expect(context.serials == [1, nil])
    }

    @Test("nobody answers: unobservable, with what was asked of whom")
    func allFail() async {
        let network = TableNetwork()
        network.fail(Self.one, .timedOut)
        let outcomes = await Self.observer(network, stubs: [Self.apex: [Self.one]]).zones(of: [Self.domain])
        #expect(
            outcomes == [.unobservable("asked for the SOA of mail.d.example: 192.0.2.1:53: no answer")])
    }

    @Test("an answer without authority is a failure, never an absence")
    func lame() async {
        let network = TableNetwork()
        let question = ServerQuestion(server: Self.one, name: Self.domain, type: .soa)
        network.script(question, .answer(ServerAnswer(outcome: .noData, isAuthoritative: false)))
        let outcomes = await Self.observer(network, stubs: [Self.apex: [Self.one]]).zones(of: [Self.domain])
        guard case .unobservable(let detail) = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(detail.contains("not authoritative"))
    }

    @Test("a referral below a stub is followed to the child's servers, and a loop of them ends")
    func referral() async throws {
        let network = TableNetwork()
        let host = DomainName(canonical: "ns.d.example")
        network.script(
            ServerQuestion(server: Self.one, name: Self.domain, type: .soa),
            .answer(
                ServerAnswer(
                    outcome: .referral(Self.domain, nameServers: [host]), isAuthoritative: false,
                    glue: [host: [Self.two.address]])))
        network.serve(.init(Self.domain), at: Self.two)
        let context = try Self.only(
            await Self.observer(network, stubs: [Self.apex: [Self.one]]).zones(of: [Self.domain]))
        #expect(context.servers == [NameServer(name: host, address: Self.two)])

        network.script(
            ServerQuestion(server: Self.two, name: Self.domain, type: .soa),
            .answer(
                ServerAnswer(
                    outcome: .referral(Self.domain, nameServers: [host]), isAuthoritative: false,
                    glue: [host: [Self.two.address]])))
        let looping = await Self.observer(network, stubs: [Self.apex: [Self.one]]).zones(of: [Self.domain])
        #expect(looping == [.unobservable("mail.d.example is delegated in a loop")])
    }

    @Test("without a stub: the cut, its name servers and every address of each, by the resolver")
    func delegated() async throws {
        let network = TableNetwork()
        let hosts = ["ns1.d.example", "ns2.d.example"].map { DomainName(canonical: $0) }
        let zone = TableNetwork.Zone(
            Self.apex,
            sets: [
                RecordSet(Self.apex, .ns, timeToLiveSeconds: 60, data: hosts.map { .ns($0) }),
                RecordSet(
                    hosts[0], .a, timeToLiveSeconds: 60, data: [.a(Self.one.address), .a(Self.two.address)]),
                RecordSet(
                    hosts[1], .aaaa, timeToLiveSeconds: 60, data: [.aaaa(IPAddress("2001:db8::1")!)]),
            ])
        for server in [Self.resolver, Self.one, Self.two, ServerAddress("2001:db8::1")!] {
            network.serve(zone, at: server)
        }
        let dead = ServerAddress("192.0.2.54")!
        network.fail(dead, .timedOut)
        let context = try Self.only(
            await Self.observer(network, resolvers: [.server(dead), .server(Self.resolver)]).zones(of: [Self.domain]))
        #expect(context.apex == Self.apex)
        #expect(
            context.servers.map(\.description) == [
                "ns1.d.example (192.0.2.1:53)", "ns1.d.example (192.0.2.2:53)", "ns2.d.example ([2001:db8::1]:53)",
            ])
    }

    @Test("a name that was never delegated is told apart from one that cannot be observed")
    func undelegated() async {
        let network = TableNetwork()
        network.serve(.init(DomainName(canonical: "example")), at: Self.resolver)
        let outcomes = await Self.observer(network, resolvers: [.server(Self.resolver)]).zones(of: [Self.domain])
        guard case .notDelegated(let detail) = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(detail.contains("example"))
        network.fail(Self.resolver, .responseCode(ResponseCode.serverFailure, nil))
        let failed = await Self.observer(network, resolvers: [.server(Self.resolver)]).zones(of: [Self.domain])
        guard case .unobservable = failed[0] else {
            Issue.record("\(failed)")
            return
        }
    }

    @Test("no resolver and no stub: says what to configure")
    func nobody() async {
        let outcomes = await Self.observer(TableNetwork()).zones(of: [Self.domain])
        guard case .unobservable(let detail) = outcomes[0] else {
            Issue.record("\(outcomes)")
            return
        }
        #expect(detail.contains("settings.dns.resolvers"))
    }

    @Test("each record set is asked of each server, and each answer keeps its place")
    func views() async throws {
        let network = TableNetwork()
        let key = RecordSetKey(Self.domain, .txt)
        let set = RecordSet(key, timeToLiveSeconds: 5, data: [.txt(TXTValue("here"))])
        network.serve(.init(Self.apex, negativeTimeToLiveSeconds: 33, sets: [set]), at: Self.one)
        network.serve(.init(Self.apex, negativeTimeToLiveSeconds: 33), at: Self.two)
        let observer = Self.observer(network, stubs: [Self.apex: [Self.one, Self.two]])
        let zones = await observer.zones(of: [Self.domain])
        let seen = await observer.observe([(Self.domain, zones[0], [key, RecordSetKey(Self.domain, .mx)])])
        #expect(
            seen[0].views[key]?.map(\.state) == [.present(set), .absent(negativeTimeToLiveSeconds: 33)])
        #expect(
            seen[0].views[RecordSetKey(Self.domain, .mx)]?.map(\.state) == [
                .absent(negativeTimeToLiveSeconds: 33), .absent(negativeTimeToLiveSeconds: 33),
            ])
    }
}
