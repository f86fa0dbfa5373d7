package import Keys
import MailAuth
package import Manifest

extension MessageContent {
    /// What a person is asked about, read from the message as it lies in the outbox: so an edit there, of whatever
    /// field or octet, is another content.
    ///
    /// - Parameter recipients: of the envelope. Those that neither To nor Cc names are Bcc.
    package init(
        octets: [UInt8], recipients: [String], agent: AgentID, mode: OversightMode, declaration: SHA256Digest
    ) {
        let message = Message(octets)
        var from = ""
        var subject = ""
        var mediaType = "text/plain"
        var listed: [Recipient] = []
        var headers: [Header] = []
        var named: Set<String> = []
        for field in message.fields {
            let name = String(decoding: field.name, as: UTF8.self)
            let value = field.unfolded
            switch name.lowercased() {
            case "from": from = value
            case "subject": subject = value
            case "content-type":
                mediaType = value
                headers.append(Header(name, value))
            case "to", "cc":
                let kind: Recipient.Kind = name.lowercased() == "to" ? .to : .cc
                // The field as it stands, so that display names count; the envelope below says who really gets it.
                listed.append(Recipient(kind, value))
                for mailbox in AddressList(field.body)?.mailboxes ?? [] { named.insert(mailbox.text) }
            default: headers.append(Header(name, value))
            }
        }
        // Whoever a field names gets it, as a rule; where one does not, the whole envelope is spelt out.
        let isAsNamed = named.isSubset(of: recipients)
        let envelope = recipients.filter { !isAsNamed || !named.contains($0) }.map { Recipient(.bcc, $0) }
        self.init(
            agent: agent, from: from, recipients: listed + envelope, subject: subject, headers: headers,
            body: [BodyPart(mediaType: mediaType, octets: Array(message.body))], mode: mode, declaration: declaration)
    }
    /// Of a message in the outbox, by what its agent is registered as.
    package init(_ message: OutboxMessage, octets: [UInt8], agent: AgentDeclaration, digest: SHA256Digest) {
        let requested = GateFacts.RequestedMode(message.requestedMode)
        self.init(
            octets: octets, recipients: message.recipients.filter { !$0.isCopy }.map(\.address), agent: agent.id,
            mode: Gate.effectiveMode(agent.oversight, requested) ?? agent.oversight, declaration: digest)
    }
}
