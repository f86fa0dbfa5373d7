import DNS
import Foundation
import Keys
import TestSupport
import Testing

@testable import MailAuth

@Suite struct ReportTests {
    static func xml(_ records: String, prefix: String = "") -> [UInt8] {
        Array(
            """
            \(prefix)<feedback><report_metadata><org_name>O &amp; P</org_name><report_id>1</report_id>
            <date_range><begin>1</begin><end>2</end></date_range></report_metadata>
            <policy_published><domain>D.example</domain><p>reject</p><t>y</t></policy_published>\(records)</feedback>
            """.utf8)
    }

    static let record = """
        <record><row><source_ip>192.0.2.1</source_ip><count>3</count><policy_evaluated><disposition>none</disposition>\
        <dkim>pass</dkim><spf>fail</spf></policy_evaluated></row><identifiers><header_from>d.example</header_from>\
        </identifiers><auth_results><spf><domain>x.example</domain><result>fail</result></spf></auth_results></record>
        """

    @Test func readsAnAggregateReport() throws {
        let report = try DMARCAggregateReport(xml: Self.xml(Self.record))
        #expect(report.metadata.organization == "O & P")
        #expect(report.policy.domain.text == "d.example")
        #expect(report.policy.policy == .reject)
        #expect(report.policy.isTesting)
        #expect(report.records.count == 1)
        #expect(report.records[0].source == IPAddress("192.0.2.1"))
        #expect(report.records[0].count == 3)
        #expect(report.records[0].isDKIMAligned && !report.records[0].isSPFAligned)
        #expect(report.unreadableRecords == 0)
    }

    @Test func namespacesCommentsAndCDATASayNothingOfTheirOwn() throws {
        let text = String(
            decoding: Self.xml(Self.record, prefix: "\u{FEFF}<?xml version=\"1.0\"?><!-- a -->"), as: UTF8.self
        )
        .replacing("<feedback>", with: "<d:feedback xmlns:d='urn:x' a=\"b>c\">")
        .replacing("</feedback>", with: "</d:feedback >")
        .replacing("O &amp; P", with: "<![CDATA[O & ]]>P<!-- x -->")
        let plain = try DMARCAggregateReport(xml: Self.xml(Self.record))
        #expect(try DMARCAggregateReport(xml: Array(text.utf8)) == plain)
    }

    static let hostile: [(String, ReportError)] = [
        ("<!DOCTYPE feedback [<!ENTITY a \"aaaa\">]><feedback/>", ReportError.documentType(offset: 0)),
        ("<feedback><!ENTITY a 'b'></feedback>", .documentType(offset: 10)),
        ("", .missing("feedback")), ("<html/>", .missing("feedback")),
        ("<feedback></feedback>", .missing("feedback/report_metadata")),
        ("<feedback><record><row></record></feedback>", .malformed("an end tag without its start", offset: 32)),
        ("<feedback><record>", .missing("feedback/report_metadata")),
        ("<feedback><!-- ", .malformed("an unfinished comment", offset: 10)),
        (
            "<feedback>" + String(repeating: "<a>", count: 40),
            .tooLarge("elements in one another", max: 32)
        ),
        (
            "<feedback><record>" + String(repeating: "<a/>", count: 10_001),
            .tooLarge("elements in one part", max: 10_000)
        ),
        (
            "<feedback><record>" + String(repeating: "a", count: 70_000),
            .tooLarge("octets of text in one element", max: 65_536)
        ),
        (
            "<feedback><a>" + String(repeating: "<1", count: 1001),
            .malformed("one `<` too many that is no tag", offset: 2013)
        ),
    ]

    // A look back over the name at each octet behind it would take minutes.
    @Test(.timeLimit(.minutes(1))) func longTagsAreReadOnce() throws {
        let tag = "<" + String(repeating: "a", count: 500) + " " + String(repeating: "x", count: 500) + ">"
        var reader = XMLReader(Array(String(repeating: tag, count: 10_000).utf8))
        var count = 0
        while let event = try reader.next() { if case .start = event { count += 1 } }
        #expect(count == 10_000)
    }

    @Test(arguments: hostile)
    func hostileXMLIsRefused(text: String, error: ReportError) {
        #expect(throws: error) { try DMARCAggregateReport(xml: Array(text.utf8)) }
    }

    @Test(arguments: [
        ("&lt;&gt;&amp;&quot;&apos;&#65;&#x42;", "<>&\"'AB"),
        ("&unknown; &#xD800; &#1114112; & &;", "&unknown; &#xD800; &#1114112; & &;"),
    ])
    func entitiesAreXMLsOwnAndNoOthers(text: String, expected: String) {
        #expect(XMLEntities.decode(Array(text.utf8)[...])[...].text == expected)
    }

    @Test func recordsThatCannotBeReadAreCounted() throws {
        let report = try DMARCAggregateReport(
            xml: Self.xml(Self.record + Self.record.replacing("192.0.2.1", with: "nowhere") + "<record/>"))
        #expect(report.records.count == 1)
        #expect(report.unreadableRecords == 2)
    }

    @Test func aReportThatIsCutOffSaysSo() throws {
        let whole = Self.xml(Self.record + Self.record)
        let report = try DMARCAggregateReport(xml: Array(whole.dropLast(40)))
        #expect(report.isCutOff)
        #expect(report.records.count == 1)
        #expect(try !DMARCAggregateReport(xml: whole).isCutOff)
    }

    @Test(arguments: [
        "{", "{\"a\"}", "[1,]", "{\"a\":1,}", "\"\\x\"", "nul", "1 2", "\"\u{1}\"", "\"a", "--", "\"\\u12\"", "",
    ])
    func brokenJSONIsRefused(text: String) {
        #expect(throws: ReportError.self) { try JSONReader.read(Array(text.utf8)) }
    }

    @Test(arguments: [
        ("\"\\u00fc\\ud83d\\ude00\\n\\ud800x\"", JSONValue.string("ü😀\n\u{FFFD}x")),
        (" [ 1 , -2.5e3 ] ", .array([.number("1"), .number("-2.5e3")])),
        ("{\"a\":null,\"b\":true}", .object([("a", .null), ("b", .bool(true))])), ("{}", .object([])),
        ("[]", .array([])),
    ])
    func readsJSON(text: String, expected: JSONValue) throws {
        #expect(try JSONReader.read(Array(text.utf8)) == expected)
    }

    @Test func jsonThatIsTooDeepIsRefused() {
        #expect(throws: ReportError.tooLarge("values in one another", max: 32)) {
            try JSONReader.read(Array(String(repeating: "[", count: 100_000).utf8))
        }
    }

    @Test func dMARCReportsPackedEveryWayAreTheSame() throws {
        let plain = Self.xml(Self.record)
        let expected = [MailReport.dmarc(try DMARCAggregateReport(xml: plain))]
        let archives = try PythonArchives.make(plain)
        #expect(try MailReport.reports(in: plain) == expected)
        #expect(try MailReport.reports(in: archives.gzip) == expected)
        #expect(try MailReport.reports(in: archives.members) == expected)
        #expect(try MailReport.reports(in: archives.deflated) == expected)
        #expect(try MailReport.reports(in: archives.stored) == expected)
        for archive in [archives.gzip, archives.deflated, archives.stored] {
            for cut in [1, 8, 30, archive.count / 2] {
                #expect(throws: ReportError.self) { try MailReport.reports(in: Array(archive.dropLast(cut))) }
            }
        }
    }

    @Test func aBombIsNotInflated() throws {
        let bombs = try PythonArchives.bombs()
        for bomb in [bombs.gzip, bombs.deflated] {
            #expect(bomb.count < 1 << 20)
            let error = #expect(throws: ReportError.self) { try MailReport.reports(in: bomb) }
            guard case .tooLarge("octets inflated from the archive", _) = error else {
                Issue.record("\(String(describing: error))")
                continue
            }
        }
        // What counts is the sum of an archive's files: six of 150,000 octets fit, and the seventh does not.
        #expect(throws: ReportError.tooLarge("octets inflated from the archive", max: 100_000)) {
            try ZIPArchive(bombs.many).contents(max: 1_000_000)
        }
        #expect(throws: ReportError.tooLarge("files in the archive", max: 16)) {
            try MailReport.reports(in: bombs.files)
        }
    }

    /// Every octet of an archive changed in turn: an answer or an error, never a crash.
    @Test func damagedArchivesAreAnswered() throws {
        let archives = try PythonArchives.make(Self.xml(Self.record))
        for archive in [archives.gzip, archives.deflated] {
            for index in archive.indices {
                for change: UInt8 in [0x01, 0x80, 0xFF] {
                    var damaged = archive
                    damaged[index] ^= change
                    _ = try? MailReport.reports(in: damaged)
                }
            }
        }
    }

    @Test func partsAreFoundAtEveryDepth() throws {
        let xml = Self.xml(Self.record)
        let text = """
            From: a@d.example\r\nContent-Type: multipart/mixed; boundary="a b"\r\n\r\npreamble\r\n--a b\r\n\
            Content-Type: text/plain\r\n\r\n<not a report>\r\n--a b  \r\n\
            Content-Type: multipart/alternative; charset=x; boundary=c\r\n\r\n--c\r\nContent-Type: text/xml\r\n\
            Content-Transfer-Encoding: base64\r\n\r\n\(Base64.encodeText(xml))\r\n--c--\r\nepilogue\r\n--a b--\r\n
            """
        #expect(
            try MailReport.reports(in: Message(Array(text.utf8))) == [.dmarc(try DMARCAggregateReport(xml: xml))])
        #expect(throws: ReportError.noReport) { try MailReport.reports(in: Message(Array("A: b\r\n\r\nx\r\n".utf8))) }
        #expect(throws: ReportError.unknownFormat) { try MailReport.reports(in: Array("x".utf8)) }
    }

    /// Of a multipart in another, whatever its header says beside what programs write on every entity is told.
    @Test func fieldsThatSayNothingAreNotOutside() {
        func outside(_ fields: String) -> [String] {
            let text = """
                Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\
                Content-Type: multipart/alternative; boundary=c\r\n\(fields)\r\n--c\r\n\r\nx\r\n--c--\r\n--b--\r\n
                """
            return MIMEPart(Message(Array(text.utf8))).contents.outside.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(outside("MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8Bit\r\n").isEmpty)
        #expect(outside("mime-version:\r\n 1.0\r\nContent-Transfer-Encoding: 7bit\r\n").isEmpty)
        for field in [
            "MIME-Version: 1.0 (pay today)\r\n", "Content-Transfer-Encoding: base64\r\n", "X-Note: 7bit\r\n",
        ] {
            #expect(outside("MIME-Version: 1.0\r\n" + field) == [field])
        }
    }

    @Test func multipartsAreBounded() {
        let deep = (0..<50).map { "Content-Type: multipart/mixed; boundary=b\($0)\r\n\r\n--b\($0)\r\n" }.joined()
        #expect(MIMEPart(Message(Array(deep.utf8))).leaves.count == 1)
        let wide =
            "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + String(repeating: "--b\r\n\r\nx\r\n", count: 1000)
        #expect(MIMEPart(Message(Array(wide.utf8))).leaves.count == MIMEPart.partsMax)
    }

    @Test(arguments: [
        ("a=3Db", "a=b"), ("a=\r\nb", "ab"), ("a= \t\r\nb", "ab"), ("a=\nb", "ab"), ("=C3=BC", "ü"), ("a=", "a="),
        ("=ZZ", "=ZZ"),
    ])
    func undoesQuotedPrintable(text: String, expected: String) {
        #expect(QuotedPrintable.decode(Array(text.utf8)[...])[...].text == expected)
    }
}

/// Archives by Python's own modules.
private enum PythonArchives {
    struct Made: Decodable { let gzip, members, deflated, stored: [UInt8] }
    struct Bombs: Decodable { let gzip, deflated, many, files: [UInt8] }

    private static let pack = """
        import base64, gzip, io, json, sys, zipfile
        def pack(files, method):
            b = io.BytesIO()
            with zipfile.ZipFile(b, 'w', method) as z:
                for i, f in enumerate(files): z.writestr('%d.xml' % i, f)
            return b.getvalue()
        show = lambda **k: print(json.dumps({n: base64.b64encode(v).decode() for n, v in k.items()}))

        """

    static func make(_ content: [UInt8]) throws -> Made {
        try run(
            "x = base64.b64decode('\(Base64.encodeText(content))')\n"
                + "show(gzip=gzip.compress(x), members=gzip.compress(x[:99]) + gzip.compress(x[99:]) + b'tail', deflated=pack([x], zipfile.ZIP_DEFLATED), stored=pack([x], zipfile.ZIP_STORED))"
        )
    }

    static func bombs() throws -> Bombs {
        try run(
            """
            x = b'<feedback>' + bytes(80 << 20)
            show(gzip=gzip.compress(x), deflated=pack([x], zipfile.ZIP_DEFLATED),
                 many=pack([bytes(150_000)] * 16, zipfile.ZIP_DEFLATED), files=pack([b'<feedback/>'] * 17, zipfile.ZIP_STORED))
            """)
    }

    private static func run<Value: Decodable>(_ script: String) throws -> Value {
        let made = try ChildProcess.run("/usr/bin/env", ["python3", "-c", pack + script])
        guard made.status == 0 else { throw Lab.Failure(description: made.all) }
        let decoder = JSONDecoder()
        let texts = try decoder.decode([String: String].self, from: Data(made.output.utf8))
        let octets = texts.mapValues { Array(Data(base64Encoded: $0)!) }
        return try decoder.decode(Value.self, from: JSONEncoder().encode(octets))
    }
}

/// Reports of real receivers, and those that other readers are tested with.
@Suite(.enabled(if: SharedSuites.has("dmarc/reports") && SharedSuites.has("tlsrpt"), SharedSuites.absence))
struct ReportSuiteTests {
    private static func read(_ path: String) throws -> [MailReport] {
        let octets = try SharedSuites.bytes(path)
        return path.hasSuffix(".eml")
            ? try MailReport.reports(in: Message(file: octets)) : try MailReport.reports(in: octets)
    }

    private static func files(_ folder: String, _ suffixes: [String]) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: SharedSuites.url(folder).path)
            .filter { name in suffixes.contains { name.hasSuffix($0) } }.sorted().map { folder + "/" + $0 }
    }

    /// Files that are damaged on purpose, and what must be said of them.
    private static let damaged = [
        // A source address `108r.166.27.220`, and no end of the report.
        "bad.com!example.com!1337140800!1337227200.xml": (unreadable: 1, isCutOff: true),
        // Ends within its last record.
        "good.com!example.com!1337270400!1337356799.xml": (unreadable: 0, isCutOff: true),
    ]

    @Test func everyDMARCReportIsRead() throws {
        let folders = [
            "dmarc/reports/mox", "dmarc/reports/parsedmarc/aggregate", "dmarc/reports/parsedmarc/aggregate_invalid",
            "dmarc/reports/parsedmarc/extract_report", "dmarc/mail-dmarc/fixtures", "dmarc/stalwart/feedback",
            "dmarc/opendmarc-tests/testfiles",
        ]
        var total = 0
        var records = 0
        for folder in folders {
            for file in try Self.files(folder, [".xml", ".gz", ".zip", ".eml"]) {
                total += 1
                do {
                    for report in try Self.read(file) {
                        guard case .dmarc(let report) = report else {
                            Issue.record("\(file): \(report)")
                            continue
                        }
                        let name = String(file.split(separator: "/").last ?? "")
                        let expected = Self.damaged[name] ?? (unreadable: 0, isCutOff: false)
                        #expect(report.unreadableRecords == expected.unreadable, "\(file)")
                        #expect(report.isCutOff == expected.isCutOff, "\(file)")
                        #expect(!report.records.isEmpty, "\(file)")
                        records += report.records.count
                    }
                } catch {
                    Issue.record("\(file): \(error)")
                }
            }
        }
        print("DMARC reports: \(total) read, \(records) records")
        #expect(total == 45)
        #expect(throws: ReportError.unknownFormat) { try Self.read("dmarc/reports/parsedmarc/empty.xml") }
    }

    @Test func everyTLSReportIsRead() throws {
        var total = 0
        for folder in ["tlsrpt", "tlsrpt/mox", "dmarc/reports/parsedmarc/smtp_tls"] {
            for file in try Self.files(folder, [".json", ".eml"]) {
                total += 1
                do {
                    for report in try Self.read(file) {
                        guard case .tls(let report) = report, !report.policies.isEmpty else {
                            Issue.record("\(file): \(report)")
                            continue
                        }
                    }
                } catch {
                    Issue.record("\(file): \(error)")
                }
            }
        }
        print("TLS reports: \(total) read")
        #expect(total == 11)
    }

    /// Stalwart states what its reader found in each: the fields that both know must agree.
    @Test func stalwartsReportsSayWhatItsReaderFound() throws {
        var compared = 0
        for file in try Self.files("dmarc/stalwart/feedback", [".xml", ".eml"]) {
            let stated = String(file.prefix { $0 != "." }) + ".json"
            let json = try #require(
                try JSONSerialization.jsonObject(with: Data(SharedSuites.bytes(stated))) as? [String: Any])
            guard case .dmarc(let report) = try #require(try Self.read(file).first) else { continue }
            let metadata = json["report_metadata"] as! [String: Any]
            #expect(report.metadata.organization == metadata["org_name"] as? String, "\(file)")
            #expect(report.metadata.reportID == metadata["report_id"] as? String, "\(file)")
            let range = metadata["date_range"] as! [String: Int64]
            #expect([report.metadata.begin, report.metadata.end] == [range["begin"], range["end"]], "\(file)")
            let records = json["record"] as! [[String: Any]]
            #expect(report.records.count == records.count, "\(file)")
            for (record, stated) in zip(report.records, records) {
                let row = stated["row"] as! [String: Any]
                #expect(record.source == IPAddress(row["source_ip"] as! String), "\(file)")
                #expect(record.count == row["count"] as? Int, "\(file)")
                let evaluated = row["policy_evaluated"] as! [String: Any]
                #expect(record.disposition == (evaluated["disposition"] as? String)?.lowercased(), "\(file)")
                #expect(record.isDKIMAligned == (evaluated["dkim"] as? String == "Pass"), "\(file)")
                #expect(record.isSPFAligned == (evaluated["spf"] as? String == "Pass"), "\(file)")
                let identifiers = stated["identifiers"] as! [String: Any]
                #expect(record.headerFrom == identifiers["header_from"] as? String, "\(file)")
                compared += 1
            }
        }
        print("Stalwart DMARC reports: \(compared) records as stated")
        #expect(compared == 13)
    }
}
