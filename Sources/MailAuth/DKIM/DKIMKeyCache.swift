import Synchronization

/// Key records that were read before, by their octets: a domain signs many messages with one key, and making an
/// OpenSSL key out of the octets costs a good part of verifying a signature with it.
///
/// What is kept follows from the octets alone, so that it cannot go stale; DNS is asked each time.
final class DKIMKeyCache: Sendable {
    /// Records of some 1 kB each. When full, all are dropped.
    static let recordsMax = 512

    private let records = Mutex<[OctetKey: DKIMRecord]>([:])

    func record(_ octets: [UInt8]) throws(DKIMRecordError) -> DKIMRecord {
        let key = OctetKey(octets: octets)
        if let known = records.withLock({ $0[key] }) { return known }
        let record = try DKIMRecord(octets: octets)
        records.withLock {
            if $0.count >= Self.recordsMax { $0.removeAll() }
            $0[key] = record
        }
        return record
    }
}
