import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Operations
import Reconcile

/// A declared domain as the doors tell of it, with what is to be published.
struct DomainAnswer: Encodable {
    struct Record: Encodable {
        var type: String
        var name: String
        /// Of a TXT record its whole text, without quotes and not split (RFC 7208 §3.3); else its presentation form.
        var value: String
        var timeToLiveSeconds: UInt32
        var purpose: String

        enum CodingKeys: String, CodingKey {
            case type, name, value, purpose
            case timeToLiveSeconds = "ttl"
        }
    }

    static let unverified = "unverified"
    static var statuses: [String] { [unverified] + DomainState.Status.allCases.map(\.rawValue) }

    /// The domain's own name, canonical.
    var id: String
    var domain: String
    /// `manifest`, or `api`.
    var source: String
    var sends: Bool
    /// What the last look at it in the log came to; `unverified`: there was none.
    var status: String
    var verifiedAt: String?
    /// That of the key of the declared type; left out where nothing signs.
    var selector: String?
    var selectors: [String]
    var keyType: String?
    var policy: String?
    var aggregateReports: [String]
    var createdAt: String?
    var records: [Record]
    /// Names of keys whose records are missing above, because they are still to be made.
    var missingKeys: [String]

    enum CodingKeys: String, CodingKey {
        case id, domain, source, sends, status, selector, selectors
        case verifiedAt = "verified_at"
        case keyType = "dkim_key_type"
        case policy = "dmarc_policy"
        case aggregateReports = "dmarc_rua"
        case createdAt = "created_at"
        case records = "dns_records"
        case missingKeys = "missing_keys"
    }

    init(_ summary: DomainSummary) {
        let declaration = summary.declaration
        id = declaration.name.text
        domain = declaration.name.text
        source = summary.source.rawValue
        sends = declaration.sends
        status = summary.verification?.status.rawValue ?? Self.unverified
        verifiedAt = summary.verification?.at.formatted(.iso8601)
        selector = summary.selectors.first
        selectors = summary.selectors
        keyType = declaration.dkim?.keys.first?.rawValue
        policy = declaration.dmarc?.record.policy.rawValue
        aggregateReports = declaration.dmarc?.record.aggregateReports ?? []
        createdAt = summary.createdAt?.formatted(.iso8601)
        records = summary.records.flatMap(Self.records)
        missingKeys = summary.missingKeys.map(\.description)
    }

    private static func records(_ entry: RecordsReport.Entry) -> [Record] {
        entry.recordSet.values.compactMap { value in
            guard case .known(let data) = value else { return nil }
            let text = if case .txt(let text) = data { text.text } else { data.presentation }
            return Record(
                type: "\(entry.key.type)", name: entry.key.name.text, value: text,
                timeToLiveSeconds: entry.recordSet.timeToLiveSeconds, purpose: entry.reason)
        }
    }
}
