public import DNS
extension DMARCRecord {
    public struct E: Error {}
    public init(_ text: String) throws(E) { throw E() }
    public var text: String { "" }
}
public struct TLSReportRecord { public init(reports: [String]) {}; public var text: String { "" } }
public struct BIMIRecord { public init(logo: String, certificate: String?) {}; public var text: String { "" } }
