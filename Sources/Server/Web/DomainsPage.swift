import Audit
import DNS
import Diagnostics
import FoundationEssentials
import Operations
import Reconcile

/// Where the domains stand, by what DNS serves now.
enum DomainsPage {
    static func path(_ domain: String) -> WebPath { WebPath("domains", domain) }

    static func list(_ overview: DomainsOverview, _ session: WebSessions.Session) -> WebPage {
        var content: [Markup] = [.element(.h1, [], ["Domains"]), lookedAt(overview.observedAt)]
        if overview.states.isEmpty {
            content.append(.element(.p, [], ["No domain is declared that your token may see."]))
        } else {
            content.append(
                WebPage.table(
                    "Whether mail that a domain sends now would pass",
                    ["Domain", "Status", "SPF", "DKIM", "DMARC", "Findings"],
                    overview.states.map { state in
                        [
                            .element(
                                .a, [.href(path(state.domain.text))],
                                [VisibleText(state.domain.text, .address).markup]),
                            status(state), .text(state.spf.rawValue), .text(state.dkim.rawValue),
                            .text(state.dmarc.rawValue), .text("\(state.findings.count)"),
                        ]
                    }))
        }
        return WebPage(title: "Domains", place: .domains, session: session, content: content)
    }

    static func one(
        _ state: DomainState, observedAt: Date, history: [LogRecord], _ session: WebSessions.Session
    ) -> WebPage {
        var content: [Markup] = [
            .element(.h1, [], [VisibleText(state.domain.text, .address).markup]), lookedAt(observedAt),
            WebPage.facts([
                ("Status", status(state)), ("SPF", .text(state.spf.rawValue)), ("DKIM", .text(state.dkim.rawValue)),
                ("DMARC", .text(state.dmarc.rawValue)), ("Alignment", .text(state.alignment.rawValue)),
            ]),
            .element(.h2, [], ["Findings"]),
        ]
        content.append(state.findings.isEmpty ? .element(.p, [], ["None."]) : .group(state.findings.map(finding)))
        for (title, lines) in [
            ("Waiting for", state.waitingFor), ("Agents wait for", state.waitingForAgents),
            ("Keys wait for", state.waitingForKeys),
        ] where !lines.isEmpty {
            content += [
                .element(.h2, [], [.text(title)]),
                .element(.ul, [], lines.map { .element(.li, [], [VisibleText($0).markup]) }),
            ]
        }
        content.append(.element(.h2, [], ["History"]))
        content.append(
            history.isEmpty
                ? .element(.p, [], ["The log has no verification of this domain."])
                : WebPage.table(
                    "The log's latest verifications, newest first", ["Entry", "Time", "What was found"],
                    history.map { record in
                        [.text("\(record.index)"), WebPage.time(record.content.timeText), found(record)]
                    }))
        return WebPage(title: state.domain.text, place: .domains, session: session, content: content)
    }

    private static func lookedAt(_ time: Date) -> Markup {
        .element(.p, [.class("soft")], ["Asked of DNS at ", WebPage.time(time.formatted(.iso8601)), "."])
    }

    private static func status(_ state: DomainState) -> Markup {
        let look =
            switch state.status {
            case .aligned: "good"
            case .propagating, .unknown: "caution"
            case .misaligned: "bad"
            }
        return .element(.span, [.class(look)], [.text(state.status.rawValue)])
    }

    private static func finding(_ finding: Finding) -> Markup {
        var content: [Markup] = [
            .element(
                .p, [],
                [
                    .element(.strong, [], [.text("\(finding.code.rawValue) (\(finding.severity.rawValue))")]), ": ",
                    VisibleText(finding.summary).markup,
                ]),
            .element(.p, [], [VisibleText(finding.detail).markup]),
        ]
        if let help = finding.help { content.append(.element(.p, [.class("soft")], [VisibleText(help).markup])) }
        return .element(.section, [.class("part"), .aria(.label, finding.code.rawValue)], content)
    }

    /// Texts, numbers and how many of what is listed; the API's `/v1/audit` has all of an entry.
    private static func found(_ record: LogRecord) -> Markup {
        let lines = record.content.details.sorted { $0.key < $1.key }.compactMap { name, value -> String? in
            switch value {
            case .text(let text): text.isEmpty ? nil : "\(name): \(text)"
            case .integer(let number): "\(name): \(number)"
            case .list(let values): values.isEmpty ? nil : "\(name): \(values.count)"
            case .null, .bool, .object: nil
            }
        }
        return .element(.ul, [], lines.map { .element(.li, [], [VisibleText($0).markup]) })
    }
}
