import DNS
import MailAuth

/// SPF records, one a line: read, written, merged, flattened, and evaluated in a DNS that is made of them.
enum SPFFuzz {
    static func run(_ octets: [UInt8]) {
        let texts = octets.split(separator: 0x0A, maxSplits: 7).map { Array($0) }
        let records = texts.compactMap { try? SPFRecord(octets: $0) }
        for record in records {
            promise((try? SPFRecord(record.text)) == record, "what was written reads as the same: \(record.text)")
        }
        merge(records)
        evaluate(texts, seed: octets.first ?? 0)
    }

    private static func merge(_ records: [SPFRecord]) {
        let merge = SPFMerge(terms: [SPFTerm(.include("send.example"))], all: .softfail)
        let merged = merge.merged(into: records)
        promise(merge.merged(into: [merged]) == merged, "merging what was merged changes nothing: \(merged.text)")
        promise((try? SPFRecord(merged.text)) == merged, "a merged record is a record: \(merged.text)")
    }

    private static func evaluate(_ texts: [[UInt8]], seed: UInt8) {
        let resolver = FuzzResolver(texts: texts)
        let address: IPAddress = seed % 2 == 0 ? .v4(0xC000_0201) : .v6(high: 0x2001_0DB8_0000_0000, low: 1)
        let result = now {
            await SPFVerifier(resolver: resolver).check(
                address: address, mailFrom: "a.b+c@d.example", helo: "mail.d.example", unixTime: 1)
        }
        promise(result.lookUpCount <= SPFRecord.lookUpsMax + 1, "ten look-ups")
        promise(result.voidLookUpCount <= SPFRecord.voidLookUpsMax + 1, "two void look-ups")
        promise(result.steps.count <= SPFVerifier.stepsMax, "steps are bounded")
        _ = now { await SPFFlattener(resolver: resolver).flatten([try! DomainName("d.example")]) }
    }
}
