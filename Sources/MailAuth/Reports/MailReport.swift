/// A report that somebody sent about a domain's mail: read from the message that brought it, or from a file, packed as
/// it may be.
public enum MailReport: Sendable, Equatable {
    case dmarc(DMARCAggregateReport)
    case tls(TLSReport)

    /// Ours: the largest reports of the largest receivers have some 10 MB; an archive that holds more is an attack.
    public static let octetsMax = 64 << 20

    /// The reports that a message carries, in order. Its parts are judged by their octets, because their media types
    /// are as often wrong as right.
    public static func reports(in message: Message) throws(ReportError) -> [MailReport] {
        var reports: [MailReport] = []
        var failure: ReportError?
        for part in MIMEPart(message).leaves {
            let body = part.body
            guard Container(body) != nil, !part.mediaType.hasPrefix("text/") || part.mediaType == "text/xml" else {
                continue
            }
            do throws(ReportError) { reports += try self.reports(in: body) } catch { failure = failure ?? error }
        }
        if reports.isEmpty { throw failure ?? .noReport }
        return reports
    }

    /// The reports in a file: XML, JSON, or a gzip or zip archive of either.
    public static func reports(in file: [UInt8]) throws(ReportError) -> [MailReport] {
        switch Container(file) {
        case .gzip: [try document(try Inflation.inflate(file[...], .gzip, max: octetsMax))]
        case .zip: try documents(try ZIPArchive(file).contents(max: octetsMax))
        case .document: [try document(file)]
        case nil: throw .unknownFormat
        }
    }

    private static func documents(_ files: [[UInt8]]) throws(ReportError) -> [MailReport] {
        var reports: [MailReport] = []
        for file in files { reports.append(try document(file)) }
        if reports.isEmpty { throw .noReport }
        return reports
    }

    private static func document(_ octets: [UInt8]) throws(ReportError) -> MailReport {
        if octets.count > octetsMax { throw .tooLarge("octets of a report", max: octetsMax) }
        return switch Container.firstCharacter(of: octets) {
        case UInt8(ascii: "<"): .dmarc(try DMARCAggregateReport(xml: octets))
        case UInt8(ascii: "{"): .tls(try TLSReport(json: octets))
        default: throw .unknownFormat
        }
    }

    /// What a file is, by its first octets.
    private enum Container {
        case gzip, zip, document

        init?(_ octets: [UInt8]) {
            if octets.starts(with: [0x1F, 0x8B]) {
                self = .gzip
            } else if octets.starts(with: [0x50, 0x4B, 3, 4]) {
                self = .zip
            } else if let first = Self.firstCharacter(of: octets),
                first == UInt8(ascii: "<") || first == UInt8(ascii: "{")
            {
                self = .document
            } else {
                return nil
            }
        }

        static func firstCharacter(of octets: [UInt8]) -> UInt8? {
            let start = octets.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
            return octets[start...].first { !$0.isFoldingWhitespace }
        }
    }
}
