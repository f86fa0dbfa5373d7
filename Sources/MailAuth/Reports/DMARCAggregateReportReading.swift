import DNS

/// Reading an aggregate report (RFC 9990 Appendix A); what is unknown in it is passed over.
extension DMARCAggregateReport {
    /// - Parameter xml: the document itself, no archive; `MailReport` takes those.
    public init(xml: [UInt8]) throws(ReportError) {
        var reader = XMLReader(xml)
        try Self.enterRoot(&reader)
        var version: String?
        var metadata: Metadata?
        var policy: PublishedPolicy?
        var records: [Record] = []
        var unreadable = 0
        var isCutOff = true
        reading: while let event = try reader.next() {
            switch event {
            case .text: continue
            case .end:
                isCutOff = false
                break reading
            case .start(let name):
                guard let element = try XMLElement(named: name, from: &reader) else { break reading }
                switch name {
                case "version": version = element.text
                case "report_metadata" where metadata == nil: metadata = try Metadata(element)
                case "policy_published" where policy == nil: policy = try PublishedPolicy(element)
                case "record":
                    guard records.count + unreadable < Self.recordsMax else {
                        throw .tooLarge("records", max: Self.recordsMax)
                    }
                    if let record = Record(element) { records.append(record) } else { unreadable += 1 }
                default: continue
                }
            }
        }
        guard let metadata else { throw .missing("feedback/report_metadata") }
        guard let policy else { throw .missing("feedback/policy_published") }
        self.init(
            version: version, metadata: metadata, policy: policy, records: records, unreadableRecords: unreadable,
            isCutOff: isCutOff)
    }

    private static func enterRoot(_ reader: inout XMLReader) throws(ReportError) {
        while let event = try reader.next() {
            switch event {
            case .text: continue
            case .start("feedback"): return
            // Some put the report into an element of XML Schema's.
            case .start("schema"): continue
            default: throw .missing("feedback")
            }
        }
        throw .missing("feedback")
    }
}

extension DMARCAggregateReport.Metadata {
    fileprivate init(_ element: XMLElement) throws(ReportError) {
        func time(_ name: String) throws(ReportError) -> Int64 {
            guard let text = element["date_range"]?.text(name) else {
                throw .missing("feedback/report_metadata/date_range/\(name)")
            }
            // Some write a fraction.
            guard let time = Int64(text.prefix { $0 != "." }) else {
                throw .unreadable("feedback/report_metadata/date_range/\(name)")
            }
            return time
        }
        guard let reportID = element.text("report_id") else { throw .missing("feedback/report_metadata/report_id") }
        self.init(
            organization: element.text("org_name") ?? "", email: element.text("email"),
            extraContact: element.text("extra_contact_info"), reportID: reportID, begin: try time("begin"),
            end: try time("end"), errors: element.all("error").map(\.text), generator: element.text("generator"))
    }
}

extension DMARCAggregateReport.PublishedPolicy {
    fileprivate init(_ element: XMLElement) throws(ReportError) {
        guard let text = element.text("domain") else { throw .missing("feedback/policy_published/domain") }
        guard let domain = try? DomainName(text) else { throw .unreadable("feedback/policy_published/domain") }
        func value<Value: RawRepresentable<String>>(_ name: String) -> Value? {
            element.text(name).flatMap { Value(rawValue: $0.lowercased()) }
        }
        self.init(
            domain: domain, policy: value("p"), subdomainPolicy: value("sp"), nonexistentPolicy: value("np"),
            dkimAlignment: value("adkim"), spfAlignment: value("aspf"),
            isTesting: (element.text("testing") ?? element.text("t"))?.lowercased() == "y",
            discoveryMethod: element.text("discovery_method")?.lowercased(), failureOptions: element.text("fo"))
    }
}

extension DMARCAggregateReport.Record {
    fileprivate init?(_ element: XMLElement) {
        // RFC 9990's `identifiers`; a form before RFC 7489 called it `identities`.
        guard let row = element["row"], let source = row.text("source_ip").flatMap({ IPAddress($0) }),
            let count = row.text("count").flatMap({ Int($0) }), count >= 0,
            let identifiers = element["identifiers"] ?? element["identities"],
            let headerFrom = identifiers.text("header_from")
        else { return nil }
        let evaluated = row["policy_evaluated"]
        let results = element["auth_results"]
        func isPass(_ name: String) -> Bool { evaluated?.text(name)?.lowercased() == "pass" }
        self.init(
            source: source, count: count, disposition: evaluated?.text("disposition")?.lowercased() ?? "none",
            isDKIMAligned: isPass("dkim"), isSPFAligned: isPass("spf"),
            reasons: (evaluated?.all("reason") ?? []).compactMap { reason in
                reason.text("type").map { .init(type: $0.lowercased(), comment: reason.text("comment")) }
            },
            headerFrom: headerFrom, envelopeFrom: identifiers.text("envelope_from"),
            envelopeTo: identifiers.text("envelope_to"),
            dkim: (results?.all("dkim") ?? []).map {
                .init(
                    domain: $0.text("domain") ?? "", selector: $0.text("selector"),
                    result: $0.text("result")?.lowercased() ?? "", humanResult: $0.text("human_result"))
            },
            spf: (results?.all("spf") ?? []).map {
                .init(
                    domain: $0.text("domain") ?? "", scope: $0.text("scope")?.lowercased(),
                    result: $0.text("result")?.lowercased() ?? "", humanResult: $0.text("human_result"))
            })
    }
}
