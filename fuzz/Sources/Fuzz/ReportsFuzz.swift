import MailAuth

/// DMARC and TLS reports, packed or not, in a file or in the message that brought them.
enum ReportsFuzz {
    static func run(_ octets: [UInt8]) {
        _ = try? MailReport.reports(in: octets)
        _ = try? MailReport.reports(in: Message(file: octets))
    }
}
