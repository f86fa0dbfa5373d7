import DNS
import Testing
import Transport

@testable import DNSProviders

@Suite("What goes into a request to PowerDNS, and what is read from its answers")
struct PowerDNSPatchTests {
    static let zone = DomainName(canonical: "d.example")

    static func write(_ label: String, _ octets: Int = 1) -> RecordSetWrite {
        let key = RecordSetKey(DomainName(canonical: "\(label).d.example"), .txt)
        return RecordSetWrite(
            key: key, expected: nil,
            replacement: RecordSet(
                key, timeToLiveSeconds: 60, data: [.txt(TXTValue(String(repeating: "x", count: octets)))]))
    }

    /// The writes in the parts that they are sent in.
    static func parts(_ writes: [RecordSetWrite]) -> [PowerDNSPatch] {
        var parts: [PowerDNSPatch] = []
        var rest = writes
        while !rest.isEmpty {
            let part = PowerDNSPatch(firstOf: rest, standing: PowerDNSZone())
            parts.append(part)
            rest.removeAll { part.writes.contains($0) }
        }
        return parts
    }

    @Test("no request has more octets or record sets than its bounds, and none is left out")
    func bounds() {
        let many = (0..<2_001).map { Self.write("s\($0)") }
        #expect(Self.parts(many).map(\.writes.count) == [1_000, 1_000, 1])
        #expect(Self.parts(many).flatMap(\.writes) == many)
        let large = (0..<60).map { Self.write("s\($0)", 60_000) }
        let parts = Self.parts(large)
        #expect(parts.count == 4)
        #expect(parts.allSatisfy { $0.body.count <= PowerDNSPatch.octetsMax })
        #expect(parts.flatMap(\.writes) == large)
        // One that is larger by itself goes alone.
        #expect(Self.parts([Self.write("a", 1 << 20), Self.write("b")]).map(\.writes.count) == [1, 1])
    }

    @Test("what gives way to others at its name goes with them, first")
    func oneName() throws {
        let name = DomainName(canonical: "last.d.example")
        let alias = RecordSet(name, .cname, timeToLiveSeconds: 60, data: [.cname(Self.zone)])
        let gone = RecordSetWrite(key: alias.key, expected: alias, replacement: nil)
        let parts = Self.parts((0..<999).map { Self.write("s\($0)") } + [Self.write("last"), gone])
        #expect(parts.map(\.writes.count) == [999, 2])
        let text = String(decoding: try #require(parts.last).body, as: UTF8.self)
        #expect(
            text
                == #"{"rrsets":[{"name":"last.d.example.","type":"CNAME","changetype":"DELETE"},"#
                + #"{"name":"last.d.example.","type":"TXT","changetype":"REPLACE","ttl":60,"#
                + #""records":[{"content":"\"x\"","disabled":false}]}]}"#)
    }

    @Test(
        "whose zone it is",
        arguments: [
            ("Native", false), ("Master", false), ("Primary", false), ("Producer", false), ("Slave", true),
            ("Secondary", true), ("Consumer", true), ("SLAVE", true),
        ])
    func kinds(kind: String, isTransferred: Bool) throws {
        let zone = try PowerDNSZone(json: Array(#"{"kind":"\#(kind)","masters":[],"rrsets":[]}"#.utf8), keys: [])
        #expect(zone.isTransferred == isTransferred)
    }

    @Test(
        "the reason of a refusal",
        arguments: [
            (#"{"error":"Domain is locked"}"#, "Domain is locked"),
            (#"{"error":"Two found","errors":["RRset a. IN MX: x","b"]}"#, "Two found: RRset a. IN MX: x; b"),
            (#"{"errors":["b"],"error":"One found"}"#, "One found: b"), (#"{"errors":["b"]}"#, "b"),
            (#"{"error":"e","errors":[]}"#, "e"), (#"{"error":"e","errors":null}"#, "e"), ("text", "text"),
        ])
    func reasons(body: String, reason: String) {
        let exchange = PowerDNSExchange(server: "s", asked: "a", apiKey: "secret")
        #expect(exchange.reason(HTTPResponse(status: 422, headers: [], body: Array(body.utf8))) == reason)
    }
}
