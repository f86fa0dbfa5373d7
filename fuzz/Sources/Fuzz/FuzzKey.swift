import DNS
import Keys
import MailAuth

/// A key pair of the fuzzer's own, and the domain that signs with it.
enum FuzzKey {
    static let domain = try! DomainName("d.example")
    static let selector = "s"
    /// RFC 8463 appendix A.2's key.
    static let signer = try! Signer(
        pem: Array(
            """
            -----BEGIN PRIVATE KEY-----
            MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
            -----END PRIVATE KEY-----

            """.utf8))
    static let record = Array(DKIMRecord(publicKey: signer.publicKey).text.utf8)
    static let resolver = OneKeyResolver(record: record)
}

/// Every name has the one key record.
struct OneKeyResolver: Resolver {
    let record: [UInt8]

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        type == .txt ? .found([.txt(TXTValue(joined: record))], timeToLiveSeconds: 300) : .noData
    }
}
