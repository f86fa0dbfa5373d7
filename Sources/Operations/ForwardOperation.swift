package import DNS
import FoundationEssentials
import MailAuth
package import Manifest
import Reconcile
import SendGate

/// A message that came in and is to go on to somebody else (docs/decisions/0008-forwarding.md).
package struct ForwardRequest: Sendable {
    package enum Style: String, Sendable, CaseIterable {
        /// The message itself, untouched, sealed with ARC.
        case redirect
        /// A message of the agent's own, with the other one attached.
        case attachment
        /// A message of the agent's own, with the other one's text in its text.
        case inline
    }

    package var agent: String
    /// The message that is forwarded, as it came in.
    package var original: [UInt8]
    package var style: Style
    package var from: SendRequest.Mailbox?
    package var to: [SendRequest.Mailbox] = []
    package var cc: [SendRequest.Mailbox] = []
    package var bcc: [SendRequest.Mailbox] = []
    /// Not with `redirect`, which takes nothing of its own; nil: the message's, behind one `Fwd: `.
    package var subject: String?
    package var text: String?
    /// How it came in, for `redirect`; what is nil is taken from the trace fields.
    package var address: IPAddress?
    package var helo: String?
    package var mailFrom: String?
    package var mode: OversightMode?
    package var idempotencyKey: String?

    package init(agent: String, original: [UInt8], style: Style = .redirect) {
        self.agent = agent
        self.original = original
        self.style = style
    }
}

extension Signet {
    /// Forwards a message, through the gate and the log like any other.
    ///
    /// In the style `redirect` it is verified first, with DNS, and what was found goes along in an ARC set; it must pass
    /// DMARC by a signature of its own, because SPF is ours from here on.
    package func forward(
        _ scope: Scope, _ request: ForwardRequest, leases: SendLeases = SendLeases()
    ) async throws(OperationError) -> SendReport {
        try await send(scope, try await compose(scope, request), leases: leases)
    }

    /// What `forward` would do now. Asks DNS; stores, logs and sends nothing.
    package func tryForward(_ scope: Scope, _ request: ForwardRequest) async throws(OperationError) -> SendReport {
        try await trySend(scope, try await compose(scope, request))
    }

    private func compose(_ scope: Scope, _ request: ForwardRequest) async throws(OperationError) -> SendRequest {
        if let message = try request.ownMessage() { return message }
        let loaded = try await loadWithDeclared(Scope(manifestPath: scope.manifestPath))
        let store = try openStore(loaded, .readOnly)
        return try await redirect(request, loaded, store, network: try await network(loaded, store))
    }

    /// The request to pass a message on as it is, with what is found of it now.
    func redirect(
        _ request: ForwardRequest, _ loaded: LoadedManifest, _ store: any StateStore, network: any DNSNetwork
    ) async throws(OperationError) -> SendRequest {
        guard !request.original.isEmpty else { throw .request(field: "original", reason: "the message is empty") }
        let agent: AgentRegistration?
        do { agent = try await store.agent(AgentID(rawValue: request.agent)) } catch { throw .store(error) }
        var results: [UInt8] = []
        // Of an agent that is not registered the gate says so.
        if let agent { results = try await verify(request, agent, loaded, network) }
        let redirected = RedirectedMessage(
            octets: request.original, results: results, from: request.from, to: request.to, cc: request.cc,
            bcc: request.bcc)
        return SendRequest(
            agent: request.agent, content: .redirect(redirected), mode: request.mode,
            idempotencyKey: request.idempotencyKey)
    }

    /// What a receiver finds of it, as the field that goes into its ARC set when it leaves.
    private func verify(
        _ request: ForwardRequest, _ agent: AgentRegistration, _ loaded: LoadedManifest, _ network: any DNSNetwork
    ) async throws(OperationError) -> [UInt8] {
        guard let domain = loaded.manifest.domain(agent.domain) else {
            throw .other("the manifest does not declare \(agent.domain)")
        }
        guard domain.sealsForwarded else {
            throw .request(field: "style", reason: RedirectSeal.sealsNothing(domain.name))
        }
        let verified = await verifyMail(
            MailVerifyRequest(
                message: request.original, address: request.address, helo: request.helo, mailFrom: request.mailFrom,
                serverID: domain.name.text),
            try MailFile(request.original), network)
        // What is not known is not passed on: later the seal would say so for good.
        if let reason = verified.verdict.failedLookUp {
            throw .other(
                "the message could not be verified now, because a look-up failed (\(reason)): nothing was stored or sent"
            )
        }
        return Array(verified.verdict.authenticationResults(serverID: domain.name.text).field.utf8)
    }
}

extension ForwardRequest {
    /// The request to send a message of the agent's own that holds the other one; nil: it is to go on as it is.
    func ownMessage() throws(OperationError) -> SendRequest? {
        guard style == .redirect else {
            do throws(SendRequestError) { return try ForwardComposition.compose(self) } catch {
                throw .request(field: error.field, reason: error.reason)
            }
        }
        for (field, isThere) in [("subject", subject != nil), ("text", text != nil)] where isThere {
            throw .request(
                field: field, reason: "a message that goes on as it is takes none; forward it as attachment or inline")
        }
        return nil
    }
}

/// Makes the request to send of a message of the agent's own that holds the other one. Pure.
enum ForwardComposition {
    static func compose(_ request: ForwardRequest) throws(SendRequestError) -> SendRequest {
        let original = try OriginalMessage(request.original)
        var fields = SendRequest.Fields()
        fields.from = request.from
        fields.to = request.to
        fields.cc = request.cc
        fields.bcc = request.bcc
        fields.subject = request.subject ?? original.forwardSubject
        fields.text = request.text
        if request.style == .inline {
            guard let text = original.text else {
                throw SendRequestError("style", "the message has no plain text; forward it as attachment")
            }
            fields.text = [request.text, head(of: original) + "\n\n" + text + "\n"].compactMap { $0 }
                .joined(separator: "\n\n")
        } else {
            let octets = original.message.octets
            // RFC 2046 §5.2.1: a message/rfc822 part may not be encoded, so that one which is not plain lines goes
            // along as a file.
            let isPlain = isPlain(octets)
            fields.attachments = [
                SendRequest.Attachment(
                    name: "forwarded.eml", mediaType: isPlain ? "message/rfc822" : "application/octet-stream",
                    octets: octets)
            ]
        }
        return SendRequest(
            agent: request.agent, content: .fields(fields), mode: request.mode, idempotencyKey: request.idempotencyKey)
    }

    private static func head(of original: OriginalMessage) -> String {
        let message = original.message
        let fields = [
            ("From", message.fields(named: "from")), ("Date", message.fields(named: "date")),
            ("Subject", message.fields(named: "subject")), ("To", message.fields(named: "to")),
        ]
        let lines = fields.map { ($0.0, original.shown($0.1)) }.filter { !$0.1.isEmpty }.map { "\($0.0): \($0.1)" }
        return (["---------- Forwarded message ----------"] + lines).joined(separator: "\n")
    }

    /// As `MessageBuilder` takes a message/rfc822 part: 7-bit lines that end in CRLF and look like no boundary of its.
    private static func isPlain(_ octets: [UInt8]) -> Bool {
        var builder = MessageBuilder(from: .init("check@check.invalid"), unixTime: 0, messageID: "1@check.invalid")
        builder.attachments = [.init(filename: "a.eml", mediaType: "message/rfc822", content: octets)]
        var generator = ZeroGenerator()
        return (try? builder.build(using: &generator)) != nil
    }
}
