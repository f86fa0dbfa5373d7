import FoundationEssentials
import Keys
import Operations
import Synchronization

/// Who is signed in to the web page, in this process' memory alone: a restart signs everybody out.
///
/// A session stands for a token and is never worth more than it: the token is looked up again at every request. The
/// table holds neither tokens nor cookies, only digests of the latter.
final class WebSessions: Sendable {
    struct Session: Sendable {
        let token: TokenID
        /// What form tokens are made with.
        fileprivate let formSecret: [UInt8]
        fileprivate let endsAt: Date
        fileprivate var usedAt: Date

        /// What a form to this path must carry: no other site can know it, and it is good for no other form.
        func formToken(_ path: WebPath) -> String {
            SHA256.hash(formSecret + Array(path.text.utf8)).hex
        }

        func isFormToken(_ text: String, _ path: WebPath) -> Bool {
            // Digests of both, so that the time tells nothing of where they differ.
            SHA256.hash(Array(text.utf8)).isEqualInConstantTime(to: SHA256.hash(Array(formToken(path).utf8)))
        }
    }

    private let random: @Sendable (Int) -> [UInt8]
    private let now: @Sendable () -> Date
    private let sessions = Mutex<[SHA256Digest: Session]>([:])

    init(random: @escaping @Sendable (Int) -> [UInt8], now: @escaping @Sendable () -> Date) {
        self.random = random
        self.now = now
    }

    /// Signs in; the cookie's value, 256 random bits in hexadecimal. Where too many are signed in, the one that has been
    /// idle longest is signed out.
    func begin(_ token: TokenID) -> String {
        let cookie = random(32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let now = now()
        let session = Session(
            token: token, formSecret: random(32),
            endsAt: now.addingTimeInterval(ServerLimits.sessionTime.timeInterval), usedAt: now)
        sessions.withLock { sessions in
            sessions = sessions.filter { Self.isGood($0.value, at: now) }
            if sessions.count >= ServerLimits.sessionsMax,
                let oldest = sessions.min(by: { $0.value.usedAt < $1.value.usedAt })
            {
                sessions[oldest.key] = nil
            }
            sessions[Self.key(cookie)] = session
        }
        return cookie
    }

    /// The session of a cookie, which begins to idle anew; nil: there is none, or it is over.
    func session(_ cookie: String) -> Session? {
        let now = now()
        return sessions.withLock { sessions in
            guard var session = sessions[Self.key(cookie)] else { return nil }
            guard Self.isGood(session, at: now) else {
                sessions[Self.key(cookie)] = nil
                return nil
            }
            session.usedAt = now
            sessions[Self.key(cookie)] = session
            return session
        }
    }

    func end(_ cookie: String) {
        sessions.withLock { $0[Self.key(cookie)] = nil }
    }

    var count: Int { sessions.withLock(\.count) }

    private static func isGood(_ session: Session, at now: Date) -> Bool {
        now < session.endsAt
            && now < session.usedAt.addingTimeInterval(ServerLimits.sessionIdleTime.timeInterval)
    }

    private static func key(_ cookie: String) -> SHA256Digest { SHA256.hash(Array(cookie.utf8)) }
}
