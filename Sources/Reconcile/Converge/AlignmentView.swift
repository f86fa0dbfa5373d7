import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest

/// One view of a domain: what a receiver would find with this resolver.
struct AlignmentView: Sendable {
    typealias Outcome = AlignmentCheck.Outcome
    typealias Verdict = AlignmentCheck.Verdict

    let resolver: any Resolver
    let now: Date

    func run(
        _ declaration: DomainDeclaration, desired: DesiredState, egress: [IPAddress], keys: AlignmentCheck.Keys
    ) async -> Outcome {
        var outcome = Outcome()
        outcome.spf = await spf(declaration, egress, &outcome.findings)
        if outcome.spf == .pass { await countLookUps(of: declaration.name, &outcome.findings) }
        outcome.dkim = await dkim(desired, &outcome.findings)
        outcome.dmarc = await dmarc(declaration, desired, &outcome.findings)
        // Signet sends with the domain itself as MAIL FROM and as `d=`: identical domains align in either mode
        // (RFC 9989 §4.4), so alignment stands and falls with what passes.
        outcome.alignment =
            switch (outcome.spf, outcome.dkim) {
            case (.pass, _), (_, .pass): .pass
            case (.unknown, _), (_, .unknown): .unknown
            case (.fail, .fail): .fail
            }
        // A key that is not served as it should be has been told already: the message would only say it again.
        if declaration.sends, outcome.dkim == .pass, case .signers(let signers) = keys, !signers.isEmpty {
            await probe(declaration.name, signers, egress, &outcome)
        }
        return outcome
    }

    // MARK: the message

    private func probe(
        _ domain: DomainName, _ signers: [DKIMSigner], _ egress: [IPAddress], _ outcome: inout Outcome
    ) async {
        let report: AlignmentReport
        do {
            report = try await AlignmentProbe(domain: domain, signers: signers, egress: egress)
                .run(resolver: resolver, unixTime: Int64(now.timeIntervalSince1970))
        } catch {
            outcome.findings.append(FindingCatalogue.keyUnusable(domain, error.reason))
            outcome.dkim = .unknown
            return
        }
        for signature in report.dkim {
            let name = "\(signature.selector)._domainkey.\(signature.domain)"
            switch signature.result.verdict {
            case .pass: continue
            case .temperror(let reason):
                outcome.findings.append(FindingCatalogue.lookUpFailed(domain, "\(name) TXT: \(reason)"))
                if outcome.dkim == .pass { outcome.dkim = .unknown }
            case .fail, .policy, .permerror:
                let verdict = signature.result.verdict
                outcome.findings.append(
                    FindingCatalogue.signatureFails(
                        domain, "signed with the key of \(name): \(verdict.name), \(verdict.reason ?? "")"))
                outcome.dkim = .fail
            }
        }
        // DMARC of a domain without a usable policy is told already.
        guard outcome.dmarc == .pass else { return }
        let paths =
            report.paths.isEmpty
            ? [("", report.dmarcByDKIMAlone)] : report.paths.map { ("mail from \($0.address): ", $0.dmarc) }
        var alignment = Verdict.pass
        for (path, dmarc) in paths {
            switch dmarc.verdict {
            case .pass: continue
            case .temperror(let reason):
                outcome.findings.append(FindingCatalogue.lookUpFailed(domain, "\(path)DMARC: \(reason)"))
                if alignment == .pass { alignment = .unknown }
            case .fail, .none, .permerror:
                outcome.findings.append(
                    FindingCatalogue.notAligned(
                        domain, "\(path)dmarc=\(dmarc.verdict.name), \(dmarc.verdict.reason ?? "")"))
                alignment = .fail
            }
        }
        outcome.alignment = alignment
    }

    // MARK: SPF

    private func spf(
        _ declaration: DomainDeclaration, _ egress: [IPAddress], _ findings: inout [Finding]
    ) async -> Verdict {
        let name = declaration.name
        guard declaration.sends, !egress.isEmpty else {
            // Nobody may send, or nobody knows from where: the record must evaluate, whatever the verdict on an
            // address reserved for documentation (RFC 5737).
            switch await check(.v4(0xC000_0201), name).verdict {
            case .temperror(let reason):
                findings.append(FindingCatalogue.spfUnknown(name, reason))
                return .unknown
            case .permerror(let error):
                findings.append(FindingCatalogue.spfBroken(name, error.description))
                return .fail
            case .none:
                findings.append(FindingCatalogue.spfBroken(name, "\(name) has no SPF record"))
                return .fail
            case .pass, .fail, .softfail, .neutral:
                if declaration.sends { findings.append(FindingCatalogue.noEgress(name)) }
                return .pass
            }
        }
        var verdict = Verdict.pass
        for address in egress {
            let result = await check(address, name)
            switch result.verdict {
            case .pass:
                break
            case .temperror(let reason):
                findings.append(FindingCatalogue.spfUnknown(name, "for \(address): \(reason)"))
                if verdict == .pass { verdict = .unknown }
            case .permerror(let error):
                findings.append(FindingCatalogue.spfBroken(name, "for \(address): \(error)"))
                verdict = .fail
            case .none:
                findings.append(FindingCatalogue.spfBroken(name, "\(name) has no SPF record"))
                verdict = .fail
            case .fail, .softfail, .neutral:
                let term = result.steps.last { $0.outcome == .matched }
                let why = term.map { step -> String in
                    guard case .directive(let directive) = step.part else { return "" }
                    return ", by \"\(directive)\" of \(step.domain)"
                }
                findings.append(
                    FindingCatalogue.spfFails(name, "mail from \(address) gets \(result.verdict.name)\(why ?? "")"))
                verdict = .fail
            }
        }
        return verdict
    }

    /// Where an address matches early, receivers look no further; senders whose term stands behind do not get that far.
    private func countLookUps(of name: DomainName, _ findings: inout [Finding]) async {
        guard case .found(let data, _) = await resolver.look(up: name, .txt) else { return }
        for case .txt(let value) in data where SPFRecord.isSPF(value.joined) {
            guard let record = try? SPFRecord(octets: value.joined) else { return }
            let count = await SPFLookUpCount(of: record, resolver: resolver)
            if count.isOverLimit { findings.append(FindingCatalogue.tooManyLookUps(name, count)) }
        }
    }

    private func check(_ address: IPAddress, _ name: DomainName) async -> SPFResult {
        await SPFVerifier(resolver: resolver).checkHost(
            address: address, domain: name.text, sender: "postmaster@\(name.text)", helo: name.text,
            unixTime: Int64(now.timeIntervalSince1970))
    }

    // MARK: DKIM

    private func dkim(_ desired: DesiredState, _ findings: inout [Finding]) async -> Verdict {
        let keys = desired.recordSets.filter { set in
            desired.signingKeys.contains { $0.description == set.key.name.text }
        }
        guard !desired.signingKeys.isEmpty else { return .pass }
        var verdict = Verdict.pass
        for set in keys {
            guard case .whole(let values) = set.content, case .known(.txt(let wanted))? = values.first else {
                findings.append(
                    FindingCatalogue.keyMissing(desired.domain, "the key for \(set.key.name) is not generated yet"))
                verdict = .fail
                continue
            }
            switch await resolver.look(up: set.key.name, .txt) {
            case .failed(let reason):
                findings.append(FindingCatalogue.lookUpFailed(desired.domain, "\(set.key): \(reason)"))
                if verdict == .pass { verdict = .unknown }
            case .noData, .noSuchName:
                findings.append(FindingCatalogue.keyMissing(desired.domain, "\(set.key) is not served"))
                verdict = .fail
            case .found(let data, _):
                let texts = data.compactMap { if case .txt(let text) = $0 { text.text } else { nil } }
                // RFC 6376 §3.6.2.2: several records at one selector leave the result undefined.
                guard texts.count == 1, let served = try? DKIMRecord(texts[0]),
                    let ours = try? DKIMRecord(wanted.text), served == ours
                else {
                    findings.append(
                        FindingCatalogue.keyMissing(
                            desired.domain,
                            texts.count == 1
                                ? "\(set.key) holds another key than the keyring's"
                                : "\(set.key) holds \(texts.count) records"))
                    verdict = .fail
                    continue
                }
            }
        }
        return verdict
    }

    // MARK: DMARC

    private func dmarc(
        _ declaration: DomainDeclaration, _ desired: DesiredState, _ findings: inout [Finding]
    ) async -> Verdict {
        guard let wanted = declaration.dmarc?.record else { return .pass }
        guard let name = try? declaration.name.prepending("_dmarc") else { return .fail }
        switch await resolver.look(up: name, .txt) {
        case .failed(let reason):
            findings.append(FindingCatalogue.lookUpFailed(desired.domain, "\(name) TXT: \(reason)"))
            return .unknown
        case .noData, .noSuchName:
            findings.append(FindingCatalogue.noPolicy(desired.domain, "\(name) TXT is not served"))
            return .fail
        case .found(let data, _):
            let texts = data.compactMap { datum -> String? in
                guard case .txt(let text) = datum, TextKind.dmarc.matches(text) else { return nil }
                return text.text
            }
            // A policy that is milder than declared still lets mail pass; that it differs is PUB101's to say.
            guard texts.count == 1, (try? DMARCRecord(texts[0])) != nil else {
                findings.append(
                    FindingCatalogue.noPolicy(
                        desired.domain,
                        texts.count == 1 ? "\(name) TXT cannot be read" : "\(name) holds \(texts.count) DMARC records"))
                return .fail
            }
            await reports(wanted, of: desired.domain, &findings)
            return .pass
        }
    }

    /// RFC 9990 §4: whether every receiver at another organization has said that it wants the reports.
    private func reports(_ record: DMARCRecord, of domain: DomainName, _ findings: inout [Finding]) async {
        for uri in record.aggregateReports + record.failureReports {
            let detail: String
            switch await DMARCReportDestination(of: uri, requestedBy: domain, resolver: resolver) {
            case .own, .authorized: continue
            case .notAuthorized(let name): detail = "\(uri): \(name) TXT is not served"
            case .unusable: detail = "\(uri): no report can be sent there"
            case .temperror(let reason): detail = "\(uri): \(reason)"
            }
            let finding = FindingCatalogue.reportsUnauthorized(domain, detail)
            if !findings.contains(finding) { findings.append(finding) }
        }
    }
}
