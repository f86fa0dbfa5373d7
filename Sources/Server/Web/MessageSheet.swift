import Diagnostics
import Keys
import SendGate

/// A held message on a page, as its reader gets it: every field and every text, HTML as its source, nothing fetched and
/// nothing run. The same as `signet approvals show` says.
struct MessageSheet {
    private(set) var markup: [Markup] = []
    /// Whether all of its text is on the page, and no other reader can make another one of it.
    private(set) var isWhole = true
    /// Whether any character is marked.
    private(set) var hasMarks = false
    private var octetsLeft: Int

    init(_ content: MessageContent, octetsMax: Int = ServerLimits.shownTextOctetsMax) {
        octetsLeft = octetsMax
        var fields = [field("From", content.from)]
        for recipient in content.recipients {
            fields.append(field(recipient.kind.title, recipient.address))
        }
        fields.append(field("Subject", content.subject))
        for header in content.headers { fields.append(field(header.name, header.value)) }
        markup.append(.element(.section, [.aria(.label, "Header")], [.element(.h2, [], ["Header"]), list(fields)]))
        for body in content.body {
            guard let readable = body.readable else {
                markup.append(
                    section(
                        "Body", [.text("\(body.mediaType), \(body.octets.count) octets")], text(body.octets)))
                continue
            }
            let parts = readable.parts
            for (index, part) in parts.enumerated() {
                markup.append(
                    self.part(part, title: parts.count == 1 ? "Body" : "Part \(index + 1) of \(parts.count)"))
            }
            for octets in readable.outside {
                markup.append(
                    section(
                        "Outside of the parts",
                        [.text("\(octets.count) octets, which mail readers are to ignore, and some show")], text(octets)
                    ))
            }
            if let cut = readable.cut {
                isWhole = false
                markup.append(.element(.p, [.class("bad")], [.text("Warning: \(cut)")]))
            }
        }
        for attachment in content.attachments {
            markup.append(
                section(
                    "Attachment",
                    [
                        visible(attachment.name), ", ", visible(attachment.mediaType),
                        .text(", \(attachment.octetCount) octets, \(attachment.sha256)"),
                    ], .nothing))
        }
    }

    private static let addressFields: Set<String> = [
        "from", "to", "cc", "bcc", "sender", "reply-to", "resent-from", "resent-to", "return-path",
        MessageContent.Recipient.Kind.absent.title.lowercased(),
    ]

    /// As a mail reader shows it; below, as it stands, where that is something else.
    private mutating func field(_ name: String, _ value: String) -> (name: Markup, value: Markup) {
        let decoded = MessageContent.decoded(value)
        let text =
            Self.addressFields.contains(name.lowercased()) ? VisibleText(mailbox: decoded) : VisibleText(decoded)
        var shown = [Markup.element(.bdi, [], [note(text)])]
        if decoded != value {
            shown.append(
                .element(.div, [.class("soft")], ["encoded as: ", .element(.code, [], [visible(value)])]))
        }
        return (visible(name), .group(shown))
    }

    private func list(_ fields: [(name: Markup, value: Markup)]) -> Markup {
        .element(
            .dl, [], fields.flatMap { [.element(.dt, [], [$0.name]), .element(.dd, [], [$0.value])] })
    }

    private mutating func part(_ part: ReadablePart, title: String) -> Markup {
        var facts: [Markup] = [visible(part.mediaType)]
        if let characterSet = part.characterSet { facts += [", ", visible(characterSet)] }
        if part.isAttachment { facts.append(", attachment") }
        if let name = part.fileName { facts += [", file name “", visible(name), "”"] }
        facts.append(.text(", \(part.octets.count) octets ("))
        facts += [visible(part.transferEncoding), ")"]
        if part.isAttachment { facts.append(.text(", \(part.sha256)")) }
        if part.mediaType == "text/html" { facts.append(", shown as its source") }
        var content: [Markup] = part.warnings.map {
            .element(.p, [.class("caution")], [.text("Warning: \($0)")])
        }
        if !part.fields.isEmpty {
            var fields: [(name: Markup, value: Markup)] = []
            for header in part.fields { fields.append(field(header.name, header.value)) }
            content.append(list(fields))
        }
        if part.isText {
            content.append(text(part.characters))
            if !part.isWhole { isWhole = false }
        }
        return section(title, facts, .group(content))
    }

    private func section(_ title: String, _ facts: [Markup], _ content: Markup) -> Markup {
        .element(
            .section, [.class("part"), .aria(.label, title)],
            [.element(.h2, [], [.text(title)]), .element(.p, [.class("soft")], facts), content])
    }

    private mutating func text(_ octets: [UInt8]) -> Markup {
        let shown = octets.prefix(octetsLeft)
        octetsLeft -= shown.count
        let lines = OctetText.lines(Array(shown)).joined(separator: "\n")
        let text = Markup.element(.pre, [.direction("ltr"), .tabIndex(0)], [note(VisibleText(lines, .body))])
        guard shown.count < octets.count else { return text }
        isWhole = false
        return .group([
            text,
            .element(
                .p, [.class("bad")],
                [.text("\(octets.count - shown.count) more octets of this part are not on this page.")]),
        ])
    }

    private mutating func visible(_ text: String) -> Markup { note(VisibleText(text)) }

    private mutating func note(_ text: VisibleText) -> Markup {
        if text.hasMarks { hasMarks = true }
        return text.markup
    }
}
