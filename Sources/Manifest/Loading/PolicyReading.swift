import DNS
import Diagnostics
import MailAuth

/// Reading DKIM, DMARC, MTA-STS, TLS reports, BIMI and MX.
extension ManifestReader {
    mutating func dkimDeclaration(_ fields: Fields<DKIMKey>, over base: DKIMDeclaration) -> DKIMDeclaration {
        var dkim = base
        if let node = fields[.selectorPrefix] { dkim.selectorPrefix = selectorPrefix(node) ?? base.selectorPrefix }
        if let node = fields[.keys] { dkim.keys = keyTypes(node) ?? base.keys }
        if let node = fields[.rotateEvery], let seconds = durationSeconds(node) { dkim.rotateEvery = .seconds(seconds) }
        if let node = fields[.overlap], let seconds = durationSeconds(node) { dkim.overlap = .seconds(seconds) }
        if let node = fields[.testing], let value = boolean(node) { dkim.isTesting = value }
        return dkim
    }

    /// RFC 6376 §3.1: a selector is a label; the number that follows needs room.
    private mutating func selectorPrefix(_ node: Int32) -> String? {
        if let known = selectorMemo.value(of: arena.resolved(node), in: arena) { return known }
        guard let text = text(node, .selectorPrefix) else { return nil }
        var problem: (String, String)?
        let octets = Array(text.utf8)
        if octets.count > ManifestBounds.selectorPrefixOctets {
            problem = (
                "has \(octets.count) octets; with a number of up to 6 digits a label holds \(ManifestBounds.selectorPrefixOctets)",
                "shorten it"
            )
        } else if !octets.allSatisfy({
            $0 == 0x2D || $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A
        }) {
            problem = ("holds a character other than letters, digits and hyphens", "remove that character")
        } else if octets.first == 0x2D {
            problem = ("starts with a hyphen", "start it with a letter or digit")
        } else if octets.isEmpty {
            problem = ("is empty", "write at least one letter")
        }
        guard let problem else {
            let prefix = text.lowercased()
            selectorMemo.remember(prefix, of: arena.resolved(node), in: arena)
            return prefix
        }
        sink.report(.selectorPrefix, at: arena.span(node), label: problem.0, helps: [problem.1])
        return nil
    }

    private mutating func keyTypes(_ node: Int32) -> [DKIMDeclaration.KeyType]? {
        let target = arena.resolved(node)
        if arena.nodes[Int(target)].kind == .sequence, arena.nodes[Int(target)].length == 0 {
            sink.report(
                .noKeys, at: arena.span(node), label: "lists no key",
                helps: ["remove `keys` to get rsa2048 and ed25519"])
            return nil
        }
        guard arena.nodes[Int(target)].kind == .sequence else {
            _ = items(node, of: "key types")
            return nil
        }
        var types: [DKIMDeclaration.KeyType] = []
        var places: [Int32] = []
        for item in arena.children(target) {
            guard let type = keyType(item) else { continue }
            if let first = types.firstIndex(of: type) {
                sink.report(
                    .duplicateKeyType, at: arena.span(item), label: "stands here again",
                    related: [Diagnostic.Related(span: arena.span(places[first]), label: "first stands here")],
                    helps: ["remove it"])
            } else {
                types.append(type)
                places.append(item)
            }
        }
        return types.isEmpty ? nil : types
    }

    private mutating func keyType(_ node: Int32) -> DKIMDeclaration.KeyType? {
        if let type = known(node, DKIMDeclaration.KeyType.self) { return type }
        let words = DKIMDeclaration.KeyType.allCases.map(\.rawValue)
        guard let target = scalar(node, "one of " + listed(words, "or")) else { return nil }
        let text = arena.text(target)
        if text.lowercased().hasPrefix("rsa"), let bits = Int(text.dropFirst(3).filter { $0 != "-" }), bits < 2048 {
            sink.report(
                .weakKey, at: arena.span(node), label: "has \(bits) bits",
                notes: ["RFC 8301 §3.2: signers should use RSA keys of at least 2048 bits"], helps: ["write `rsa2048`"])
        } else if text.lowercased() == "rsa" {
            sink.report(
                .unknownValue, at: arena.span(node), label: "does not say of how many bits", helps: ["write `rsa2048`"])
        } else {
            unknownValue(node, text, words)
        }
        return nil
    }

    mutating func dmarcRecord(_ fields: Fields<DMARCKey>, over base: DMARCRecord) -> DMARCRecord {
        var record = base
        if let node = fields[.policy], let value = choice(node, DMARCRecord.Policy.self) { record.policy = value }
        if let node = fields[.subdomainPolicy] { record.subdomainPolicy = choice(node, DMARCRecord.Policy.self) }
        if let node = fields[.nonexistentPolicy] { record.nonexistentPolicy = choice(node, DMARCRecord.Policy.self) }
        if let node = fields[.spfAlignment], let value = choice(node, AlignmentChoice.self) {
            record.spfAlignment = value.alignment
        }
        if let node = fields[.dkimAlignment], let value = choice(node, AlignmentChoice.self) {
            record.dkimAlignment = value.alignment
        }
        if let node = fields[.aggregateReports] {
            record.aggregateReports = list(node, of: "mailto: URIs") { $0.mailtoURI($1) } ?? []
        }
        if let node = fields[.failureReports] {
            record.failureReports = list(node, of: "mailto: URIs") { $0.mailtoURI($1) } ?? []
        }
        if let node = fields[.failureOptions] {
            record.failureOptions = choices(node, FailureOption.self, of: "options")?.map(\.rawValue) ?? []
        }
        if let node = fields[.testing], let value = boolean(node) { record.isTesting = value }
        return record
    }

    mutating func tlsReports(_ node: Int32) -> [String] {
        list(node, of: "mailto: or https: URIs") { reader, item in
            guard let target = reader.scalar(item, TextKind.reportURI.name) else { return nil }
            if reader.arena.withOctets(target, MailAddressText.isCanonicalMailto) { return reader.arena.text(target) }
            let text = reader.arena.text(target)
            // RFC 8460 §3.
            let octets = text.utf8
            if MailAddressText.isMailto(text)
                || octets.contains(UInt8(ascii: "@")) && !octets.contains(UInt8(ascii: ":"))
            {
                return reader.mailtoURI(item, .tlsReportURI)
            }
            return reader.url(item, .reportURI, schemes: ["https"], code: .tlsReportURI)?.text
        } ?? []
    }

    mutating func mtaSTS(_ node: Int32, owner: Int32, mx exchangers: [MailExchanger]?) -> MTASTSDeclaration? {
        guard let fields = fields(MTASTSKey.self, of: node, owner: owner) else { return nil }
        let mode = fields[.mode].flatMap { choice($0, MTASTSDeclaration.Mode.self) }
        var mx = exchangers.map { $0.map(\.exchange).filter { !$0.isRoot }.map(\.text) } ?? []
        if let list = fields[.mx] { mx = self.list(list, of: "host names") { $0.policyHost($1) } ?? [] }
        var age = 7 * 86_400
        if let node = fields[.maxAge], let seconds = durationSeconds(node) {
            if ManifestBounds.policyAgeSeconds.contains(seconds) {
                age = seconds
            } else {
                sink.report(
                    .policyAge, at: arena.span(node), label: "allowed is 1s to 31557600s",
                    notes: ["RFC 8461 §3.2 sets the maximum"], helps: ["write at most `365d`"])
            }
        }
        guard let mode else { return nil }
        return MTASTSDeclaration(mode: mode, mx: mx, maxAge: .seconds(age))
    }

    private mutating func policyHost(_ node: Int32) -> String? {
        guard let text = text(node, .stsHost) else { return nil }
        let isWildcard = text.utf8.first == UInt8(ascii: "*") && text.hasPrefix("*.")
        switch Self.parseName(isWildcard ? String(text.dropFirst(2)) : text, .host) {
        case .success(let name): return isWildcard ? "*." + name.text : name.text
        case .failure(let problem):
            sink.report(
                .policyHost, at: arena.span(node), label: problem.label,
                helps: ["write a host name, or `\"*.example.com\"` for every host one label below"])
            return nil
        }
    }

    mutating func bimi(_ node: Int32, owner: Int32) -> BIMIDeclaration? {
        guard let fields = fields(BIMIKey.self, of: node, owner: owner), let logo = fields[.logo] else { return nil }
        // An empty logo declines: quoted, because a plain nothing is a missing value.
        let declines =
            arena.nodes[Int(arena.resolved(logo))].style == .quoted
            && arena.nodes[Int(arena.resolved(logo))].length == 0
        let logoURL = declines ? "" : url(logo, .secureURL, schemes: ["https"], code: .bimiURL)?.text
        let certificate = fields[.certificate].flatMap { url($0, .secureURL, schemes: ["https"], code: .bimiURL)?.text }
        return logoURL.map { BIMIDeclaration(logo: $0, certificate: certificate) }
    }

    mutating func exchangers(_ node: Int32) -> [MailExchanger]? {
        guard let items = items(node, of: "mail exchangers", minimum: 1) else { return nil }
        var result: [MailExchanger] = []
        for item in items {
            guard let fields = fields(ExchangerKey.self, of: item, owner: item) else { continue }
            let preference = fields[.preference].flatMap {
                integer($0, ManifestBounds.preference, source: "RFC 1035 §3.3.9: a preference has 16 bits")
            }
            guard let host = fields[.host].flatMap({ exchanger($0) }), let preference else { continue }
            result.append(MailExchanger(preference: UInt16(preference), exchange: host))
        }
        return result
    }

    private mutating func exchanger(_ node: Int32) -> DomainName? {
        guard let target = scalar(node, TextKind.host.name) else { return nil }
        if arena.octetsEqual(target, ".") { return .root }
        if IPAddress(arena.text(target)) != nil {
            sink.report(
                .exchangerAddress, at: arena.span(node), label: "is an address",
                notes: ["RFC 5321 §5.1: an MX record names a host, whose addresses are looked up"],
                helps: ["write the host's name"])
            return nil
        }
        return domainName(node, .host, .host)
    }
}
