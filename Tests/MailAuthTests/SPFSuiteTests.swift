import DNS
import Foundation
import MailAuth
import Testing

/// The suites of openspf.org and pyspf: each answer must be one that the suite allows, or stand below with a reason.
@Suite(.enabled(if: SharedSuites.has("spf") && SharedSuites.readsYAML, SharedSuites.absence))
struct SPFSuiteTests {
    struct Suite: Sendable, CustomTestStringConvertible {
        let file: String
        let count: Int
        /// Where we depart from the suite, and why.
        let departures: [String: String]

        var testDescription: String { file }
    }

    static let suites = [
        Suite(file: "spf/rfc7208-tests.yml", count: 203, departures: [:]),
        Suite(file: "spf/rfc4408-tests.yml", count: 191, departures: [:]),
        Suite(
            file: "spf/pyspf-extra.yml", count: 16,
            departures: [
                "default-modifier": "a draft's `default=`, which RFC 7208 §6 makes an unknown modifier without effect",
                "default-modifier-harsh": "the same",
            ]),
        Suite(file: "spf/mailauth/rfc7208-tests.yml", count: 200, departures: [:]),
        Suite(file: "spf/mailauth/rfc7208-tests-2014-05.yml", count: 193, departures: [:]),
    ]

    @Test(arguments: suites)
    func answersAsTheSuiteAllows(suite: Suite) async throws {
        var total = 0
        var departed: Set<String> = []
        for document in try SharedSuites.documents(suite.file) {
            let resolver = Self.resolver(document["zonedata"] as? [String: Any] ?? [:])
            for (name, test) in document["tests"] as? [String: [String: Any]] ?? [:] {
                total += 1
                let (isAllowed, answer) = await Self.run(test, resolver: resolver)
                if isAllowed { continue }
                departed.insert(name)
                if suite.departures[name] == nil { Issue.record("\(suite.file) \(name): \(answer)") }
            }
        }
        #expect(departed == Set(suite.departures.keys), "a departure that is none any more")
        #expect(total == suite.count)
        print("\(suite.file): \(total - departed.count) of \(total) as the suite allows")
    }

    private static func run(_ test: [String: Any], resolver: TableResolver) async -> (Bool, String) {
        let host = test["host"] as! String
        guard let address = IPAddress(host) else { return (false, "not an address: \(host)") }
        let verifier = SPFVerifier(resolver: resolver, receiver: test["receiver"] as? String ?? "unknown")
        let result = await verifier.check(
            address: address, mailFrom: test["mailfrom"] as? String ?? "", helo: test["helo"] as? String ?? "",
            unixTime: 1_700_000_000)
        let allowed = (test["result"] as? [String]) ?? [test["result"] as! String]
        guard allowed.contains(result.verdict.name) else {
            return (false, "\(result.verdict), the suite says \(allowed)")
        }
        if case .fail(let explanation) = result.verdict, let expected = test["explanation"] as? String,
            (expected == "DEFAULT" ? nil : expected) != explanation
        {
            return (false, "explains \(explanation ?? "nothing"), the suite says \(expected)")
        }
        return (true, "")
    }

    private static func resolver(_ zone: [String: Any]) -> TableResolver {
        var records: [(String, RecordData)] = []
        var failing: [String] = []
        for (name, entries) in zone {
            let entries = entries as? [Any] ?? []
            let hasText = entries.contains { ($0 as? [String: Any])?["TXT"] != nil }
            for entry in entries {
                if entry as? String == "TIMEOUT" { failing.append(name) }
                guard let (type, value) = (entry as? [String: Any])?.first else { continue }
                if type == "TXT" || type == "SPF" && !hasText {
                    if value as? String != "NONE" { records.append((name, .txt(text(value)))) }
                } else if let data = data(type, value) {
                    records.append((name, data))
                }
            }
        }
        return TableResolver(records, failing: failing)
    }

    private static func text(_ value: Any) -> TXTValue {
        let strings = (value as? [String] ?? [value as? String ?? ""]).map { text in
            text.unicodeScalars.map { UInt8(truncatingIfNeeded: $0.value) }
        }
        // No strings at all can't be put on the wire: the nearest is one empty string.
        return TXTValue(joined: strings.flatMap { $0 })
    }

    private static func data(_ type: String, _ value: Any) -> RecordData? {
        switch type {
        case "A": return .a(IPAddress(value as! String)!)
        case "AAAA": return .aaaa(IPAddress(value as! String)!)
        case "PTR": return .ptr(TableResolver.name(value as! String))
        case "CNAME": return .cname(TableResolver.name(value as! String))
        case "MX":
            let pair = value as! [Any]
            let exchange = pair[1] as! String
            return .mx(
                preference: UInt16("\(pair[0])")!, exchange: exchange == "." ? .root : TableResolver.name(exchange))
        default: return nil
        }
    }
}
