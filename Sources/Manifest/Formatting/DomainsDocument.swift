import DNS
import Diagnostics
import MailAuth

/// A manifest that declares domains and nothing else, written from their declarations: valid as it stands, and in the one
/// style of `signet fmt`.
///
/// Each says who may send, which keys sign and its DMARC policy. Relay, time to live, gate and sealing are left out, so that
/// the `defaults` of the manifest that it is put into hold for it; its zone is edited by hand.
package enum DomainsDocument {
    /// - Parameters:
    ///   - domains: sending ones; of those, `spf`, `dkim` and `dmarc` are written.
    ///   - header: lines of a comment at the top.
    ///   - takenProviders: names that the new one must differ from.
    package static func octets(
        _ domains: [DomainDeclaration], header: [String] = [], takenProviders: Set<String> = []
    ) -> [UInt8] {
        let provider = name(notIn: takenProviders)
        var lines = header.map { $0.isEmpty ? "#" : "# \($0)" }
        lines += ["version: 1", "", "providers:", "  \(provider): { type: manual }", ""]
        lines.append(domains.isEmpty ? "domains: {}" : "domains:")
        for domain in domains { lines += text(domain, provider) }
        let octets = Array((lines.joined(separator: "\n") + "\n").utf8)
        switch ManifestFormatter.format(SourceFile(path: "domains.yaml", bytes: octets)) {
        case .success(let formatted): return formatted
        case .failure: preconditionFailure("what is written from declarations can be read")
        }
    }

    /// One provider by hand, whose name the files beside it do not have: a name that stands twice is an error.
    private static func name(notIn taken: Set<String>) -> String {
        var name = "by-hand"
        var number = 2
        while taken.contains(name) {
            name = "by-hand-\(number)"
            number += 1
        }
        return name
    }

    private static func text(_ domain: DomainDeclaration, _ provider: String) -> [String] {
        var lines = ["  \(quoted(domain.name.text)):", "    provider: \(provider)"]
        if let spf = domain.spf { lines += ["    spf:"] + text(spf).map { "      \($0)" } }
        if let dkim = domain.dkim {
            lines += [
                "    dkim:", "      selector_prefix: \(quoted(dkim.selectorPrefix))",
                "      keys: \(list(dkim.keys.map(\.rawValue)))",
            ]
        }
        if let record = domain.dmarc?.record {
            lines += ["    dmarc:", "      policy: \(record.policy.rawValue)"]
            if !record.aggregateReports.isEmpty {
                lines.append("      aggregate_reports: \(list(record.aggregateReports))")
            }
        }
        return lines
    }

    private static func text(_ spf: SPFDeclaration) -> [String] {
        var values: [SPFKey: [String]] = [:]
        var own: Set<SPFKey> = []
        for term in spf.terms {
            switch term.mechanism {
            case .ip4(let address, let prefix):
                values[.ip4, default: []].append(prefix == 32 ? "\(address)" : "\(address)/\(prefix)")
            case .ip6(let address, let prefix):
                values[.ip6, default: []].append(prefix == 128 ? "\(address)" : "\(address)/\(prefix)")
            case .include(let name): values[.include, default: []].append(name)
            case .exists(let name): values[.exists, default: []].append(name)
            case .a(let name?, _, _): values[.a, default: []].append(name)
            case .mx(let name?, _, _): values[.mx, default: []].append(name)
            case .a(nil, _, _): own.insert(.a)
            case .mx(nil, _, _): own.insert(.mx)
            // No manifest declares them as terms.
            case .all, .ptr: break
            }
        }
        if !spf.flatten.isEmpty { values[.flatten] = spf.flatten.map(\.text) }
        var lines: [String] = []
        for key in SPFKey.allCases {
            if let texts = values[key] { lines.append("\(key.name): \(list(texts))") }
            if own.contains(key) { lines.append("\(key.name): true") }
        }
        if let redirect = spf.redirect { lines.append("redirect: \(quoted(redirect.text))") }
        if let all = spf.all, let word = SPFAllChoice.allCases.first(where: { $0.qualifier == all }) {
            lines.append("all: \(word.rawValue)")
        }
        if spf.isExclusive { lines.append("exclusive: true") }
        return lines
    }

    private static func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }

    private static func quoted(_ text: String) -> String { ScalarText.written(text, .quoted) }
}
