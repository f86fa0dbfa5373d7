public import DNS

/// Evaluates SPF as a receiver does (RFC 7208 §4), over answers that a `Resolver` gives.
public struct SPFVerifier: Sendable {
    /// RFC 7208 §4.6.4.
    public static let mailExchangersMax = 10
    /// RFC 7208 §4.6.4; further ones are not looked at.
    public static let pointersMax = 10
    /// Steps that are kept for a reader; a record can have thousands of terms.
    public static let stepsMax = 1000
    /// An explanation longer than this is dropped: §6.2 asks for one line of text.
    public static let explanationOctetsMax = 2048

    private let resolver: any Resolver
    private let receiver: String
    private let records = SPFRecordCache()

    /// - Parameter receiver: the host that checks, for the `%{r}` macro.
    public init(resolver: any Resolver, receiver: String = "unknown") {
        self.resolver = resolver
        self.receiver = receiver
    }

    /// Checks the MAIL FROM identity, or, for a bounce's empty one, `postmaster` at the HELO name (RFC 7208 §2.4).
    ///
    /// - Parameters:
    ///   - address: where the connection came from. An IPv4-mapped IPv6 address counts as IPv4 (§5).
    ///   - mailFrom: without angle brackets; may be empty.
    ///   - unixTime: seconds, for the `%{t}` macro.
    public func check(address: IPAddress, mailFrom: String, helo: String, unixTime: Int64) async -> SPFResult {
        let sender = mailFrom.isEmpty ? "postmaster@" + helo : mailFrom
        let domain = sender.utf8.lastIndex(of: UInt8(ascii: "@")).map { sender[sender.utf8.index(after: $0)...] }
        return await checkHost(
            address: address, domain: String(domain ?? ""), sender: sender, helo: helo, unixTime: unixTime)
    }

    /// check_host() of RFC 7208 §4.1.
    public func checkHost(
        address: IPAddress, domain: String, sender: String, helo: String, unixTime: Int64
    ) async -> SPFResult {
        var evaluation = SPFEvaluation(
            resolver: resolver, records: records, address: address.unmapped, sender: sender, helo: helo,
            receiver: receiver, unixTime: unixTime)
        let verdict = await evaluation.verdict(for: domain)
        return SPFResult(
            verdict: verdict, domain: domain, steps: evaluation.steps, lookUpCount: evaluation.lookUpCount,
            voidLookUpCount: evaluation.voidLookUpCount)
    }
}

extension IPAddress {
    /// `::ffff:192.0.2.1` as `192.0.2.1`.
    var unmapped: IPAddress {
        if case .v6(high: 0, let low) = self, low >> 32 == 0xFFFF { return .v4(UInt32(truncatingIfNeeded: low)) }
        return self
    }
}
