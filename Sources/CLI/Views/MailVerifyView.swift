import DNS
import FoundationEssentials
import MailAuth
import Operations

/// A receiver's verdict on a message: every mechanism, why, and whether it speaks for the author.
struct MailVerifyView: View {
    var report: MailVerifyReport

    private var verdict: MessageVerdict { report.verdict }

    // MARK: human

    func human(_ style: Style) -> String {
        var page = Page()
        page.line(style.paint(summary, ExitStatus(report) == .done ? .good : .bad))
        page.line("author    \(style.safe(verdict.dmarc.author?.text ?? "unknown"))", indent: 2)
        for (name, value, origin) in envelope {
            page.line("\(name.padded(10))\(style.safe(value))  (\(origin))", indent: 2)
        }
        page.line("checked   as of \(report.time.formatted(.iso8601))", indent: 2)
        page.gap()
        for mechanism in mechanisms {
            page.line(
                style.paint(mechanism.name.padded(7), .strong)
                    + style.paint(mechanism.word.padded(10), Self.ink(mechanism.word)) + style.safe(mechanism.what))
            for detail in mechanism.details { page.line(style.safe(detail), indent: 17) }
        }
        if !style.isQuiet {
            page.gap()
            for line in results.field.split(whereSeparator: { $0 == "\r\n" }) {
                // The fold's tab, as blanks.
                page.line(
                    style.paint(style.safe(line.hasPrefix("\t") ? "    " + line.dropFirst() : String(line)), .faint))
            }
        }
        return page.text
    }

    private static func ink(_ word: String) -> Style.Ink {
        switch word {
        case "pass": .good
        case "fail", "permerror": .bad
        case "none", "neutral", "not known": .faint
        default: .caution
        }
    }

    private var results: AuthenticationResults { verdict.authenticationResults(serverID: report.serverID) }

    private var summary: String {
        switch verdict.dmarc.verdict {
        case .pass: "DMARC passes: the message is from its author's domain, as far as a receiver can tell"
        case .fail(.none): "DMARC fails: the author's domain asks for no action (p=none)"
        case .fail(let policy): "DMARC fails: the author's domain asks receivers to \(policy.rawValue) the message"
        case .none: "DMARC does not apply: \(verdict.dmarc.verdict.reason ?? "there is no record")"
        case .temperror(let reason): "DMARC could not be evaluated: \(Style.plain.safe(reason))"
        case .permerror(let error): "DMARC cannot be evaluated: \(Style.plain.safe(error.description))"
        }
    }

    private var envelope: [(name: String, value: String, origin: String)] {
        let from = verdict.envelope
        return [
            ("address", from.address?.description, report.addressOrigin, "--ip"),
            ("HELO", from.helo, report.heloOrigin, "--helo"),
            ("MAIL FROM", from.mailFrom.map { "<\($0)>" }, report.mailFromOrigin, "--mail-from"),
        ].map { name, value, origin, option in
            let told =
                switch origin {
                case .option: "as given"
                case .received, .returnPath: "from the message's \(origin.rawValue) field"
                case .unknown: "say it with \(option)"
                }
            return (name, value ?? "not known", told)
        }
    }

    // MARK: mechanisms

    private struct Mechanism {
        var name: String
        var word: String
        var what: String
        var details: [String] = []
    }

    private var mechanisms: [Mechanism] {
        var all = [spf] + verdict.dkim.map(dkim)
        if verdict.dkim.isEmpty { all.append(Mechanism(name: "DKIM", word: "none", what: "the message is not signed")) }
        all.append(arc)
        all.append(dmarc)
        return all
    }

    private var spf: Mechanism {
        guard let spf = verdict.spf else {
            return Mechanism(
                name: "SPF", word: "not known", what: "needs the address that the message came from, and its MAIL FROM")
        }
        var what = spf.domain
        if let reason = spf.verdict.reason { what += ": \(reason)" }
        if let identifier = verdict.dmarc.spf {
            what += ", \(text(identifier.alignment, verdict.dmarc.record?.spfAlignment))"
        }
        return Mechanism(
            name: "SPF", word: spf.verdict.name, what: what,
            details: spf.steps.map(Self.text) + ["\(spf.lookUpCount) of \(SPFRecord.lookUpsMax) look-ups"])
    }

    static func text(_ step: SPFStep) -> String {
        let part =
            switch step.part {
            case .directive(let term): "\(term)"
            case .redirect(let target): "redirect=\(target)"
            }
        let outcome =
            switch step.outcome {
            case .matched: "matched"
            case .notMatched: "did not match"
            case .followed: "followed"
            case .temperror: "a look-up failed"
            case .permerror: "is in error"
            }
        return String(repeating: "  ", count: step.depth) + "\(part) of \(step.domain): \(outcome)"
    }

    private func dkim(_ result: DKIMResult) -> Mechanism {
        var what = "a signature that cannot be read"
        if let signature = result.signature {
            what =
                "d=\(signature.domain) s=\(signature.selector), \(signature.algorithm.rawValue)"
                + (result.keyBits.map { " with \($0) bits" } ?? "")
                + ", \(signature.headerCanonicalization.rawValue)/\(signature.bodyCanonicalization.rawValue)"
        }
        if let reason = result.verdict.reason { what += ": \(reason)" }
        if result.verdict == .pass, let alignment = alignment(result) {
            what += ", \(text(alignment, verdict.dmarc.record?.dkimAlignment))"
        }
        var details: [String] = []
        if let signature = result.signature { details.append("signs \(Self.names(signature.signedHeaders))") }
        if let expiration = result.signature?.expiration {
            details.append("expires \(Self.date(expiration))")
        }
        if result.isTesting { details.append("the key is marked as testing (t=y)") }
        return Mechanism(name: "DKIM", word: result.verdict.name, what: what, details: details)
    }

    /// Each once: a name that is there twice is signed against being added.
    private static func names(_ headers: [String]) -> String {
        var seen = Set<String>()
        return headers.filter { seen.insert($0.lowercased()).inserted }.joined(separator: ", ")
    }

    private func alignment(_ result: DKIMResult) -> DMARCAlignment? {
        guard result.verdict == .pass, let domain = result.signature?.domain else { return nil }
        return verdict.dmarc.dkim.first { $0.domain == domain }?.alignment
    }

    private var arc: Mechanism {
        let sealers = verdict.arc.sealers.map(\.text).joined(separator: ", then ")
        let what =
            switch verdict.arc.verdict {
            case .none: "the message has no ARC set"
            case .pass: "\(String.counted(verdict.arc.instance, "set")), sealed by \(sealers)"
            case .fail, .temperror: verdict.arc.verdict.reason ?? ""
            }
        return Mechanism(name: "ARC", word: verdict.arc.verdict.name, what: what)
    }

    private var dmarc: Mechanism {
        let dmarc = verdict.dmarc
        var what = dmarc.verdict.reason ?? "\(dmarc.author?.text ?? "") is authenticated"
        if let policy = dmarc.policy { what += "; policy \(policy.rawValue)" }
        var details: [String] = []
        if let record = dmarc.record, let place = dmarc.recordDomain {
            details.append("_dmarc.\(place): \(record.text)")
        }
        for identifier in dmarc.dkim + (dmarc.spf.map { [$0] } ?? []) where identifier.alignment != .aligned {
            details.append("\(identifier.domain) passed, and is \(Self.text(identifier.alignment))")
        }
        return Mechanism(name: "DMARC", word: dmarc.verdict.name, what: what, details: details)
    }

    private func text(_ alignment: DMARCAlignment, _ mode: DMARCRecord.Alignment?) -> String {
        Self.text(alignment) + (mode.map { " (\($0 == .strict ? "strict" : "relaxed"))" } ?? "")
    }

    private static func text(_ alignment: DMARCAlignment) -> String {
        switch alignment {
        case .aligned: "aligned"
        case .notAligned: "not aligned with the author's domain"
        case .temperror(let reason): "aligned or not, nobody knows: \(reason)"
        }
    }

    private static func date(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(min(seconds, 253_402_300_799))).formatted(.iso8601)
    }

    // MARK: JSON

    func json() -> JSONValue {
        let dmarc = verdict.dmarc
        return [
            "aligned": .bool(dmarc.verdict == .pass), "summary": .string(summary),
            "time": .string(report.time.formatted(.iso8601)),
            "envelope": [
                "address": JSONValue(verdict.envelope.address?.description),
                "address_origin": .string(Self.json(report.addressOrigin)), "helo": JSONValue(verdict.envelope.helo),
                "helo_origin": .string(Self.json(report.heloOrigin)), "mail_from": JSONValue(verdict.envelope.mailFrom),
                "mail_from_origin": .string(Self.json(report.mailFromOrigin)),
            ],
            "spf": verdict.spf.map(json) ?? .null, "dkim": .array(verdict.dkim.map(json)),
            "arc": [
                "result": .string(verdict.arc.verdict.name), "reason": JSONValue(verdict.arc.verdict.reason),
                "instance": .number(verdict.arc.instance),
                "sealers": .array(verdict.arc.sealers.map { .string($0.text) }),
            ],
            "dmarc": [
                "result": .string(dmarc.verdict.name), "reason": JSONValue(dmarc.verdict.reason),
                "author": JSONValue(dmarc.author?.text), "policy": JSONValue(dmarc.policy?.rawValue),
                "record": JSONValue(dmarc.record?.text), "record_domain": JSONValue(dmarc.recordDomain?.text),
            ],
            "authentication_results": .string(results.field),
        ]
    }

    private static func json(_ origin: MailVerifyReport.Origin) -> String {
        switch origin {
        case .option: "option"
        case .received: "received"
        case .returnPath: "return_path"
        case .unknown: "unknown"
        }
    }

    private func json(_ spf: SPFResult) -> JSONValue {
        [
            "result": .string(spf.verdict.name), "reason": JSONValue(spf.verdict.reason),
            "domain": .string(spf.domain), "look_ups": .number(spf.lookUpCount),
            "void_look_ups": .number(spf.voidLookUpCount), "steps": .array(spf.steps.map { .string(Self.text($0)) }),
            "alignment": Self.json(verdict.dmarc.spf?.alignment),
        ]
    }

    private func json(_ dkim: DKIMResult) -> JSONValue {
        [
            "result": .string(dkim.verdict.name), "reason": JSONValue(dkim.verdict.reason),
            "domain": JSONValue(dkim.signature?.domain.text), "selector": JSONValue(dkim.signature?.selector),
            "algorithm": JSONValue(dkim.signature?.algorithm.rawValue),
            "key_bits": dkim.keyBits.map { .number($0) } ?? .null,
            "canonicalization": JSONValue(
                dkim.signature.map { "\($0.headerCanonicalization.rawValue)/\($0.bodyCanonicalization.rawValue)" }),
            "signed_headers": .array((dkim.signature?.signedHeaders ?? []).map { .string($0) }),
            "identity": JSONValue(dkim.signature?.identity), "testing": .bool(dkim.isTesting),
            "signed_at": dkim.signature?.timestamp.map { .number(Int($0)) } ?? .null,
            "expires_at": dkim.signature?.expiration.map { .number(Int($0)) } ?? .null,
            "alignment": Self.json(alignment(dkim)),
        ]
    }

    private static func json(_ alignment: DMARCAlignment?) -> JSONValue {
        switch alignment {
        case .aligned: "aligned"
        case .notAligned: "not_aligned"
        case .temperror: "unknown"
        case nil: .null
        }
    }

    // MARK: Markdown

    func markdown() -> String {
        "### Signet mail verify\n\n**\(ExitStatus(report) == .done ? "aligned" : "not aligned")**: "
            + "\(MarkdownText.code(summary))\n\n"
            + MarkdownText.table(
                ["mechanism", "result", "what"],
                mechanisms.map { mechanism in
                    [
                        mechanism.name, "**\(mechanism.word)**",
                        ([mechanism.what] + mechanism.details).map(MarkdownText.code).joined(separator: "<br>"),
                    ]
                }) + "\n"
            + MarkdownText.table(
                ["envelope", "value", "where it is from"],
                envelope.map { [$0.name, MarkdownText.code($0.value), MarkdownText.code($0.origin)] })
    }
}
