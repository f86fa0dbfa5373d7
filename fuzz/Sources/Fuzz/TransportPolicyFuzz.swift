import MailAuth

/// The records and the policy of MTA-STS, TLS reporting and BIMI.
enum TransportPolicyFuzz {
    static func run(_ octets: [UInt8]) {
        _ = MTASTSPolicy(octets: octets)
        if let record = MTASTSRecord(octets: octets) {
            promise(MTASTSRecord(octets: Array(record.text.utf8)) == record, "an MTA-STS record reads as written")
        }
        if let record = TLSReportRecord(octets: octets) {
            promise(TLSReportRecord(octets: Array(record.text.utf8)) == record, "a TLSRPT record reads as written")
        }
        if let record = BIMIRecord(octets: octets) {
            promise(BIMIRecord(octets: Array(record.text.utf8)) == record, "a BIMI record reads as written")
        }
    }
}
