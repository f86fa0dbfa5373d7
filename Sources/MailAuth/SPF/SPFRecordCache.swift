import DNS
import Synchronization

/// Records that were read before, by their octets: the same few senders' records are included by half of all mail.
///
/// What is kept follows from the octets alone, so that it cannot go stale; DNS is asked each time. A record that is
/// malformed is not kept.
final class SPFRecordCache: Sendable {
    /// Records of some 1 kB each. When full, all are dropped.
    static let recordsMax = 512

    /// A record, and what each of its terms names.
    final class Entry: Sendable {
        let record: SPFRecord
        /// The name of each term's domain-spec; nil where there is none, where it holds macros, or where it is no name.
        let targets: [DomainName?]

        init(_ record: SPFRecord) {
            self.record = record
            targets = record.terms.map { term in
                guard let spec = term.mechanism.domainSpec, !spec.utf8.contains(UInt8(ascii: "%")) else { return nil }
                return SPFTargetName.name(fromExpanded: Array(spec.utf8)[...])
            }
        }
    }

    private let entries = Mutex<[OctetKey: Entry]>([:])

    func entry(_ octets: [UInt8]) throws(SPFSyntaxError) -> Entry {
        let key = OctetKey(octets: octets)
        if let known = entries.withLock({ $0[key] }) { return known }
        let entry = Entry(try SPFRecord(octets: octets))
        entries.withLock {
            if $0.count >= Self.recordsMax { $0.removeAll() }
            $0[key] = entry
        }
        return entry
    }
}

extension SPFMechanism {
    /// As it is written; nil without one.
    fileprivate var domainSpec: String? {
        switch self {
        case .all, .ip4, .ip6: nil
        case .include(let spec), .exists(let spec): spec
        case .a(let spec, _, _), .mx(let spec, _, _), .ptr(let spec): spec
        }
    }
}
