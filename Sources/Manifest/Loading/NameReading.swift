import DNS
import Diagnostics
import MailAuth

/// Reading names, addresses and URLs.
extension ManifestReader {
    enum NameRule {
        /// RFC 5321 §4.1.2: letters, digits and hyphens; RFC 1123 §2.1: the last label is not all digits.
        case host
        /// Any labels of letters, digits, hyphens and underscores.
        case service
    }

    mutating func domainName(_ node: Int32, _ rule: NameRule = .host, _ kind: TextKind = .domain) -> DomainName? {
        guard let target = scalar(node, kind.name) else { return nil }
        switch Self.parseName(arena.text(target), rule) {
        case .success(let name): return name
        case .failure(let problem):
            if isRepaired(arena.text(target)) { return nil }
            sink.report(
                .domainName, at: arena.span(node), label: problem.label, notes: problem.notes, helps: problem.helps)
            return nil
        }
    }

    struct NameProblem: Error {
        var label: String
        var notes: [String] = []
        var helps: [String] = []
    }

    static func parseName(_ text: String, _ rule: NameRule) -> Result<DomainName, NameProblem> {
        var text = text
        if text.withUTF8({ isCanonicalHost($0[...]) }) { return .success(DomainName(canonical: text)) }
        let name: DomainName
        do {
            name = try DomainName(text)
        } catch {
            if text.contains("@") {
                return .failure(NameProblem(label: "holds an `@`", helps: ["write only what stands after the `@`"]))
            }
            return .failure(problem(error))
        }
        if name.isRoot {
            return .failure(NameProblem(label: "is the root", helps: ["write a name with at least one label"]))
        }
        var start = true
        var previous = UInt8(ascii: ".")
        var digitsOnly = true
        for octet in name.text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): digitsOnly = false
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-"):
                if start, rule == .host { return .failure(hyphen) }
                digitsOnly = false
            case UInt8(ascii: "."):
                if previous == UInt8(ascii: "-"), rule == .host { return .failure(hyphen) }
                start = true
                digitsOnly = true
                previous = octet
                continue
            case UInt8(ascii: "_") where rule == .service: digitsOnly = false
            default: return .failure(forbidden(octet, in: text, name))
            }
            start = false
            previous = octet
        }
        if previous == UInt8(ascii: "-"), rule == .host { return .failure(hyphen) }
        if digitsOnly, rule == .host {
            let isAddress = IPAddress(text) != nil
            return .failure(
                NameProblem(
                    label: isAddress ? "is an address, not a name" : "its last label is all digits",
                    helps: ["write the name that the address belongs to"]))
        }
        return .success(name)
    }

    /// Whether these octets are a host name in canonical form, as nearly every name in a manifest is: one pass, and
    /// nothing to explain. What they are if not is for `parseName` to say.
    static func isCanonicalHost(_ octets: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        // As text a name has two octets less than on the wire: the first label's length and the root.
        guard octets.count <= DomainName.wireOctetsMax - 2 else { return false }
        let labelOctetsMax = DomainName.labelOctetsMax
        var labelOctets = 0
        var previous = UInt8(ascii: ".")
        var isNumber = true
        for octet in octets {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"): isNumber = false
            case UInt8(ascii: "0")...UInt8(ascii: "9"): break
            case UInt8(ascii: "-"):
                if labelOctets == 0 { return false }
                isNumber = false
            case UInt8(ascii: "."):
                if labelOctets == 0 || previous == UInt8(ascii: "-") { return false }
                labelOctets = 0
                isNumber = true
                previous = octet
                continue
            default: return false
            }
            labelOctets += 1
            if labelOctets > labelOctetsMax { return false }
            previous = octet
        }
        return labelOctets > 0 && previous != UInt8(ascii: "-") && !isNumber
    }

    private static func problem(_ error: DomainNameError) -> NameProblem {
        switch error.reason {
        case .forbiddenOctet(let octet):
            NameProblem(label: octet == 0x20 ? "holds a blank" : "holds a control character", helps: ["remove it"])
        case .emptyText: NameProblem(label: "no name stands here", helps: ["write a name like `example.com`"])
        case .emptyLabel: NameProblem(label: error.description, helps: ["remove the dot that is too many"])
        case .labelTooLong, .nameTooLong: NameProblem(label: error.description, helps: ["use a shorter name"])
        case .badEscape: NameProblem(label: error.description, helps: ["remove the backslash"])
        case .notInternational, .relative: NameProblem(label: error.description, helps: ["correct the label"])
        }
    }

    private static let hyphen = NameProblem(
        label: "a label starts or ends with a hyphen", helps: ["remove the hyphen at the label's end"])

    private static func forbidden(_ octet: UInt8, in text: String, _ name: DomainName) -> NameProblem {
        if octet == UInt8(ascii: "_") {
            let parent = name.text.split(separator: ".").drop { $0.hasPrefix("_") }.joined(separator: ".")
            return NameProblem(
                label: "a host name has no `_`",
                helps: [
                    parent.contains("_") || !parent.contains(".")
                        ? "remove the `_`" : "declare `\(parent)`: Signet writes the names with `_` below it itself"
                ])
        }
        if octet == UInt8(ascii: "@") {
            return NameProblem(label: "holds an `@`", helps: ["write only what stands after the `@`"])
        }
        if text.contains("://") {
            return NameProblem(label: "is a URL", helps: ["write only the host name"])
        }
        if octet == UInt8(ascii: "*") {
            return NameProblem(label: "wildcards are not taken here", helps: ["name each domain"])
        }
        return NameProblem(
            label: "holds a character other than letters, digits, hyphens and dots", helps: ["remove that character"])
    }

    /// RFC 7208 §7.1: a name, or one with macros, which is kept as written.
    mutating func domainSpec(_ node: Int32, _ term: String) -> String? {
        if let known = specMemo.value(of: arena.resolved(node), in: arena) { return known }
        guard let target = scalar(node, TextKind.domainSpec.name) else { return nil }
        let text = arena.text(target)
        if text.contains("%") {
            guard !text.contains(" "), (try? SPFRecord("v=spf1 \(term):\(text)")) != nil else {
                sink.report(
                    .spfTerm, at: arena.span(node), label: "holds a macro that is not valid",
                    notes: ["RFC 7208 §7.1 has the grammar of macros"],
                    helps: ["macros look like `%{i}`, `%{d}` or `%{ir}`; a literal `%` is `%%`"])
                return nil
            }
            return text
        }
        switch Self.parseName(text, .service) {
        case .success(let name):
            specMemo.remember(name.text, of: target, in: arena)
            return name.text
        case .failure(let problem):
            var help = problem.helps
            if text.hasPrefix("v=spf1") || text.hasPrefix("\(term):") {
                help = ["write only the name: the key says which term it is"]
            }
            sink.report(.spfTerm, at: arena.span(node), label: problem.label, notes: problem.notes, helps: help)
            return nil
        }
    }

    // MARK: addresses

    mutating func address(_ node: Int32) -> IPAddress? {
        guard let target = scalar(node, TextKind.address.name) else { return nil }
        let text = arena.text(target)
        if let address = IPAddress(text) { return address }
        let help =
            text.contains("/")
            ? "list single addresses: a network does not say where mail leaves from"
            : "write an address like `192.0.2.10` or `\"2001:db8::10\"`"
        sink.report(.address, at: arena.span(node), label: "is not an IP address", helps: [help])
        return nil
    }

    mutating func serverAddress(_ node: Int32) -> ServerAddress? {
        guard let target = scalar(node, TextKind.serverAddress.name) else { return nil }
        if let address = ServerAddress(arena.text(target)) { return address }
        sink.report(
            .address, at: arena.span(node), label: "is not an IP address with or without port",
            helps: ["write `192.0.2.1`, `192.0.2.1:5353` or `\"[2001:db8::1]:5353\"`; host names are not taken"])
        return nil
    }

    /// `local@domain`, the domain canonical.
    mutating func mailAddress(_ node: Int32) -> String? {
        guard let target = scalar(node, TextKind.mailAddress.name) else { return nil }
        switch MailAddressText.parse(arena.text(target)) {
        case .success(let address): return address.text
        case .failure(let problem):
            sink.report(.mailAddress, at: arena.span(node), label: problem.label, helps: problem.helps)
            return nil
        }
    }

    /// `local@domain` or `*@domain`, the domain canonical.
    mutating func recipientPattern(_ node: Int32) -> String? {
        guard let target = scalar(node, TextKind.recipient.name) else { return nil }
        let text = arena.text(target)
        let result: Result<MailAddressText, NameProblem> =
            text.hasPrefix("*@")
            ? Self.parseName(String(text.dropFirst(2)), .host).map { MailAddressText(local: "*", domain: $0) }
            : MailAddressText.parse(text)
        switch result {
        case .success(let address): return address.text
        case .failure(let problem):
            sink.report(
                .recipientPattern, at: arena.span(node), label: problem.label,
                helps: ["write an address, or `\"*@example.com\"` for everybody at that domain"])
            return nil
        }
    }

    /// A `mailto:` URI with one address and nothing else (RFC 6068 §2); the URI with its domain canonical.
    mutating func mailtoURI(_ node: Int32, _ code: ManifestCode = .reportURI) -> String? {
        guard let target = scalar(node, TextKind.mailtoURI.name) else { return nil }
        let text = arena.text(target)
        if arena.withOctets(target, MailAddressText.isCanonicalMailto) { return text }
        guard MailAddressText.isMailto(text) else {
            let help =
                text.contains("@") && !text.contains(":")
                ? "write `\"mailto:\(text)\"`" : "reports go to a `mailto:` URI, such as `\"mailto:dmarc@example.com\"`"
            sink.report(code, at: arena.span(node), label: "does not start with `mailto:`", helps: [help])
            return nil
        }
        let rest = text.utf8.dropFirst(MailAddressText.scheme.utf8CodeUnitCount)
        if rest.contains(where: Self.isParameter) {
            sink.report(
                code, at: arena.span(node), label: "holds more than one plain address",
                helps: ["list each address by itself, without parameters"])
            return nil
        }
        if code == .reportURI, rest.contains(UInt8(ascii: "!")) {
            sink.report(
                code, at: arena.span(node), label: "holds a size limit, which RFC 9989 removed",
                helps: ["remove the `!` and what follows it"])
            return nil
        }
        switch MailAddressText.parse(String(Substring(rest))) {
        case .success(let address):
            let canonical = address.text
            // Nearly every URI is canonical as it stands.
            return text.utf8.starts(with: "mailto:".utf8) && rest.elementsEqual(canonical.utf8)
                ? text : "mailto:" + canonical
        case .failure(let problem):
            sink.report(code, at: arena.span(node), label: problem.label, helps: problem.helps)
        }
        return nil
    }

    /// What would bring headers, encodings or a second address into a `mailto:` URI.
    private static func isParameter(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "%"), UInt8(ascii: "?"), UInt8(ascii: ","), UInt8(ascii: ";"): true
        default: false
        }
    }

    // MARK: URLs

    /// A URL of one of the schemes; credentials in it are a finding of their own.
    mutating func url(_ node: Int32, _ kind: TextKind, schemes: [String], code: ManifestCode = .url) -> URLText? {
        guard let target = scalar(node, kind.name) else { return nil }
        guard let url = URLText(arena.text(target)) else {
            sink.report(
                code == .relayURL ? code : .url, at: arena.span(node), label: "is not \(kind.name)",
                helps: ["write scheme, `://` and host: `\(schemes[0])://host.example`"])
            return nil
        }
        if url.hasCredentials {
            sink.report(
                .urlCredentials, at: arena.span(node), label: "remove what stands before the `@`",
                helps: ["credentials have fields of their own, which refer to where the secret is"])
            return nil
        }
        guard schemes.contains(url.scheme) else {
            sink.report(
                code, at: arena.span(node), label: "has the scheme `\(url.scheme)`",
                helps: ["write " + listed(schemes.map { "\($0)://" }, "or")])
            return nil
        }
        return url
    }
}
