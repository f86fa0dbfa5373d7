package import Keys
import MailAuth
package import Manifest

extension MessageContent {
    /// What a person is asked about, read from the message as it lies in the outbox.
    ///
    /// The fields are a reader's view: unfolded, and with U+FFFD for what is not UTF-8. What makes an edit, of whatever
    /// octet, another content is the one body part, which is the whole message (docs/spec/approval.md, "A message given
    /// whole").
    ///
    /// - Parameter recipients: of the envelope. Those that neither To nor Cc names are Bcc, and who is named there alone is
    ///   absent, so that no two envelopes are the same content.
    package init(
        octets: [UInt8], recipients: [String], agent: AgentID, mode: OversightMode, declaration: SHA256Digest
    ) {
        let message = Message(octets)
        var from: String?
        var subject: String?
        var listed: [Recipient] = []
        var headers: [Header] = []
        var named: [String] = []
        for field in message.fields {
            let name = String(decoding: field.name, as: UTF8.self)
            let value = field.unfolded
            switch name.lowercased() {
            // A second one is shown among the others: nobody can know which one a receiver takes.
            case "from" where from == nil: from = value
            case "subject" where subject == nil: subject = value
            case "to", "cc":
                let kind: Recipient.Kind = name.lowercased() == "to" ? .to : .cc
                // The field as it stands, so that display names count; the envelope below says who really gets it.
                listed.append(Recipient(kind, value))
                for mailbox in AddressList(field.body)?.mailboxes ?? [] { named.append(mailbox.text) }
            default: headers.append(Header(name, value))
            }
        }
        var told = Set(recipients)
        let absent = named.filter { told.insert($0).inserted }.map { Recipient(.absent, $0) }
        let hidden = recipients.filter(Set(recipients).subtracting(named).contains).map { Recipient(.bcc, $0) }
        self.init(
            agent: agent, from: from ?? "", recipients: listed + hidden + absent, subject: subject ?? "",
            headers: headers,
            body: [BodyPart(mediaType: BodyPart.wholeMessage, octets: octets)], mode: mode, declaration: declaration)
    }

    /// Of a message in the outbox, by what its agent is registered as.
    package init(_ message: OutboxMessage, octets: [UInt8], agent: AgentDeclaration, digest: SHA256Digest) {
        let requested = GateFacts.RequestedMode(message.requestedMode)
        self.init(
            octets: octets, recipients: message.recipients.filter { !$0.isCopy }.map(\.address), agent: agent.id,
            mode: Gate.effectiveMode(agent.oversight, requested) ?? agent.oversight, declaration: digest)
    }
}
