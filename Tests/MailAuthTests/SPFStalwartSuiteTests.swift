import DNS
import Foundation
import Testing

@testable import MailAuth

/// Stalwart's SPF cases: files of lines, in which each `expect` asks with what was said before it.
@Suite(.enabled(if: SharedSuites.has("spf/stalwart"), SharedSuites.absence))
struct SPFStalwartSuiteTests {
    /// Where we depart, by file and line, and why.
    static let departures = [
        "all.yml:14": "`ip:` is no mechanism, and a syntax error anywhere is a permerror (RFC 7208 §4.6)",
        "basic.yml:112": "ten names without an address: more than two void look-ups are a permerror (§4.6.4)",
        "basic.yml:132": "eleven mail servers: more than ten are a permerror, whichever matches (§4.6.4)",
        "basic.yml:164": "the suite asks for the HELO identity first; here MAIL FROM was asked for (§2.4)",
        "exists.yml:19": "`exists` looks for A, even over IPv6, and the name has an AAAA only (§5.7)",
        "macro.yml:35": "the same",
        "ip.yml:54": "an IPv4 address matches no `ip6`, IPv4-mapped or not (§5, §5.6)",
    ]

    @Test func answersAsStated() async throws {
        var total = 0
        var departed: Set<String> = []
        let folder = SharedSuites.url("spf/stalwart").path
        for file in try FileManager.default.contentsOfDirectory(atPath: folder).sorted() {
            var zone = Zone()
            let text = String(decoding: try SharedSuites.bytes("spf/stalwart/" + file), as: UTF8.self)
            for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                guard let (key, value) = Self.pair(line) else { continue }
                if line.hasPrefix("name:") { zone = Zone() }
                guard key == "expect" else {
                    zone.take(key, value)
                    continue
                }
                total += 1
                let answer = await zone.ask()
                if answer == value { continue }
                let place = "\(file):\(number + 1)"
                departed.insert(place)
                if Self.departures[place] == nil { Issue.record("\(place): \(answer), the suite says \(value)") }
            }
        }
        #expect(departed == Set(Self.departures.keys), "a departure that is none any more")
        print("Stalwart SPF: \(total - departed.count) of \(total)")
        #expect(total == 163)
    }

    private static func pair(_ line: Substring) -> (key: String, value: String)? {
        guard !line.hasPrefix("#"), let colon = line.firstIndex(of: ":") else { return nil }
        let key = line[..<colon].trimmingCharacters(in: CharacterSet(charactersIn: " -"))
        return (key, line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces))
    }

    /// Records, and who asks.
    private struct Zone {
        private var records: [String: [(String, RecordData)]] = [:]
        private var sender = ""
        private var helo = ""
        private var address = ""

        mutating func take(_ key: String, _ value: String) {
            switch key {
            case "sender": sender = value
            case "domain": helo = value
            case "ip": address = value
            case "spf", "exp", "a", "aaaa", "mx", "ptr":
                records[Self.place(key, value), default: []] = Self.data(key, value)
            default: break
            }
        }

        /// What is said of a name again replaces what was said before.
        private static func place(_ key: String, _ value: String) -> String {
            key + " " + value.prefix { $0 != " " }
        }

        private static func data(_ key: String, _ value: String) -> [(String, RecordData)] {
            let name = String(value.prefix { $0 != " " })
            let rest = value.dropFirst(name.count).trimmingCharacters(in: .whitespaces)
            let items = rest.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
            switch key {
            case "spf", "exp": return [(name, .txt(TXTValue(rest)))]
            case "a": return items.map { (name, .a(IPAddress($0)!)) }
            case "aaaa": return items.map { (name, .aaaa(IPAddress($0)!)) }
            case "ptr":
                guard let address = IPAddress(name) else { return [] }
                return items.map { (Self.reverseName(address), .ptr(TableResolver.name($0))) }
            default:
                // The suite names a mail server by its address.
                return items.enumerated().flatMap { index, item -> [(String, RecordData)] in
                    let host = "mx\(index)." + name
                    let address = IPAddress(item)!
                    var isIPv4 = false
                    if case .v4 = address { isIPv4 = true }
                    return [
                        (name, .mx(preference: UInt16(index + 1), exchange: TableResolver.name(host))),
                        (host, isIPv4 ? .a(address) : .aaaa(address)),
                    ]
                }
            }
        }

        private static func reverseName(_ address: IPAddress) -> String {
            switch address {
            case .v4(let value):
                return (0..<4).map { String(value >> (8 * $0) & 0xFF) + "." }.joined() + "in-addr.arpa"
            case .v6(let high, let low):
                return [low, high].flatMap { part in (0..<16).map { String(part >> (4 * $0) & 0xF, radix: 16) + "." } }
                    .joined() + "ip6.arpa"
            }
        }

        /// Names of this sort fail in the suite's resolver.
        private static let failing = ["_dns_error.org", "_dns_error.test.org"]

        func ask() async -> String {
            // A name that DNS cannot hold has no records.
            let usable = records.values.flatMap { $0 }.filter {
                SPFTargetName.name(fromExpanded: Array($0.0.utf8)[...]) != nil
            }
            let result = await SPFVerifier(resolver: TableResolver(usable, failing: Self.failing)).check(
                address: IPAddress(address)!, mailFrom: sender, helo: helo, unixTime: 1_700_000_000)
            if case .fail(let explanation?) = result.verdict { return "fail " + explanation }
            return result.verdict.name
        }
    }
}
