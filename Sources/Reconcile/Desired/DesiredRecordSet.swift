package import DNS
package import MailAuth
package import Manifest

/// What a manifest asks for at one name and type.
package struct DesiredRecordSet: Sendable, Equatable {
    package enum Content: Sendable, Equatable {
        /// The whole set is Signet's.
        case whole([PlannedRecordSet.Value])
        /// The one string of its kind is Signet's; every other string at the name stays as it is.
        case text(TextKind, TXTValue)
        /// Signet's terms within the one SPF record; its other terms stay, unless the declaration is exclusive.
        case spf(SPFDeclaration, flattened: [SPFTerm])
        /// A key that the domain's own mail does not hang on: the whole set is Signet's.
        case key(PlannedRecordSet.Value, KeyRole)
    }

    package var key: RecordSetKey
    /// The declared domain that asks for it.
    package var domain: DomainName
    /// Seconds, where the manifest declares them.
    package var timeToLiveSeconds: UInt32?
    package var content: Content
    /// What it is for, as `records` shows it.
    package var purpose: String
    /// Nothing in the manifest asks for this very content: a record of somebody else's that serves as well stays.
    package var isImplied: Bool

    package init(
        key: RecordSetKey, domain: DomainName, timeToLiveSeconds: UInt32?, content: Content, purpose: String,
        isImplied: Bool = false
    ) {
        self.key = key
        self.domain = domain
        self.timeToLiveSeconds = timeToLiveSeconds
        self.content = content
        self.purpose = purpose
        self.isImplied = isImplied
    }

    /// Whether the domain's own mail hangs on it.
    package var isOfDomain: Bool { role == nil }

    /// Of a key that the domain's own mail does not hang on.
    package var role: KeyRole? { if case .key(_, let role) = content { role } else { nil } }

    /// What would stand at the name if nothing else did.
    package var alone: PlannedRecordSet {
        let values: [PlannedRecordSet.Value] =
            switch content {
            case .whole(let values): values
            case .text(_, let value): [.known(.txt(value))]
            case .key(let value, _): [value]
            case .spf(let declaration, let flattened):
                [.known(.txt(TXTValue(SPFRecord(declaration, flattened: flattened).text)))]
            }
        return PlannedRecordSet(
            timeToLiveSeconds: timeToLiveSeconds ?? Self.timeToLiveSecondsDefault, values: values)
    }

    /// Seconds for a set that does not exist yet and whose domain declares no `ttl`.
    package static let timeToLiveSecondsDefault: UInt32 = 3600
}
