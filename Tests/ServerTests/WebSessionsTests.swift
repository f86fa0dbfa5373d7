import Foundation
import Keys
import Operations
import Synchronization
import Testing

@testable import Server

/// Sessions end, are bounded, and make forms that no other session or form can use.
@Suite struct WebSessionsTests {
    private final class Clock: Sendable {
        let time = Mutex(Date(timeIntervalSince1970: 1_795_521_600))
        var now: Date { time.withLock { $0 } }
        func pass(_ seconds: Double) { time.withLock { $0 += seconds } }
    }

    private let clock = Clock()
    private let token = TokenID(random: [UInt8](repeating: 7, count: TokenID.octetCount))

    private func sessions() -> WebSessions {
        let counter = Mutex<UInt32>(0)
        return WebSessions(
            random: { count in
                let number = counter.withLock { value in
                    value += 1
                    return value
                }
                return (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * ($0 % 4))) }
            }, now: { [clock] in clock.now })
    }

    @Test func aSessionEndsByIdlenessByAgeAndBySigningOut() {
        let sessions = sessions()
        let idle = sessions.begin(token)
        clock.pass(1799)
        #expect(sessions.session(idle)?.token == token)
        clock.pass(1799)
        #expect(sessions.session(idle) != nil)
        clock.pass(1800)
        #expect(sessions.session(idle) == nil)
        let old = sessions.begin(token)
        for _ in 0..<31 {
            clock.pass(900)
            #expect(sessions.session(old) != nil)
        }
        clock.pass(900)
        #expect(sessions.session(old) == nil)
        let ended = sessions.begin(token)
        sessions.end(ended)
        #expect(sessions.session(ended) == nil)
        #expect(sessions.session("") == nil)
        #expect(sessions.count == 0)
    }

    @Test func theTableIsBounded() {
        let sessions = sessions()
        let first = sessions.begin(token)
        clock.pass(1)
        let second = sessions.begin(token)
        clock.pass(1)
        _ = sessions.session(first)
        for _ in 2..<ServerLimits.sessionsMax { _ = sessions.begin(token) }
        #expect(sessions.count == ServerLimits.sessionsMax)
        let last = sessions.begin(token)
        #expect(sessions.count == ServerLimits.sessionsMax)
        // The one that was idle longest went.
        #expect(sessions.session(second) == nil)
        #expect(sessions.session(first) != nil && sessions.session(last) != nil)
    }

    @Test func aFormIsGoodForItsSessionAndItsPath() throws {
        let sessions = sessions()
        let one = try #require(sessions.session(sessions.begin(token)))
        let other = try #require(sessions.session(sessions.begin(token)))
        let path = WebPath("approvals", "a", "answer")
        #expect(one.isFormToken(one.formToken(path), path))
        #expect(!one.isFormToken(one.formToken(path), WebPath("approvals", "b", "answer")))
        #expect(!other.isFormToken(one.formToken(path), path))
        #expect(!one.isFormToken("", path))
    }

    @Test(
        arguments: [
            ("http://a.test", nil, "a.test", true), ("https://a.test:8425", "same-origin", "a.test:8425", true),
            (nil, "same-origin", "a.test", true), (nil, nil, "a.test", false), ("null", nil, "a.test", false),
            ("http://b.test", nil, "a.test", false), ("http://a.test.b.test", nil, "a.test", false),
            ("http://a.test", "cross-site", "a.test", false), ("http://a.test", "same-site", "a.test", false),
            ("http://b.test", "same-origin", "a.test", false), (nil, "none", "a.test", false),
            ("http://a.test:81", nil, "a.test", false), ("http://", nil, "", false),
            ("ftp://a.test", nil, "a.test", false),
        ] as [(String?, String?, String, Bool)])
    func onlyOurOwnPagesSendForms(origin: String?, site: String?, authority: String, isOwn: Bool) {
        #expect(WebPolicy.isOwn(origin: origin, fetchSite: site, authority: authority, hasTLS: false) == isOwn)
        // Behind our own TLS nothing more is ours, and no page without it.
        let isPlain = origin?.hasPrefix("http://") == true
        #expect(
            WebPolicy.isOwn(origin: origin, fetchSite: site, authority: authority, hasTLS: true)
                == (isOwn && !isPlain))
    }

    @Test func theCookieIsForThisServerAlone() {
        #expect(
            WebPolicy.setCookie("ab", isSecure: true)
                == "signet_session=ab; Path=/; HttpOnly; SameSite=Strict; Max-Age=28800; Secure")
        #expect(
            WebPolicy.setCookie(nil, isSecure: false)
                == "signet_session=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    }
}
