public import DNS

/// Whether another organization agrees to receive a domain's reports (RFC 9990 §4).
public enum DMARCReportDestination: Sendable, Equatable {
    /// The destination belongs to the domain's own organization.
    case own
    /// A record at this name says so.
    case authorized(DomainName)
    /// No such record: report generators ignore the URI.
    case notAuthorized(DomainName)
    /// A URI that is not `mailto:`, or has no usable host.
    case unusable
    case temperror(String)

    /// - Parameters:
    ///   - uri: as in `rua` or `ruf`.
    ///   - domain: the name whose DMARC record asks for the reports.
    public init(of uri: String, requestedBy domain: DomainName, resolver: any Resolver) async {
        guard let host = Self.host(of: uri) else {
            self = .unusable
            return
        }
        switch await DMARCAlignment(of: host, with: domain, mode: .relaxed, resolver: resolver) {
        case .aligned:
            self = .own
        case .temperror(let reason):
            self = .temperror(reason)
        case .notAligned:
            // Step 4: a name over DNS' length cannot authorize.
            guard let name = Self.authorizationName(for: domain, at: host) else {
                self = .unusable
                return
            }
            switch await resolver.look(up: name, .txt) {
            case .failed(let reason):
                self = .temperror(reason)
            case .noData, .noSuchName:
                self = .notAuthorized(name)
            case .found(let data, _):
                // Steps 6 to 8: one record with v=DMARC1 first is enough.
                let isAuthorized = data.contains {
                    guard case .txt(let value) = $0 else { return false }
                    return DMARCRecord.isDMARC(value.joined)
                }
                self = isAuthorized ? .authorized(name) : .notAuthorized(name)
            }
        }
    }

    /// `D._report._dmarc.R`; nil if it is too long for DNS.
    public static func authorizationName(for domain: DomainName, at host: DomainName) -> DomainName? {
        guard let below = try? host.prepending("_report._dmarc") else { return nil }
        return try? below.prepending(domain.text)
    }

    /// What stands at the authorization name.
    public static let authorizationText = "v=DMARC1"

    /// The domain of a `mailto:` URI's address; nil for other URIs.
    public static func host(of uri: String) -> DomainName? {
        let octets = Array(uri.utf8)[...]
        guard let colon = octets.firstIndex(of: UInt8(ascii: ":")), octets[..<colon].equalsIgnoringCase("mailto")
        else { return nil }
        let address = octets[(colon + 1)...].prefix { $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "!") }
        guard let at = address.lastIndex(of: UInt8(ascii: "@")) else { return nil }
        return try? DomainName(address[(at + 1)...].text)
    }
}
