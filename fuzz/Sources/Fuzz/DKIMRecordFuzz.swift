import Keys
import MailAuth

/// A DKIM key record, and the key's octets in each form that is published.
enum DKIMRecordFuzz {
    static func run(_ octets: [UInt8]) {
        _ = PublicKey(subjectPublicKeyInfo: octets)
        _ = PublicKey(pkcs1: octets)
        guard let record = try? DKIMRecord(octets: octets) else { return }
        let again = try? DKIMRecord(record.text)
        promise(again?.publicKey == record.publicKey, "the written record has the same key")
        promise(again?.isTesting == record.isTesting && again?.isStrict == record.isStrict, "and the same flags")
        if let key = record.publicKey {
            promise(PublicKey(subjectPublicKeyInfo: key.subjectPublicKeyInfo) == key, "canonical DER reads as the key")
        }
    }
}
