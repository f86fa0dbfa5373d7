package import DNS
import Diagnostics
import MailAuth

/// A domain's name and report addresses as somebody gives them outside of a manifest, read by the manifest's own rules:
/// what is taken here stands in a manifest too.
package struct DomainInput: Sendable, Equatable {
    package enum Field: Sendable, Equatable {
        case domain
        /// By position; nil: all of them together.
        case aggregateReports(Int?)
    }

    package struct Problem: Error, Sendable, Equatable {
        package var field: Field
        package var reason: String
    }

    /// Far above what receivers heed (RFC 9990 has them send to at least two).
    package static let aggregateReportsMax = 10

    package var name: DomainName
    /// `mailto:` URIs, canonical.
    package var aggregateReports: [String]

    package init(domain: String, aggregateReports: [String]) throws(Problem) {
        name = try Self.load(domain, [], .domain).name
        guard aggregateReports.count <= Self.aggregateReportsMax else {
            throw Problem(
                field: .aggregateReports(nil), reason: "at most \(Self.aggregateReportsMax) addresses are taken")
        }
        for (index, report) in aggregateReports.enumerated() {
            _ = try Self.load(domain, [report], .aggregateReports(index))
        }
        self.aggregateReports =
            try Self.load(domain, aggregateReports, .aggregateReports(nil)).dmarc?.record.aggregateReports ?? []
    }

    /// As the only domain of a manifest that has nothing else to complain of.
    private static func load(
        _ domain: String, _ reports: [String], _ field: Field
    ) throws(Problem) -> DomainDeclaration {
        let list = reports.map(quoted).joined(separator: ", ")
        let text = """
            version: 1
            providers: { by-hand: { type: manual } }
            domains:
              ? \(quoted(domain))
              : { spf: { all: softfail }, dmarc: { aggregate_reports: [\(list)] } }
            """
        let result = ManifestLoader().load([SourceFile(path: "request", bytes: Array(text.utf8))])
        if let declaration = result.manifest?.domains.first { return declaration }
        let reason = result.refusal ?? ""
        throw Problem(field: field, reason: SafeText.escaped(reason.isEmpty ? "it is not usable" : reason))
    }

    private static func quoted(_ text: String) -> String { ScalarText.written(text, .quoted) }
}
