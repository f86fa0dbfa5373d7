package import DNS

/// One address of one name server. A stub's servers have no name.
package struct NameServer: Sendable, Hashable, CustomStringConvertible {
    package var name: DomainName?
    package var address: ServerAddress

    package init(name: DomainName?, address: ServerAddress) {
        self.name = name
        self.address = address
    }

    package var description: String { name.map { "\($0) (\(address))" } ?? "\(address)" }
}

/// The zone that a domain's records stand in, and who serves it.
package struct ZoneContext: Sendable, Equatable {
    package var apex: DomainName
    /// Every address of every name server; at least one.
    package var servers: [NameServer]
    /// The serial that each of `servers` answered with; nil where it did not answer.
    package var serials: [UInt32?]
    /// For how many seconds a cache may hold "no such record" (RFC 2308 §5).
    package var negativeTimeToLiveSeconds: UInt32
    /// Servers that failed to answer for the zone, and how.
    package var failures: [ServerFailure]

    package init(
        apex: DomainName, servers: [NameServer], serials: [UInt32?], negativeTimeToLiveSeconds: UInt32,
        failures: [ServerFailure] = []
    ) {
        self.apex = apex
        self.servers = servers
        self.serials = serials
        self.negativeTimeToLiveSeconds = negativeTimeToLiveSeconds
        self.failures = failures
    }
}

package struct ServerFailure: Sendable, Equatable {
    package var server: NameServer
    package var reason: String

    package init(server: NameServer, reason: String) {
        self.server = server
        self.reason = reason
    }
}

package enum ZoneOutcome: Sendable, Equatable {
    case found(ZoneContext)
    /// No server is named for it: the registrar's or parent's side is missing. In words for a reader.
    case notDelegated(String)
    /// Nobody answered usably: nothing is known. What was asked of whom, and what came back.
    case unobservable(String)
}

/// What one server said of one record set.
package struct ServerView: Sendable, Equatable {
    package enum State: Sendable, Equatable {
        case present(RecordSet)
        case absent(negativeTimeToLiveSeconds: UInt32?)
        /// A CNAME stands at the name, so nothing else can (RFC 1034 §3.6.2).
        case alias(DomainName)
        /// The name lies below a further zone cut.
        case delegatedAway(DomainName)
        case failed(String)
    }

    package var server: NameServer
    package var state: State

    package init(server: NameServer, state: State) {
        self.server = server
        self.state = state
    }
}

/// All that was seen of one domain.
package struct DomainObservation: Sendable, Equatable {
    package var domain: DomainName
    package var zone: ZoneOutcome
    package var views: [RecordSetKey: [ServerView]]

    package init(domain: DomainName, zone: ZoneOutcome, views: [RecordSetKey: [ServerView]] = [:]) {
        self.domain = domain
        self.zone = zone
        self.views = views
    }
}
