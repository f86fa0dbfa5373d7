package import Manifest
import MailAuth
import Reconcile
import SendGate

/// An answer to a message that came in.
package struct ReplyRequest: Sendable, Equatable {
    package var agent: String
    /// The message that is answered, as it came in.
    package var original: [UInt8]
    /// Also to those in its To and Cc.
    package var answersAll = false
    /// Puts its text below the answer's.
    package var quotes = false
    /// nil: the address of the agent's that it came to, else the agent's first.
    package var from: SendRequest.Mailbox?
    /// Beside those that the message names.
    package var cc: [SendRequest.Mailbox] = []
    package var bcc: [SendRequest.Mailbox] = []
    /// nil: the message's own, behind one `Re: `.
    package var subject: String?
    package var text: String?
    package var html: String?
    package var attachments: [SendRequest.Attachment] = []
    package var mode: OversightMode?
    package var idempotencyKey: String?

    package init(agent: String, original: [UInt8]) {
        self.agent = agent
        self.original = original
    }
}

extension Signet {
    /// Answers a message: threaded as RFC 5322 §3.6.4 has it, marked as RFC 3834 §5 has it, and sent like any other.
    ///
    /// Refused with the reason, before anything is stored or logged: an answer to what a program sent, to a report, or
    /// to nobody.
    package func reply(
        _ scope: Scope, _ request: ReplyRequest, leases: SendLeases = SendLeases()
    ) async throws(OperationError) -> SendReport {
        try await send(scope, try await compose(scope, request), leases: leases)
    }

    /// What `reply` would do now. Stores, logs and sends nothing.
    package func tryReply(_ scope: Scope, _ request: ReplyRequest) async throws(OperationError) -> SendReport {
        try await trySend(scope, try await compose(scope, request))
    }

    private func compose(_ scope: Scope, _ request: ReplyRequest) async throws(OperationError) -> SendRequest {
        let agent = try await registeredAgent(scope, request.agent)
        do throws(SendRequestError) {
            return try ReplyComposition(addresses: agent?.declaration.addresses ?? []).compose(request)
        } catch {
            throw .request(field: error.field, reason: error.reason)
        }
    }

    /// As the store has it; nil: it was never registered, which is the gate's to say.
    func registeredAgent(_ scope: Scope, _ id: String) async throws(OperationError) -> AgentRegistration? {
        let loaded = try load(Scope(manifestPath: scope.manifestPath))
        let store = try openStore(loaded, .readOnly)
        do { return try await store.agent(AgentID(rawValue: id)) } catch { throw .store(error) }
    }
}

/// Makes the request to send of an answer. Pure.
struct ReplyComposition: Sendable {
    /// The agent's, as declared.
    let addresses: [String]

    func compose(_ request: ReplyRequest) throws(SendRequestError) -> SendRequest {
        let original = try OriginalMessage(request.original)
        if let reason = original.refusalToAnswer { throw SendRequestError("original", reason) }
        if request.quotes, request.html != nil {
            throw SendRequestError("quotes", "only a text can quote: leave the HTML out, or quote in it yourself")
        }
        let addressees = try original.addressees()
        let own = Set(addresses.map(SendFacts.canonical))
        var fields = SendRequest.Fields()
        fields.from =
            request.from
            ?? addressees.first { own.contains(SendFacts.canonical($0)) }.map { found in
                // As declared, not as somebody wrote it.
                SendRequest.Mailbox(addresses.first { SendFacts.canonical($0) == SendFacts.canonical(found) } ?? found)
            }
        var seen = own
        // Display names stay behind: a stranger chose them.
        let to = try original.answerTo().filter { seen.insert(SendFacts.canonical($0)).inserted }
        guard !to.isEmpty else {
            throw SendRequestError(
                "original.from", "there is nobody to answer but the agent itself; write a message of its own instead")
        }
        fields.to = to.map { SendRequest.Mailbox($0) }
        if request.answersAll {
            fields.cc = addressees.filter { seen.insert(SendFacts.canonical($0)).inserted }
                .map { SendRequest.Mailbox($0) }
        }
        fields.cc += request.cc
        fields.bcc = request.bcc
        fields.subject = request.subject ?? original.answerSubject
        fields.text = request.text
        if request.quotes { fields.text = try Self.quoting(original, below: request.text ?? "") }
        fields.html = request.html
        fields.attachments = request.attachments
        fields.inReplyTo = original.messageID.map { [$0] } ?? []
        fields.references = original.references
        // RFC 3834 §5, also where the original had no Message-ID to name.
        fields.headers = [("Auto-Submitted", "auto-replied")]
        return SendRequest(
            agent: request.agent, content: .fields(fields), mode: request.mode, idempotencyKey: request.idempotencyKey)
    }

    private static func quoting(_ original: OriginalMessage, below text: String) throws(SendRequestError) -> String {
        guard let quotation = original.quotation else {
            throw SendRequestError("quotes", "the message has no plain text to quote")
        }
        let author = try original.answerTo().first ?? ""
        let date = original.shown(original.message.fields(named: "date"))
        let head = date.isEmpty ? "\(author) wrote:" : "On \(date), \(author) wrote:"
        return "\(text.isEmpty ? "" : text + "\n\n")\(head)\n\(quotation)\n"
    }
}
