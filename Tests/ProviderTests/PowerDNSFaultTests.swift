import DNS
import DNSProviders
import Foundation
import Synchronization
import TestSupport
import Testing
import Transport

/// A real PowerDNS behind a proxy that loses, refuses and spoils what it is told to. What was done is read from
/// PowerDNS itself: the zone's serial counts the changes that were carried out.
@Suite(
    "PowerDNS and faults", .serialized, .enabled(if: Lab.isAvailable(.powerDNS, .faultProxy), Lab.hint))
struct PowerDNSFaultTests {
    private static let proxy = Result { try FaultProxyLab(before: try PowerDNSLab.shared()) }

    /// Waits that were asked for; none is waited.
    private final class Waits: Sendable {
        let all = Mutex<[Duration]>([])

        var surroundings: RetrySurroundings {
            RetrySurroundings(
                random: { 0 }, sleep: { wait in self.all.withLock { $0.append(wait) } }, elapsed: { .zero })
        }
    }

    private let lab: PowerDNSLab
    private let proxy: FaultProxyLab
    private let waits = Waits()

    init() throws {
        lab = try PowerDNSLab.shared()
        proxy = try Self.proxy.get()
        try proxy.fault()
    }

    private func provider(
        url: String? = nil, server: String = "localhost", apiKey: String = PowerDNSLab.apiKey,
        timeout: Duration = .milliseconds(400), writeTimeout: Duration = .seconds(20),
        listingOctetsMax: Int = 1 << 20
    ) -> PowerDNSProvider {
        PowerDNSProvider(
            baseURL: url ?? proxy.url, server: server, apiKey: { apiKey }, http: HTTPClient(),
            retry: RetryPolicy(attemptsMax: 4, retryAfterMax: .seconds(90)), surroundings: waits.surroundings,
            timeout: timeout, writeTimeout: writeTimeout, listingOctetsMax: listingOctetsMax)
    }

    private func writes(_ zone: DomainName, _ count: Int = 3) throws -> [RecordSetWrite] {
        try (0..<count).map { number in
            let key = RecordSetKey(try zone.prepending("s\(number)"), .txt)
            return RecordSetWrite(
                key: key, expected: nil,
                replacement: RecordSet(key, timeToLiveSeconds: 60, data: [.txt(TXTValue("v\(number)"))]))
        }
    }

    /// How many of the writes PowerDNS holds, asked without the proxy.
    private func done(_ writes: [RecordSetWrite], _ zone: DomainName) async throws -> Int {
        let standing = try await provider(url: lab.url).recordSets(in: zone, keys: writes.map(\.key))
        return writes.count { standing[$0.key] == $0.replacement }
    }

    private func failure(_ outcome: RecordSetWriteOutcome) -> ProviderError? {
        if case .failed(let error) = outcome { error } else { nil }
    }

    // MARK: Faults that pass

    struct Passing: Sendable, CustomTestStringConvertible {
        var fault: [String]
        /// Requests that changed something, as the proxy saw them; nil where the answer has no log line.
        var patches: [Int]?
        /// Changes that PowerDNS carried out, at most.
        var changesMax = 1
        var waits: [Duration]?
        var testDescription: String { fault.joined(separator: " ") }
    }

    @Test(
        "after a fault that passes, all is written once",
        arguments: [
            Passing(
                fault: ["mode=status", "code=429", "retry_after=7", "times=2", "method=PATCH"],
                patches: [429, 429, 204], waits: [.seconds(7), .seconds(7)]),
            Passing(fault: ["mode=status", "code=429", "retry_after=7", "times=1", "method=GET"], patches: [204]),
            Passing(
                fault: [
                    "mode=status", "code=503", "ctype=text/html", "body=<html><body>Busy</body></html>", "times=2",
                    "method=PATCH",
                ], patches: [503, 503, 204]),
            Passing(fault: ["mode=status", "code=500", "times=1", "method=PATCH"], patches: [500, 204]),
            Passing(fault: ["mode=status", "code=502", "times=3", "method=GET"], patches: [204]),
            Passing(fault: ["mode=close", "times=2", "method=PATCH"], patches: [444, 444, 204]),
            Passing(fault: ["mode=close", "times=2", "method=GET"], patches: [204]),
            // Carried out, the answer lost: looked at, and not sent again.
            Passing(fault: ["mode=after", "times=1", "method=PATCH"], patches: [204], waits: []),
            Passing(fault: ["mode=hang", "ms=3000", "times=1", "method=PATCH"]),
            // A 200 that PowerDNS does not give, as from a captive proxy.
            Passing(
                fault: ["mode=status", "code=200", "ctype=text/html", "body=<p>Log in</p>", "times=1", "method=PATCH"],
                patches: [200, 204]),
            // The request goes on to PowerDNS after the client has given up, and may arrive beside its repetition.
            Passing(fault: ["mode=delay", "ms=900", "times=1", "method=PATCH"], changesMax: 2),
        ])
    func passing(_ fault: Passing) async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        let before = try lab.serial(zone)
        try proxy.fault(fault.fault)
        let outcomes = await provider().write(writes, in: zone, permit: { true })
        try proxy.fault()
        #expect(outcomes == [.written, .written, .written])
        #expect(try await done(writes, zone) == 3)
        let changes = try lab.serial(zone) - before
        #expect((1...fault.changesMax).contains(changes))
        if let patches = fault.patches {
            // What nginx notes of a lost answer is the status that it had for it.
            let seen = try proxy.statuses("PATCH", zone)
            #expect(seen.count == patches.count)
            if !fault.fault.contains("mode=after") { #expect(seen == patches) }
        }
        if let waits = fault.waits { #expect(self.waits.all.withLock { $0 } == waits) }
    }

    // MARK: Faults that stay

    struct Staying: Sendable, CustomTestStringConvertible {
        var fault: [String]
        var code: ProviderError.Code
        var words: [String]
        var testDescription: String { fault.joined(separator: " ") }
    }

    @Test(
        "a fault that stays is told, and nothing was done",
        arguments: [
            Staying(
                fault: ["mode=status", "code=429", "retry_after=1", "times=99", "method=PATCH"], code: .rateLimited,
                words: ["429 Too Many Requests", "to change 3 record sets"]),
            // More than we wait for.
            Staying(
                fault: ["mode=status", "code=429", "retry_after=4000", "times=1", "method=PATCH"],
                code: .rateLimited, words: ["429"]),
            Staying(
                fault: [
                    "mode=status", "code=503", "ctype=text/html", "times=99",
                    "body=<html><head><title>503</title><style>b{color:red}</style></head><body><h1>Sorry</h1></body></html>",
                ], code: .unavailable, words: ["503 Service Unavailable", "Sorry"]),
            Staying(
                fault: ["mode=status", "code=500", "times=99", "method=PATCH"], code: .unavailable,
                words: ["500", "the zone had not changed"]),
            Staying(fault: ["mode=close", "times=99"], code: .unavailable, words: ["no answer", "to list the zone"]),
            Staying(fault: ["mode=garbage", "times=1"], code: .unavailable, words: ["not an answer of PowerDNS' API"]),
            Staying(fault: ["mode=cut", "times=1"], code: .unavailable, words: ["no answer"]),
            Staying(fault: ["mode=hang", "ms=1500", "times=99"], code: .unavailable, words: ["no answer"]),
            Staying(
                fault: ["mode=status", "code=302", "times=99", "method=PATCH"], code: .unavailable,
                words: ["302", "`url` leads elsewhere"]),
            Staying(
                fault: ["mode=status", "code=401", "times=99", "method=PATCH"], code: .unauthorized, words: ["401"]),
            Staying(
                fault: ["mode=status", "code=413", "times=99", "method=PATCH"], code: .rejected, words: ["413"]),
        ])
    func staying(_ fault: Staying) async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        let before = try lab.serial(zone)
        try proxy.fault(fault.fault)
        let outcomes = await provider().write(writes, in: zone, permit: { true })
        try proxy.fault()
        for outcome in outcomes {
            let error = try #require(failure(outcome), "\(outcome)")
            #expect(error.code == fault.code, "\(error)")
            for words in fault.words { #expect(error.message.contains(words)) }
            #expect(error.message.contains(proxy.url))
            #expect(!error.message.contains("<"))
            #expect(!error.message.contains("color:red"))
            #expect(!error.message.contains(PowerDNSLab.apiKey))
        }
        #expect(try lab.serial(zone) == before)
        #expect(try await done(writes, zone) == 0)
        // The next apply finishes it.
        #expect(await provider().write(writes, in: zone, permit: { true }) == [.written, .written, .written])
        #expect(try lab.serial(zone) == before + 1)
    }

    @Test("an answer that is lost, and a zone that cannot be read afterwards, is an unknown outcome")
    func unknown() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        let proxy = self.proxy
        // The fault comes after the first look.
        let outcomes = await provider().write(
            writes, in: zone,
            permit: {
                (try? proxy.fault("mode=status", "code=503", "times=99")) != nil
            })
        for outcome in outcomes { #expect(failure(outcome)?.code == .unknownOutcome) }
        #expect(failure(outcomes[0])?.message.contains("whether it was done could not be read") == true)
        try proxy.fault()
        #expect(await provider().write(writes, in: zone, permit: { true }) == [.written, .written, .written])
    }

    @Test("the permit is asked before each request that changes anything, and ends it")
    func permit() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        let asked = Mutex(0)
        try proxy.fault("mode=status", "code=503", "times=99", "method=PATCH")
        let outcomes = await provider().write(
            writes, in: zone,
            permit: {
                asked.withLock { count in
                    count += 1
                    return count < 3
                }
            })
        #expect(outcomes == [.notPermitted, .notPermitted, .notPermitted])
        #expect(asked.withLock { $0 } == 3)
        #expect(try proxy.statuses("PATCH", zone) == [503, 503])
    }

    @Test("what somebody else writes during a wait is a conflict, not overwritten")
    func changedMeanwhile() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        let lab = self.lab
        try proxy.fault("mode=status", "code=429", "retry_after=1", "times=1", "method=PATCH")
        let outcomes = await provider().write(
            writes, in: zone,
            permit: {
                (try? lab.put(
                    zone,
                    #"{"name":"s1.\#(zone).","type":"TXT","ttl":9,"changetype":"REPLACE","records":[{"content":"\"theirs\""}]}"#
                )) != nil
            })
        let theirs = RecordSet(writes[1].key, timeToLiveSeconds: 9, data: [.txt(TXTValue("theirs"))])
        #expect(outcomes == [.written, .conflict(found: theirs), .written])
    }

    @Test("what somebody else writes while a refusal is slow is a conflict, not overwritten")
    func changedDuringRefusal() async throws {
        let zone = try lab.makeZone()
        @Sendable func text(_ label: String) -> String {
            #"{"name":"\#(label).\#(zone).","type":"TXT","ttl":9,"changetype":"REPLACE","records":[{"content":"\"theirs\""}]}"#
        }
        try lab.put(zone, text("a"))
        let alias = RecordSet(
            RecordSetKey(try zone.prepending("a"), .cname), timeToLiveSeconds: 60, data: [.cname(zone)])
        let writes = [RecordSetWrite(key: alias.key, expected: nil, replacement: alias)] + (try writes(zone, 1))
        let lab = self.lab
        let asked = Mutex(0)
        let outcomes = await provider(url: lab.url).write(
            writes, in: zone,
            permit: {
                // As if the first answer, a refusal of the alias, came late.
                guard
                    asked.withLock({ count in
                        count += 1; return count == 1
                    })
                else { return true }
                try? lab.put(zone, text("s0"))
                try? await Task.sleep(for: .milliseconds(700))
                return true
            })
        let theirs = RecordSet(writes[1].key, timeToLiveSeconds: 9, data: [.txt(TXTValue("theirs"))])
        #expect(failure(outcomes[0])?.code == .rejected)
        #expect(outcomes[1] == .conflict(found: theirs))
    }

    @Test("a write that is given less time than a read ends by then, and is looked at")
    func writeTimeout() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        try proxy.fault("mode=hang", "ms=3000", "times=1", "method=PATCH")
        let started = ContinuousClock.now
        let outcomes = await provider(timeout: .seconds(20), writeTimeout: .milliseconds(300))
            .write(writes, in: zone, permit: { true })
        #expect(outcomes == [.written, .written, .written])
        #expect(started.duration(to: .now) < .milliseconds(2500))
    }

    @Test("what is too much for one request goes in several")
    func several() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone, 1_001)
        let before = try lab.serial(zone)
        let outcomes = await provider(timeout: .seconds(20)).write(writes, in: zone, permit: { true })
        #expect(outcomes.allSatisfy { $0 == .written })
        #expect(try await done(writes, zone) == 1_001)
        #expect(try lab.serial(zone) == before + 2)
        // Other suites write to the same PowerDNS, which may say 500 in between.
        #expect(try proxy.statuses("PATCH", zone).count { $0 == 204 } == 2)
    }

    // MARK: Refusals

    @Test("a zone that another server's transfers bring is not written to", arguments: ["Slave", "Consumer"])
    func transferred(kind: String) async throws {
        let zone = try DomainName("t\(UUID().uuidString.prefix(8).lowercased()).example")
        let made = try lab.ask(
            "POST", "/zones", #"{"name":"\#(zone).","kind":"\#(kind)","masters":["192.0.2.1"],"nameservers":[]}"#)
        #expect(made.status == 201, "\(made)")
        let writes = try writes(zone)
        for outcome in await provider().write(writes, in: zone, permit: { true }) {
            #expect(failure(outcome)?.code == .rejected)
            #expect(failure(outcome)?.message.contains("as a zone of kind \(kind)") == true)
        }
        #expect(try proxy.statuses("PATCH", zone) == [])
        #expect(try await provider().recordSets(in: zone, keys: writes.map(\.key)) == [:], "reading it is no harm")
    }

    @Test("a refusal that names its record set among several errors ends that one alone")
    func refusedAmongSeveral() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone)
        let body = #"{"error":"Multiple errors found in RRset","errors":["RRset \#(writes[1].key.name). IN TXT: no"]}"#
        try proxy.fault("mode=status", "code=422", "times=1", "method=PATCH", "body=" + body)
        let outcomes = await provider().write(writes, in: zone, permit: { true })
        #expect(outcomes[0] == .written)
        #expect(failure(outcomes[1])?.message.contains("Multiple errors found in RRset: RRset s1") == true)
        #expect(outcomes[2] == .written)
        #expect(try proxy.statuses("PATCH", zone).count { $0 == 204 } == 1)
    }

    @Test("nobody listens")
    func refusedConnection() async throws {
        let url = "http://127.0.0.1:\(Lab.freePort())"
        let error = await #expect(throws: ProviderError.self) {
            try await provider(url: url).recordSets(
                in: try DomainName("x.test"), keys: [RecordSetKey(try DomainName("x.test"), .txt)])
        }
        #expect(error?.code == .unavailable)
        #expect(error?.message.contains(url) == true)
        #expect(waits.all.withLock { $0.count } == 3)
    }

    @Test("a wrong key, a wrong server, an unreadable key")
    func credentials() async throws {
        let zone = try lab.makeZone()
        let keys = [RecordSetKey(zone, .txt)]
        let wrong = await #expect(throws: ProviderError.self) {
            try await provider(apiKey: "not-the-key").recordSets(in: zone, keys: keys)
        }
        #expect(wrong?.code == .unauthorized)
        #expect(wrong?.message.contains("not-the-key") == false)
        let elsewhere = await #expect(throws: ProviderError.self) {
            try await provider(server: "other").recordSets(in: zone, keys: keys)
        }
        #expect(elsewhere?.code == .noSuchZone)
        for key in ["", "two\nlines"] {
            let unusable = await #expect(throws: ProviderError.self) {
                try await provider(apiKey: key).recordSets(in: zone, keys: keys)
            }
            #expect(unusable?.code == .credentials)
            #expect(unusable?.message.contains("lines") == false)
        }
        struct Absent: Error, CustomStringConvertible { let description = "PDNS_API_KEY is not set" }
        let unreadable = PowerDNSProvider(baseURL: lab.url, apiKey: { throw Absent() }, http: HTTPClient())
        let error = await #expect(throws: ProviderError.self) { try await unreadable.recordSets(in: zone, keys: keys) }
        #expect(error?.code == .credentials)
        #expect(error?.message.contains("PDNS_API_KEY is not set") == true)
    }

    // MARK: What is not ours

    @Test("disabled records and comments outlive every change, and are not served")
    func disabledAndComments() async throws {
        let zone = try lab.makeZone()
        let key = RecordSetKey(zone, .txt)
        try lab.put(
            zone,
            #"""
            {"name":"\#(zone).","type":"TXT","ttl":300,"changetype":"REPLACE",
             "records":[{"content":"\"on\"","disabled":false},{"content":"\"off\"","disabled":true},
                        {"content":"\"café\"","disabled":true}],
             "comments":[{"content":"owner=ops","account":"ops","modified_at":1700000000}]}
            """#)
        let provider = provider(url: lab.url)
        let on = RecordSet(key, timeToLiveSeconds: 300, data: [.txt(TXTValue("on"))])
        #expect(try await provider.recordSets(in: zone, keys: [key]) == [key: on])
        func listing() throws -> String { try lab.ask("GET", "/zones/\(zone).").body }

        let new = RecordSet(key, timeToLiveSeconds: 60, data: [.txt(TXTValue("new"))])
        let change = RecordSetWrite(key: key, expected: on, replacement: new)
        #expect(await provider.write([change], in: zone, permit: { true }) == [.written])
        var text = try listing()
        for words in [#"\"new\""#, #"\"off\""#, "café", "owner=ops", "1700000000"] { #expect(text.contains(words)) }
        #expect(!text.contains(#"\"on\""#))

        let delete = RecordSetWrite(key: key, expected: new, replacement: nil)
        #expect(await provider.write([delete], in: zone, permit: { true }) == [.written])
        #expect(try await provider.recordSets(in: zone, keys: [key]) == [:])
        text = try listing()
        for words in [#"\"off\""#, "café", "owner=ops"] { #expect(text.contains(words)) }

        // One that is disabled and asked for is enabled.
        let off = RecordSet(key, timeToLiveSeconds: 60, data: [.txt(TXTValue("off"))])
        let enable = RecordSetWrite(key: key, expected: nil, replacement: off)
        #expect(await provider.write([enable], in: zone, permit: { true }) == [.written])
        #expect(try await provider.recordSets(in: zone, keys: [key]) == [key: off])
        #expect(try listing().contains("café"))
    }

    @Test("PowerDNS' own forms of one TXT value are that value")
    func forms() async throws {
        let zone = try lab.makeZone()
        let long = String(repeating: "A", count: 400)
        try lab.put(
            zone,
            [("raw", "café"), ("escaped", #"caf\\195\\169"#), ("long", long)].map { label, content in
                #"{"name":"\#(label).\#(zone).","type":"TXT","ttl":60,"changetype":"REPLACE","records":[{"content":"\"\#(content)\""}]}"#
            }.joined(separator: ","))
        let keys = try ["raw", "escaped", "long"].map { RecordSetKey(try zone.prepending($0), .txt) }
        let found = try await provider(url: lab.url).recordSets(in: zone, keys: keys)
        #expect(keys.map { found[$0]?.data } == ["café", "café", long].map { [.txt(TXTValue($0))] })
        let dns = DNSClient(httpClient: HTTPClient())
        for key in keys {
            let reply = await dns.ask([ServerQuestion(server: lab.dns, name: key.name, type: .txt)])[0]
            guard case .answer(let answer) = reply, case .records(let set) = answer.outcome,
                case .txt(let served) = set.data[0], case .txt(let read)? = found[key]?.data[0]
            else {
                Issue.record("\(reply)")
                return
            }
            #expect(read.strings == served.strings)
        }
    }

    @Test("a zone too large to list is read name by name")
    func largeZone() async throws {
        let zone = try lab.makeZone()
        let writes = try writes(zone, 40)
        #expect(await provider().write(writes, in: zone, permit: { true }).allSatisfy { $0 == .written })
        let small = provider(listingOctetsMax: 2_000)
        let found = try await small.recordSets(in: zone, keys: writes.map(\.key))
        #expect(found.count == 40)
        // One listing that was too large, then one for each name; the write above listed once.
        #expect(try proxy.statuses("GET", zone).count >= 41)
    }

    @Test("a refusal that names none of the record sets ends them all")
    func refusedWhole() async throws {
        let zone = try lab.makeZone()
        try proxy.fault(
            "mode=status", "code=422", "times=99", "method=PATCH", #"body={"error":"Domain is locked"}"#)
        let outcomes = await provider().write(try writes(zone), in: zone, permit: { true })
        for outcome in outcomes {
            #expect(failure(outcome)?.code == .rejected)
            #expect(failure(outcome)?.message.contains("Domain is locked") == true)
        }
        #expect(try proxy.statuses("PATCH", zone) == [422])
    }
}
