/// Why a report cannot be read. What stands in a report is a stranger's: no text of it is repeated here.
public enum ReportError: Error, Sendable, Hashable {
    /// The message has no part that is a report.
    case noReport
    /// Neither XML nor JSON, nor a gzip or zip archive of either.
    case unknownFormat
    /// The archive is cut off or damaged, or uses what is not supported, such as encryption.
    case archive(String)
    /// Over a bound: which, and how much it allows.
    case tooLarge(String, max: Int)
    /// `offset` counts octets of the document.
    case malformed(String, offset: Int)
    /// A document type declaration: entities of one's own have no place in a report.
    case documentType(offset: Int)
    /// An element or member that a report must have, by its path.
    case missing(String)
    /// An element or member that cannot be read, by its path.
    case unreadable(String)
}

extension ReportError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .noReport: "the message holds no report"
        case .unknownFormat: "this is neither an XML nor a JSON report, nor a gzip or zip archive of one"
        case .archive(let reason): "the archive cannot be read: \(reason)"
        case .tooLarge(let what, let max): "\(what): more than \(max)"
        case .malformed(let what, let offset): "\(what) at octet \(offset)"
        case .documentType(let offset): "a document type declaration at octet \(offset) is not allowed"
        case .missing(let path): "`\(path)` is missing"
        case .unreadable(let path): "`\(path)` cannot be read"
        }
    }
}
