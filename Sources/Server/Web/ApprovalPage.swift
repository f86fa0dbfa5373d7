import FoundationEssentials
import HTTPTypes
import Manifest
import Operations
import SendGate

/// One request: the message as it will leave, and the answer, signed in the browser or by the command line.
struct ApprovalPage {
    let approval: ApprovalReport
    let offers: [OfferedStatement]

    static func path(_ id: ApprovalID) -> WebPath { WebPath("approvals", id.rawValue) }
    static func answerPath(_ id: ApprovalID) -> WebPath { WebPath("approvals", id.rawValue, "answer") }
    static let fields: Set<String> = ["payload", "signature", WebPage.formTokenField]

    func page(_ session: WebSessions.Session, problem: Problem? = nil) -> WebPage {
        let record = approval.record
        let subject = MessageContent.decoded(approval.content?.subject ?? "")
        var content: [Markup] = [
            .element(.h1, [], [subject.isEmpty ? "(no subject)" : .element(.bdi, [], [VisibleText(subject).markup])])
        ]
        if let problem { content.append(WebPage.notice(problem.detail, isBad: true)) }
        if let outcome { content.append(WebPage.notice(outcome.text, isBad: outcome.isBad)) }
        content.append(facts)
        if let message = approval.content {
            let sheet = MessageSheet(message)
            if sheet.hasMarks { content.append(Self.legend) }
            content += sheet.markup
            content.append(
                .element(
                    .p, [.class("soft")],
                    [
                        "Signet adds its signatures and the identity header when it sends; everything else leaves as above."
                    ]
                ))
            content += answer(session, isWhole: sheet.isWhole)
        } else {
            content.append(
                .element(
                    .p, [],
                    [record.state == .used ? "The message was sent." : "The message is not in the outbox any more."]))
        }
        return WebPage(
            title: "Approval", place: .inbox, session: session, content: content, status: problem?.code.status ?? .ok)
    }

    /// What has become of it, once it waits no more.
    private var outcome: (text: String, isBad: Bool)? {
        let by = approval.answeredBy.map { " by \($0)" } ?? ""
        return switch approval.status {
        case "pending": nil
        case "approved": ("Approved\(by). It is sent at once, if everything else allows it.", false)
        case "in_flight": ("Approved\(by). It is being sent.", false)
        case "used": ("Approved\(by), and sent.", false)
        case "denied": ("Denied\(by). It is not sent.", true)
        case "expired": ("Expired: it cannot be answered any more.", true)
        case "edited", "voided": ("The message was edited after this was asked: nobody can answer it any more.", true)
        default: ("It stands at \(approval.status).", true)
        }
    }

    private var facts: Markup {
        let record = approval.record
        var facts: [(String, Markup)] = [
            ("State", .text(approval.status)), ("Agent", VisibleText(record.agent.rawValue).markup),
        ]
        if let content = approval.content { facts.append(("Oversight", .text(content.mode.rawValue))) }
        facts += [
            ("Asked at", WebPage.time(record.requestedAt.formatted(.iso8601))),
            ("Answer by", WebPage.time(record.answerBy.formatted(.iso8601))),
            ("Approval", .element(.code, [], [.text(record.id.rawValue)])),
            ("Digest", .element(.code, [], [.text(record.message.description)])),
        ]
        return WebPage.facts(facts)
    }

    private static let legend = Markup.element(
        .p, [.class("notice caution"), .id("legend")],
        [
            "Look twice: characters like ", .element(.mark, [.class("unseen")], ["\\u{200B}"]),
            " draw nothing or turn directions, and ", .element(.mark, [.class("lookalike")], ["letters"]),
            " so marked can be taken for others. Both are shown with their numbers.",
        ])

    // MARK: answering

    private func answer(_ session: WebSessions.Session, isWhole: Bool) -> [Markup] {
        // Nobody says yes here to what the page does not show.
        let offers = isWhole ? offers : offers.filter { $0.answer == .deny }
        guard approval.record.state == .pending, approval.status == ApprovalState.pending.rawValue else { return [] }
        var content: [Markup] = [.element(.h2, [.id("answer")], ["Your answer"])]
        if !isWhole {
            content.append(
                .element(
                    .p, [.class("bad")],
                    [
                        "Not all of the message is on this page: look at all of it, and approve it, with the command line."
                    ]
                ))
        }
        if offers.isEmpty {
            content.append(.element(.p, [.class("bad")], ["The manifest has no approver who may answer."]))
        } else {
            content += [
                form(session, mayApprove: isWhole),
                .element(
                    .p, [.id("outcome"), .class("notice caution"), .role("alert")]),
                .element(
                    .noscript, [], [.element(.p, [], ["Signing in the browser takes JavaScript. Use the command."])]),
                statements(offers),
            ]
        }
        content.append(commands)
        return content
    }

    private func form(_ session: WebSessions.Session, mayApprove: Bool) -> Markup {
        let path = Self.answerPath(approval.record.id)
        var buttons: [Markup] = []
        if mayApprove {
            buttons.append(
                .element(.button, [.type("submit"), .class("approve"), .value("approve")], ["Sign and approve"]))
        }
        buttons.append(.element(.button, [.type("submit"), .class("deny"), .value("deny")], ["Sign and deny"]))
        return .element(
            .form, [.id("sign"), .hidden, .autocomplete("off")] + Markup.Attribute.post(path),
            [
                WebPage.formToken(session, path),
                .element(.input, [.type("hidden"), .name("payload"), .value("")]),
                .element(.input, [.type("hidden"), .name("signature"), .value("")]),
                .element(
                    .fieldset, [],
                    [
                        .element(.legend, [], ["Sign with your key"]),
                        .element(
                            .p, [.id("key-hint"), .class("soft")],
                            [
                                "An Ed25519 private key without passphrase: PEM (PKCS #8) or the file of ssh-keygen. ",
                                "It stays in this browser, and is forgotten once it has signed.",
                            ]),
                        .element(.label, [.for("key")], ["Private key"]),
                        .element(
                            .textarea,
                            [
                                .id("key"), .rows(4), .autocomplete("off"), .noSpellCheck,
                                .aria(.describedby, "key-hint"),
                            ]),
                        .element(.label, [.for("key-file")], ["or its file"]),
                        .element(.input, [.type("file"), .id("key-file"), .aria(.describedby, "key-hint")]),
                        .element(.div, [], buttons),
                    ]),
            ])
    }

    private func statements(_ offers: [OfferedStatement]) -> Markup {
        .element(
            .details, [],
            [.element(.summary, [], ["What you sign, word for word"])]
                + offers.map { offer in
                    .element(
                        .section,
                        [
                            .aria(.label, "\(offer.answer.rawValue), as \(offer.approver)"),
                            .data(.approver, offer.approver), .data(.answer, offer.answer.rawValue),
                            .data(.publicKey, Data(offer.publicKey).base64EncodedString()),
                            .data(.payload, Data(offer.payload).base64EncodedString()),
                            .data(.signed, Data(offer.signedOctets).base64EncodedString()),
                        ],
                        [
                            .element(.p, [], [.text("\(offer.approver): \(offer.answer.rawValue)")]),
                            .element(
                                .pre, [.direction("ltr"), .tabIndex(0)],
                                [VisibleText(String(decoding: offer.payload, as: UTF8.self), .body).markup]),
                        ])
                })
    }

    private var commands: Markup {
        let record = approval.record
        let rest = "\(record.id) --key FILE --digest \(record.message)"
        return .group([
            .element(.p, [], ["Or with the command line, where the manifest is:"]),
            .element(
                .pre, [.direction("ltr"), .tabIndex(0)],
                [.text("signet approvals approve \(rest)\nsignet approvals deny \(rest)")]),
        ])
    }
}
