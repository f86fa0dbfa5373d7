import DNS
import Diagnostics

enum DomainNameSample {
    static let name = DomainName(canonical: "a.test")
    static let span = SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)
}
