import DNS
import FoundationEssentials
import Keys
import MailAuth
import SendGate

/// A message of somebody else's that is to go on as it is. Only `Signet.forward` makes one, with what it found of it.
package struct RedirectedMessage: Sendable, Equatable {
    /// As it came in.
    let octets: [UInt8]
    /// The Authentication-Results field of this hop; empty: there is no agent whose hop it could be.
    let results: [UInt8]
    let from: SendRequest.Mailbox?
    let to: [SendRequest.Mailbox]
    let cc: [SendRequest.Mailbox]
    let bcc: [SendRequest.Mailbox]
}

/// What lies in the outbox of a message that goes on as it is: who passes it on, what was found of it, and then
/// its own octets, but for three kinds of fields that end here.
struct RedirectPreparation: Sendable {
    /// RFC 5321 §6.3: more Received fields than this are a loop.
    static let receivedMax = 100

    let id: MessageID
    let from: AddressList.Mailbox
    let now: Date

    func prepare(_ given: RedirectedMessage, wire: [UInt8]) throws(SendRequestError) -> [UInt8] {
        let serverID = from.domain.text
        // RFC 8601 §5: whoever else wrote a field in this server's name, the seal must not repeat it.
        let message = Message(AuthenticationResults.removingForged(from: Message(wire), serverID: serverID))
        guard message.fields(named: "received").count <= Self.receivedMax else {
            throw SendRequestError(
                "message.received", "more than \(Self.receivedMax) hops: it runs in a circle (RFC 5321 §6.3)")
        }
        for field in message.fields(named: "resent-from") {
            let mailboxes = AddressList(field.body)?.mailboxes ?? []
            if mailboxes.contains(where: { SendFacts.canonical($0.text) == SendFacts.canonical(from.text) }) {
                throw SendRequestError(
                    "message.resent-from", "the same address has passed it on before: it runs in a circle")
            }
        }
        var octets: [UInt8]
        do throws(MessageBuilderError) {
            octets = try ResentFields(
                from: .init(from.text, name: given.from?.name), to: given.to.map(Self.address),
                cc: given.cc.map(Self.address), unixTime: Int64(now.timeIntervalSince1970),
                messageID: "\(id)@\(serverID)"
            ).build()
        } catch {
            throw SendRequestError(error.field, "\(error.problem)")
        }
        octets += given.results
        for field in message.fields where !Self.endsHere(field) { octets += field.raw }
        return octets + [0x0D, 0x0A] + message.body
    }

    /// RFC 5321 §4.4: whoever sends a message takes Return-Path out. Bcc is for the envelope alone (RFC 5322 §3.6.3).
    private static func endsHere(_ field: HeaderField) -> Bool {
        ["return-path", "bcc", "resent-bcc"].contains(String(decoding: field.name, as: UTF8.self).lowercased())
    }

    private static func address(_ mailbox: SendRequest.Mailbox) -> MessageBuilder.Address {
        MessageBuilder.Address(mailbox.address, name: mailbox.name)
    }
}
