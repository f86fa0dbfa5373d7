import Diagnostics
import FoundationEssentials
import Keys
import Manifest
import Operations
import SendGate

/// An approval in words, the same in every form.
enum ApprovalText {
    /// Where it stands now, the clock and the outbox considered.
    static func status(_ approval: ApprovalReport) -> String { approval.status }

    static func ink(_ approval: ApprovalReport) -> Style.Ink {
        switch approval.finding {
        case .matching: .good
        case .pending, .none: .caution
        case .mismatched, .untrusted, .expired, .used, .denied, .unknown: .bad
        }
    }

    static func summary(_ approval: ApprovalReport) -> String {
        guard let content = approval.content else {
            return approval.record.state == .used ? "(sent)" : "(not in the outbox any more)"
        }
        let recipients = content.recipients.filter { $0.kind != .absent }
        let first = recipients.first.map { MessageContent.decoded($0.address) } ?? "nobody"
        let rest = recipients.count > 1 ? " and \(recipients.count - 1) more" : ""
        return "to \(first)\(rest): \(MessageContent.decoded(content.subject))"
    }

    /// Where a message is of which there is nothing to show any more.
    static func gone(_ approval: ApprovalReport) -> String {
        approval.record.state == .used
            ? "The message was sent." : "The message is not in the outbox any more."
    }

    static func facts(_ approval: ApprovalReport) -> [(String, String)] {
        let record = approval.record
        var facts = [
            ("message", record.send.rawValue), ("digest", record.message.description), ("agent", record.agent.rawValue),
        ]
        if let content = approval.content {
            facts += [("mode", content.mode.rawValue), ("declaration", content.declaration.description)]
        }
        facts += [
            ("asked at", record.requestedAt.formatted(.iso8601)), ("answer by", record.answerBy.formatted(.iso8601)),
        ]
        if let approver = approval.answeredBy {
            facts.append(("answered by", approver))
        }
        if let end = record.validUntil, record.state == .approved || record.state == .inFlight {
            facts.append(("good until", end.formatted(.iso8601)))
        }
        if !approval.isUnchanged, let digest = approval.contentDigest {
            facts.append(("edited", "what follows has the digest \(digest), and is not what was asked about"))
        }
        return facts
    }

    /// Line by line. Each line still holds whatever the message does: it is made safe where it is shown.
    static func content(_ content: MessageContent) -> [String] {
        var lines = field("From", content.from)
        for recipient in content.recipients {
            lines += field(recipient.kind.title, recipient.address)
        }
        lines += field("Subject", content.subject)
        for header in content.headers { lines += field(header.name, header.value) }
        for body in content.body {
            lines.append("")
            if let readable = body.readable {
                let parts = readable.parts
                for (index, part) in parts.enumerated() {
                    if index > 0 { lines.append("") }
                    lines += self.part(part, title: parts.count == 1 ? "Body" : "Part \(index + 1) of \(parts.count)")
                }
                for octets in readable.outside {
                    lines += [
                        "",
                        "Outside of the parts, \(octets.count) octets, which mail readers are to ignore, and some show:",
                    ]
                    lines += OctetText.lines(octets).map { "| \($0)" }
                }
                if let cut = readable.cut { lines += ["", "warning: \(cut)"] }
                lines.append("")
                lines.append("As it is sent: \(body.octets.count) octets, which --output json has whole")
            } else {
                lines.append("Body, \(body.mediaType), \(body.octets.count) octets:")
                lines += OctetText.lines(body.octets).map { "| \($0)" }
            }
        }
        if !content.attachments.isEmpty { lines.append("") }
        lines += content.attachments.map {
            "Attachment: \($0.name), \($0.mediaType), \($0.octetCount) octets, \($0.sha256)"
        }
        return lines
    }

    /// As a mail reader shows it; below, as it stands, where that is something else.
    private static func field(_ name: String, _ value: String) -> [String] {
        let decoded = MessageContent.decoded(value)
        return ["\(name): \(decoded)"] + (decoded == value ? [] : ["  encoded as: \(value)"])
    }

    private static func part(_ part: ReadablePart, title: String) -> [String] {
        var facts = [title, part.mediaType]
        if let characterSet = part.characterSet { facts.append(characterSet) }
        if part.isAttachment { facts.append("attachment") }
        if let name = part.fileName { facts.append("file name \"\(name)\"") }
        facts.append("\(part.octets.count) octets")
        if !["7bit", "8bit", "binary"].contains(part.transferEncoding) {
            facts[facts.count - 1] += " (\(part.transferEncoding))"
        }
        if part.isAttachment { facts.append(part.sha256.description) }
        var lines = [facts.joined(separator: ", ") + (part.isText ? ":" : "")]
        lines += part.warnings.map { "warning: \($0)" }
        for header in part.fields { lines += field("  \(header.name)", header.value) }
        if part.isText { lines += OctetText.lines(part.characters).map { "| \($0)" } }
        return lines
    }

    static func json(_ approval: ApprovalReport) -> JSONValue {
        let record = approval.record
        return [
            "id": .string(record.id.rawValue), "state": .string(record.state.rawValue),
            "status": .string(status(approval)), "message": .string(record.send.rawValue),
            "digest": .string(record.message.description), "agent": .string(record.agent.rawValue),
            "asked_at": .string(record.requestedAt.formatted(.iso8601)),
            "answer_by": .string(record.answerBy.formatted(.iso8601)),
            "valid_until": JSONValue(record.validUntil?.formatted(.iso8601)),
            "answered_by": JSONValue(approval.answeredBy), "unchanged": .bool(approval.isUnchanged),
            "summary": .string(summary(approval)),
            "statement": record.statement.map {
                [
                    "payloadType": .string(SignedStatement.payloadType),
                    "payload": .string(Data($0.payload).base64EncodedString()),
                    "signatures": [["sig": .string(Data($0.signature).base64EncodedString())]],
                ]
            } ?? .null,
        ]
    }

    static func json(_ content: MessageContent) -> JSONValue {
        [
            "from": .string(content.from), "subject": .string(content.subject), "mode": .string(content.mode.rawValue),
            "declaration": .string(content.declaration.description),
            "recipients": .array(
                content.recipients.map { ["kind": .string($0.kind.rawValue), "address": .string($0.address)] }),
            "headers": .array(content.headers.map { ["name": .string($0.name), "value": .string($0.value)] }),
            "body": .array(
                content.body.map { body in
                    let readable = body.readable
                    return [
                        "media_type": .string(body.mediaType), "octets": .number(body.octets.count),
                        "base64": .string(Data(body.octets).base64EncodedString()),
                        "parts": readable.map { .array($0.parts.map(json)) } ?? .null,
                        "outside": readable.map {
                            .array($0.outside.map { .string(OctetText.lines($0).joined(separator: "\n")) })
                        } ?? .null,
                        "parts_cut": .bool(readable?.cut != nil),
                    ]
                }),
            "attachments": .array(
                content.attachments.map {
                    [
                        "name": .string($0.name), "media_type": .string($0.mediaType), "octets": .number($0.octetCount),
                        "sha256": .string($0.sha256.description),
                    ]
                }),
        ]
    }
}

extension ApprovalText {
    private static func json(_ part: ReadablePart) -> JSONValue {
        [
            "media_type": .string(part.mediaType), "charset": JSONValue(part.characterSet),
            "transfer_encoding": .string(part.transferEncoding), "attachment": .bool(part.isAttachment),
            "file_name": JSONValue(part.fileName), "octets": .number(part.octets.count),
            "sha256": .string(part.sha256.description),
            "text": part.isText ? .string(OctetText.lines(part.characters).joined(separator: "\n")) : .null,
            "warnings": .array(part.warnings.map { .string($0) }),
        ]
    }
}
