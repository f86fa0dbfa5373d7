import FoundationEssentials
import Manifest
import Operations
import SendGate

/// What waits for an approver, oldest first.
struct InboxPage {
    let approvals: [ApprovalReport]
    /// The next page; nil: this is the last.
    let next: WebPath?

    func page(_ session: WebSessions.Session) -> WebPage {
        var content: [Markup] = [.element(.h1, [], ["Waiting for approval"])]
        if approvals.isEmpty {
            content.append(.element(.p, [], ["Nothing waits for an approval."]))
        } else {
            content.append(
                WebPage.table(
                    "Messages that agents want to send, oldest first", ["Message", "Recipients", "Agent", "Answer by"],
                    approvals.map(row)))
        }
        if let next { content.append(.element(.p, [], [.element(.a, [.href(next)], ["Next page"])])) }
        return WebPage(title: "Inbox", place: .inbox, session: session, content: content)
    }

    private func row(_ approval: ApprovalReport) -> [Markup] {
        let record = approval.record
        let subject = MessageContent.decoded(approval.content?.subject ?? "")
        var state: [Markup] = []
        if approval.status != ApprovalState.pending.rawValue {
            state = [" ", .element(.span, [.class("bad")], [.text(approval.status)])]
        }
        return [
            .group(
                [
                    .element(
                        .a, [.href(ApprovalPage.path(record.id))],
                        [subject.isEmpty ? "(no subject)" : .element(.bdi, [], [VisibleText(subject).markup])])
                ] + state),
            recipients((approval.content?.recipients ?? []).filter { $0.kind != .absent }),
            .element(.bdi, [], [VisibleText(record.agent.rawValue).markup]),
            WebPage.time(record.answerBy.formatted(.iso8601)),
        ]
    }

    private func recipients(_ recipients: [MessageContent.Recipient]) -> Markup {
        guard let first = recipients.first else { return "none" }
        let rest = recipients.count > 1 ? " and \(recipients.count - 1) more" : ""
        return .group([
            .element(.bdi, [], [VisibleText(mailbox: MessageContent.decoded(first.address)).markup]), .text(rest),
        ])
    }
}
