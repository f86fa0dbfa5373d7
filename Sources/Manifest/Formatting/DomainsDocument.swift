package import DNS
import Diagnostics
import MailAuth

/// A manifest that declares domains and nothing else, written from their declarations: valid as it stands, and in the one
/// style of `signet fmt`.
///
/// Each says who may send, which keys sign, its DMARC policy, its TLS reports and its logo, as far as it has them. Relay, time
/// to live, gate and sealing are left out, so that the `defaults` of the manifest that it is put into hold for it.
package enum DomainsDocument {
    package enum Provider: Sendable {
        /// One by hand, declared in the document, under a name that is none of these.
        case byHand(notNamed: Set<String>)
        /// Another file of the manifest declares it.
        case declared(String)
    }

    /// - Parameters:
    ///   - header: lines of a comment at the top.
    ///   - settings: lines under `settings:`, indented by two blanks; empty: no settings.
    ///   - notes: lines of a comment above a domain.
    ///   - inherited: of the manifest that it is put into: what its `defaults` would say where a domain says nothing, and
    ///     otherwise than it means, is said. nil: its `defaults` hold.
    package static func octets(
        _ domains: [DomainDeclaration], header: [String] = [], provider: Provider, settings: [String] = [],
        notes: [DomainName: [String]] = [:], inherited: DomainDeclaration? = nil
    ) -> [UInt8] {
        var lines = (header.map(comment) + ["version: 1", ""])
        if !settings.isEmpty { lines += ["settings:"] + settings + [""] }
        let name: String
        switch provider {
        case .byHand(let taken):
            name = Self.name(notIn: taken)
            lines += ["providers:", "  \(name): { type: manual }", ""]
        case .declared(let declared): name = declared
        }
        lines.append(domains.isEmpty ? "domains: {}" : "domains:")
        for domain in domains {
            lines += (notes[domain.name] ?? []).map { "  " + comment($0) } + text(domain, quoted(name), inherited)
        }
        let octets = Array((lines.joined(separator: "\n") + "\n").utf8)
        switch ManifestFormatter.format(SourceFile(path: "domains.yaml", bytes: octets)) {
        case .success(let formatted): return formatted
        case .failure: preconditionFailure("what is written from declarations can be read")
        }
    }

    private static func comment(_ line: String) -> String { line.isEmpty ? "#" : "# " + SafeText.escaped(line) }

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

    private static func text(
        _ domain: DomainDeclaration, _ provider: String, _ inherited: DomainDeclaration?
    ) -> [String] {
        var lines = ["  \(quoted(domain.name.text)):", "    provider: \(provider)"]
        if !domain.sends { lines.append("    sends: false") }
        if let spf = domain.spf { lines += ["    spf:"] + text(spf, inherited?.spf).map { "      \($0)" } }
        if let dkim = domain.dkim {
            lines += [
                "    dkim:", "      selector_prefix: \(quoted(dkim.selectorPrefix))",
                "      keys: \(list(dkim.keys.map(\.rawValue)))",
            ]
        }
        if let dmarc = domain.dmarc, !dmarc.isImplied {
            lines += ["    dmarc:"] + text(dmarc.record, inherited?.dmarc?.record).map { "      \($0)" }
        }
        if !domain.tlsReports.isEmpty || domain.sends && inherited?.tlsReports.isEmpty == false {
            lines.append("    tls_reports: \(list(domain.tlsReports))")
        }
        if let bimi = domain.bimi {
            lines += ["    bimi:", "      logo: \(quoted(bimi.logo))"]
            if let certificate = bimi.certificate { lines.append("      certificate: \(quoted(certificate))") }
        }
        return lines
    }

    private static func text(_ record: DMARCRecord, _ inherited: DMARCRecord?) -> [String] {
        func alignment(_ value: DMARCRecord.Alignment) -> String {
            AlignmentChoice.allCases.first { $0.alignment == value }!.rawValue
        }
        var lines = ["\(DMARCKey.policy.name): \(record.policy.rawValue)"]
        func add(_ key: DMARCKey, _ value: String, _ isSaid: Bool) {
            if isSaid { lines.append("\(key.name): \(value)") }
        }
        // Left out they mean these (RFC 9989 §4.7).
        let subdomains = record.subdomainPolicy ?? record.policy
        let nonexistent = record.nonexistentPolicy ?? subdomains
        add(.subdomainPolicy, subdomains.rawValue, record.subdomainPolicy != nil || inherited?.subdomainPolicy != nil)
        add(
            .nonexistentPolicy, nonexistent.rawValue,
            record.nonexistentPolicy != nil || inherited?.nonexistentPolicy != nil)
        add(.spfAlignment, alignment(record.spfAlignment), record.spfAlignment != inherited?.spfAlignment ?? .relaxed)
        add(
            .dkimAlignment, alignment(record.dkimAlignment),
            record.dkimAlignment != inherited?.dkimAlignment ?? .relaxed)
        add(
            .aggregateReports, list(record.aggregateReports),
            record.aggregateReports != inherited?.aggregateReports ?? [])
        add(.failureReports, list(record.failureReports), record.failureReports != inherited?.failureReports ?? [])
        add(.failureOptions, list(record.failureOptions), record.failureOptions != inherited?.failureOptions ?? [])
        add(.testing, "\(record.isTesting)", record.isTesting != inherited?.isTesting ?? false)
        return lines
    }

    private static func text(_ spf: SPFDeclaration, _ inherited: SPFDeclaration?) -> [String] {
        var (values, own) = lists(spf)
        if let inherited {
            let (others, alone) = lists(inherited)
            for key in Set(others.keys).union(alone) where values[key] == nil && !own.contains(key) { values[key] = [] }
        }
        var lines: [String] = []
        for key in SPFKey.allCases {
            if let texts = values[key] { lines.append("\(key.name): \(list(texts))") }
            if own.contains(key) { lines.append("\(key.name): true") }
        }
        if let redirect = spf.redirect { lines.append("redirect: \(quoted(redirect.text))") }
        if let all = spf.all, let word = SPFAllChoice.allCases.first(where: { $0.qualifier == all }) {
            lines.append("all: \(word.rawValue)")
        }
        if spf.isExclusive != inherited?.isExclusive ?? false { lines.append("exclusive: \(spf.isExclusive)") }
        return lines
    }

    /// What stands under each key, and those that stand for the domain itself.
    private static func lists(_ spf: SPFDeclaration) -> (values: [SPFKey: [String]], own: Set<SPFKey>) {
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
        return (values, own)
    }

    private static func list(_ texts: [String]) -> String { "[" + texts.map(quoted).joined(separator: ", ") + "]" }

    private static func quoted(_ text: String) -> String { ScalarText.written(text, .quoted) }
}
