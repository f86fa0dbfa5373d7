import MailAuth
import Testing

@Suite struct TransportPolicyTests {
    @Test func policyFileAndItsRecord() throws {
        let policy = MTASTSPolicy(mode: .enforce, mx: ["mx1.example.com", "*.mx.example.com"], maxAgeSeconds: 604_800)
        #expect(
            policy.text
                == "version: STSv1\r\nmode: enforce\r\nmx: mx1.example.com\r\nmx: *.mx.example.com\r\nmax_age: 604800\r\n"
        )
        #expect(MTASTSPolicy(octets: Array(policy.text.utf8)) == policy)
        let record = policy.record
        #expect(record.id.count == 32)
        #expect(MTASTSRecord(octets: Array(record.text.utf8)) == record)
        var other = policy
        other.maxAgeSeconds += 1
        #expect(other.record != record)
    }

    @Test(arguments: [
        ("version: STSv1\nmode: none\nmax_age: 86400\n", true),
        ("version: STSv1\nmode: testing\nmode: enforce\nmx: a.example\nx: y\nmax_age: 1", true),
        ("version: STSv1\nmode: enforce\nmax_age: 86400\n", false),
        ("version: STSv2\nmode: none\nmax_age: 86400\n", false),
        ("version: STSv1\nmode: none\nmax_age: 31557601\n", false),
        ("version: STSv1\nmode: none\n", false),
        ("", false),
    ])
    func readsPolicyFiles(text: String, isValid: Bool) {
        let policy = MTASTSPolicy(octets: Array(text.utf8))
        #expect((policy != nil) == isValid)
        if text.contains("testing") { #expect(policy?.mode == .testing) }
    }

    @Test func recordsAreReadStrictly() {
        #expect(MTASTSRecord(octets: Array("v=STSv1; id=20160831085700Z;".utf8))?.id == "20160831085700Z")
        for text in ["v=STSv1", "v=STSv1; id=", "v=STSv1; id=a-b", "id=1; v=STSv1", "v=STSv2; id=1"] {
            #expect(MTASTSRecord(octets: Array(text.utf8)) == nil)
        }
        #expect(MTASTSRecord(id: String(repeating: "a", count: 33)) == nil)

        let report = TLSReportRecord(octets: Array("v=TLSRPTv1; rua=mailto:t@x.example, https://x.example/v1".utf8))
        #expect(report?.text == "v=TLSRPTv1; rua=mailto:t@x.example,https://x.example/v1")
        #expect(TLSReportRecord(octets: Array("v=TLSRPTv1; rua=ftp://x".utf8)) == nil)
        #expect(TLSReportRecord(reports: []) == nil)

        let logo = BIMIRecord(octets: Array("v=BIMI1; l=https://x.example/l.svg; a=;".utf8))
        #expect(logo?.text == "v=BIMI1; l=https://x.example/l.svg; a=")
        #expect(BIMIRecord(octets: Array("v=BIMI1; l=;".utf8))?.logo == "")
        #expect(BIMIRecord(octets: Array("v=BIMI1; a=".utf8)) == nil)
        #expect(BIMIRecord(logo: "http://x.example/l.svg") == nil)
    }
}
