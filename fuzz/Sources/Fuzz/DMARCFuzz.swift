import DNS
import MailAuth

/// A DMARC record: read, written, and applied to an author's domain.
enum DMARCFuzz {
    static func run(_ octets: [UInt8]) {
        if let record = try? DMARCRecord(octets: octets) {
            promise((try? DMARCRecord(record.text)) == record, "what was written reads as the same: \(record.text)")
        }
        _ = DMARCRecord.ignoredTags(in: octets)
        let resolver = FuzzResolver(texts: [octets])
        let author = try! DomainName("a.b.c.d.example")
        let other = try! DomainName("c.d.example")
        let result = now { await DMARCVerifier(resolver: resolver).verify(author: author, spf: other, dkim: [other]) }
        promise(result.author == author, "the author stays who it is")
    }
}
