import FoundationEssentials
import HTTPTypes
import Operations
import Synchronization

/// Finds out who asks, from the Authorization field (RFC 6750 §2.1), and bounds what clients without a token can cause.
/// Tokens in a URL or a body are not looked for: those end up in logs.
final class Gatekeeper: Sendable {
    private let desk: Desk
    private let metrics: MetricsRegistry
    private let failures = Mutex(
        FailureLimit(countMax: ServerLimits.tokenFailuresMax, window: ServerLimits.tokenFailureWindow))
    private let publicRequests = Mutex(
        FailureLimit(countMax: ServerLimits.publicRequestsMax, window: ServerLimits.publicRequestWindow))

    init(desk: Desk, metrics: MetricsRegistry) {
        self.desk = desk
        self.metrics = metrics
    }

    /// Throws where a token is shown that is none. A valid one is never told to wait, because behind a proxy all clients
    /// have one address.
    func caller(_ fields: HTTPFields, client: @autoclosure () -> String) async throws -> Caller {
        guard let value = fields[.authorization] else { return .anonymous }
        return .token(try await grant(Self.bearer(value), client: client()))
    }

    /// What a token allows; throws where it is none.
    func grant(_ token: String?, client: @autoclosure () -> String) async throws -> Caller.Grant {
        if let token, let grant = try await desk.grant(for: token) { return grant }
        metrics.tokenFailed()
        let (client, now) = (client(), desk.now)
        if let end = failures.withLock({ $0.record(client, at: now) }) {
            throw Problem(
                .tooManyFailures, "too many invalid tokens from this address",
                retryAfterSeconds: Int(end.timeIntervalSince(now).rounded(.up)))
        }
        throw Problem(.unauthenticated, "a valid bearer token is wanted")
    }

    /// Counts a request that needs no token.
    func countPublic(client: String) throws {
        let now = desk.now
        guard let end = publicRequests.withLock({ $0.record(client, at: now) }) else { return }
        throw Problem(
            .tooManyRequests, "too many requests from this address",
            retryAfterSeconds: Int(end.timeIntervalSince(now).rounded(.up)))
    }

    /// The scheme in any case, one space, the token.
    static func bearer(_ value: String) -> String? {
        let parts = value.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }
}
