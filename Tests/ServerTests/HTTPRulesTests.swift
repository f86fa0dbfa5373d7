import Foundation
import HTTPTypes
import NIOHTTP1
import Operations
import SendGate
import Testing

@testable import Server

/// Small rules of HTTP and of the bodies, as tables.
@Suite struct HTTPRulesTests {
    @Test(
        arguments: [
            (["a.test"], .http1_1, true), (["[::1]:8425"], .http1_1, true), ([""], .http1_1, true),
            ([], .http1_1, false),
            (["a.test", "a.test"], .http1_1, false), (["a.test b"], .http1_1, false), (["a.test/x"], .http1_1, false),
            (["user@a.test"], .http1_1, false), (["\u{FC}.test"], .http1_1, false),
            ([], .http1_0, true), (["a.test"], .http1_0, true), (["a", "b"], .http1_0, false),
        ] as [([String], HTTPVersion, Bool)])
    func oneHostIsWanted(hosts: [String], version: HTTPVersion, isGood: Bool) {
        let head = HTTPRequestHead(
            version: version, method: .GET, uri: "/", headers: HTTPHeaders(hosts.map { ("Host", $0) }))
        #expect(HostCheck.isGood(head) == isGood)
    }

    /// RFC 9110 §5.6.7's own, and the days around a year's end.
    @Test(arguments: [
        (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
        (1_767_225_599, "Wed, 31 Dec 2025 23:59:59 GMT"), (1_767_225_600, "Thu, 01 Jan 2026 00:00:00 GMT"),
        (-1, "Wed, 31 Dec 1969 23:59:59 GMT"),
    ])
    func datesReadAsRFC9110HasThem(seconds: Int, text: String) {
        #expect(HTTPDate.text(of: Date(timeIntervalSince1970: Double(seconds))) == text)
    }

    @Test(
        arguments: [
            ("a%41%c3%BC", "aAü"), ("%2541", "%41"), ("a+b", "a+b"), ("%2F%00", "/\u{0}"), ("%", nil), ("%4", nil),
            ("%4g", nil), ("%ff", nil), ("%C3", nil),
        ] as [(String, String?)])
    func pathsAreDecodedOnce(path: String, text: String?) {
        #expect(PercentEncoding.decoded(path.utf8) == text)
    }

    @Test func whoShowsNoTokenKeepsNobodyOut() {
        let budget = BodyBudget()
        let tokens = (0..<3).map { TokenID(random: [UInt8](repeating: $0, count: TokenID.octetCount)) }
        // As many forms as there can be connections, each as large as it may be.
        for _ in 0..<ServerLimits.connectionsMax {
            #expect(budget.take(ServerLimits.anonymousBodyOctetsMax, for: nil))
        }
        #expect(!budget.take(1, for: nil))
        let share = ServerLimits.bodiesOfOneTokenOctetsMax
        #expect(budget.take(share, for: tokens[0]))
        #expect(!budget.take(1, for: tokens[0]))
        #expect(budget.take(share, for: tokens[1]))
        #expect(!budget.take(1, for: tokens[2]))
        // And the other way round.
        budget.giveBack(ServerLimits.anonymousBodyOctetsMax, of: nil)
        #expect(budget.take(ServerLimits.anonymousBodyOctetsMax, for: nil))
        budget.giveBack(share, of: tokens[0])
        #expect(budget.take(1, for: tokens[2]))
    }

    @Test func whatIsRepeatedIsNotCountedAgain() {
        let metrics = MetricsRegistry()
        var report = SendReport(agent: "a", domain: "s.test", from: "a@s.test", recipients: [])
        report.state = .sent
        metrics.messageReported(report)
        report.isRepeated = true
        metrics.messageReported(report)
        #expect(metrics.text.contains("signet_messages_total{outcome=\"sent\"} 1\n"))
    }
}
