/// Answers a question about a name the way a receiver's resolver would: from a stub's servers or a recursive one.
///
/// Implemented in Transport; a table in tests. Every case is a verdict: nothing is thrown, and a failure is never
/// mistaken for an absence.
public protocol Resolver: Sendable {
    /// Follows CNAMEs. Bounded in time by the implementation's own deadline.
    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer
}

public enum LookUpAnswer: Sendable, Equatable {
    /// The data at the end of any CNAME chain, at least one, and the smallest time to live met on the way.
    case found([RecordData], timeToLiveSeconds: UInt32)
    /// The name exists, without this type.
    case noData
    /// RFC 8020: neither the name nor anything below it exists.
    case noSuchName
    /// SERVFAIL, REFUSED, a time-out, a broken answer: nothing is known.
    case failed(String)
}

/// Asks particular servers particular questions: what plan, drift and convergence observe with.
///
/// One call carries a whole batch, because a plan of a thousand domains asks thousands of questions. Implemented in
/// Transport over UDP (EDNS, retries, TCP on truncation) with a named bound on what is in flight.
package protocol ServerQuerying: Sendable {
    /// One reply for each question, in the order of the questions.
    func ask(_ questions: [ServerQuestion]) async -> [ServerReply]
    /// The same, all asked of one caching resolver.
    func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply]
}

/// A resolver that follows delegations for us.
package enum ResolverAddress: Hashable, Sendable, CustomStringConvertible {
    case server(ServerAddress)
    /// DNS over HTTPS (RFC 8484): the URL that takes POST; https, or http on loopback.
    case https(String)

    package var description: String {
        switch self {
        case .server(let address): address.description
        case .https(let url): url
        }
    }
}

package struct ServerQuestion: Sendable, Hashable {
    package var server: ServerAddress
    package var name: DomainName
    package var type: RecordType
    /// Set for a caching resolver, clear for an authoritative server.
    package var recursionDesired: Bool

    package init(server: ServerAddress, name: DomainName, type: RecordType, recursionDesired: Bool = false) {
        self.server = server
        self.name = name
        self.type = type
        self.recursionDesired = recursionDesired
    }
}

package enum ServerReply: Sendable, Equatable {
    case answer(ServerAnswer)
    /// Nothing usable arrived within the retries: why, in words for a reader.
    case failed(QueryFailure)
}

package enum QueryFailure: Sendable, Equatable, CustomStringConvertible {
    case timedOut
    case refusedConnection
    case unreachable(String)
    /// SERVFAIL, REFUSED, NOTIMP, FORMERR and the like, with an RFC 8914 extended error's text where one came.
    case responseCode(UInt8, String?)
    case malformed(String)

    package var description: String {
        switch self {
        case .timedOut: "no answer"
        case .refusedConnection: "connection refused"
        case .unreachable(let why): "unreachable: \(why)"
        case .responseCode(let code, let text):
            ResponseCode.name(code) + (text.map { " (\($0))" } ?? "")
        case .malformed(let why): "malformed answer: \(why)"
        }
    }
}

package enum ResponseCode {
    package static let noError: UInt8 = 0
    package static let formatError: UInt8 = 1
    package static let serverFailure: UInt8 = 2
    package static let noSuchName: UInt8 = 3
    package static let notImplemented: UInt8 = 4
    package static let refused: UInt8 = 5

    /// The mnemonic of RFC 1035 §4.1.1, RFC 2136 §2.2: `SERVFAIL`.
    package static func name(_ code: UInt8) -> String {
        let names = [
            "NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET",
            "NOTAUTH", "NOTZONE",
        ]
        return Int(code) < names.count ? names[Int(code)] : "RCODE\(code)"
    }
}

/// A server's answer to one question, reduced to what the question asked for. NOERROR or NXDOMAIN only.
package struct ServerAnswer: Sendable, Equatable {
    package enum Outcome: Sendable, Equatable {
        case records(RecordSet)
        /// The name is an alias (RFC 1034 §3.6.2): the CNAME's target, and its time to live. Not followed.
        case alias(DomainName, timeToLiveSeconds: UInt32)
        /// The name exists, without this type.
        case noData
        case noSuchName
        /// A referral: the server is not authoritative; the zone cut is at the name, delegated to these servers.
        case referral(DomainName, nameServers: [DomainName])
    }

    package var outcome: Outcome
    /// The AA bit (RFC 1035 §4.1.1).
    package var isAuthoritative: Bool
    /// The SOA of the authority section, or of the answer to an SOA question: its owner is the zone's apex.
    package var authority: ZoneAuthority?
    /// Addresses that came in the additional section, for name servers named in the answer or authority.
    package var glue: [DomainName: [IPAddress]]

    package init(
        outcome: Outcome, isAuthoritative: Bool, authority: ZoneAuthority? = nil, glue: [DomainName: [IPAddress]] = [:]
    ) {
        self.outcome = outcome
        self.isAuthoritative = isAuthoritative
        self.authority = authority
        self.glue = glue
    }
}

package struct ZoneAuthority: Sendable, Equatable {
    package var apex: DomainName
    package var startOfAuthority: StartOfAuthority
    /// The SOA record's own time to live, in seconds.
    package var timeToLiveSeconds: UInt32

    package init(apex: DomainName, startOfAuthority: StartOfAuthority, timeToLiveSeconds: UInt32) {
        self.apex = apex
        self.startOfAuthority = startOfAuthority
        self.timeToLiveSeconds = timeToLiveSeconds
    }

    /// For how many seconds a cache may hold "no such record": the lesser of the SOA's time to live and its MINIMUM
    /// (RFC 2308 §5).
    package var negativeTimeToLiveSeconds: UInt32 { min(startOfAuthority.minimum, timeToLiveSeconds) }
}
