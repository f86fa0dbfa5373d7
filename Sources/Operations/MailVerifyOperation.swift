package import DNS
package import FoundationEssentials
package import MailAuth
import Reconcile

package struct MailVerifyRequest: Sendable {
    /// As it stands in a file or on the wire.
    package var message: [UInt8]
    /// What is nil is taken from the trace fields.
    package var address: IPAddress?
    package var helo: String?
    package var mailFrom: String?
    package var resolution: MailResolution
    /// Whose verdict it is: authserv-id, and SPF's `%{r}`.
    package var serverID: String
    /// When the message is to be judged; nil: now.
    package var time: Date?

    package init(
        message: [UInt8], address: IPAddress? = nil, helo: String? = nil, mailFrom: String? = nil,
        resolution: MailResolution = MailResolution(), serverID: String = "localhost", time: Date? = nil
    ) {
        self.message = message
        self.address = address
        self.helo = helo
        self.mailFrom = mailFrom
        self.resolution = resolution
        self.serverID = serverID
        self.time = time
    }
}

/// What a receiver finds of a message, and what it was found from.
package struct MailVerifyReport: Sendable {
    /// Where a part of the envelope was read.
    package enum Origin: String, Sendable {
        case option
        case received = "Received"
        case returnPath = "Return-Path"
        case unknown
    }

    package var verdict: MessageVerdict
    package var addressOrigin: Origin
    package var heloOrigin: Origin
    package var mailFromOrigin: Origin
    package var serverID: String
    package var time: Date

    package init(
        verdict: MessageVerdict, addressOrigin: Origin, heloOrigin: Origin, mailFromOrigin: Origin, serverID: String,
        time: Date
    ) {
        self.verdict = verdict
        self.addressOrigin = addressOrigin
        self.heloOrigin = heloOrigin
        self.mailFromOrigin = mailFromOrigin
        self.serverID = serverID
        self.time = time
    }
}

extension Signet {
    /// A receiver's verdict on a message. Asks DNS, writes nothing.
    package func verifyMail(_ request: MailVerifyRequest) async throws(OperationError) -> MailVerifyReport {
        try await verifyMail(request, MailFile(request.message), mailNetwork(request.resolution))
    }

    func verifyMail(
        _ request: MailVerifyRequest, _ file: MailFile, _ network: any DNSNetwork
    ) async -> MailVerifyReport {
        let time = request.time ?? ports.clock.now()
        let trace = TraceFields(file.message)
        // A HELO from the trace belongs to the address that stands beside it, not to one that was given.
        let tracedHELO = request.address == nil ? trace.helo : nil
        let envelope = MessageVerifier.Envelope(
            address: request.address ?? trace.address, helo: request.helo ?? tracedHELO,
            mailFrom: request.mailFrom ?? trace.mailFrom)
        func origin(_ given: Bool, _ found: Bool, _ field: MailVerifyReport.Origin) -> MailVerifyReport.Origin {
            given ? .option : found ? field : .unknown
        }
        let resolver = DeadlineResolver(network, clock: ports.clock)
        let verdict = await MessageVerifier(resolver: resolver, receiver: request.serverID).verify(
            file.message, envelope: envelope, unixTime: Int64(time.timeIntervalSince1970))
        return MailVerifyReport(
            verdict: verdict, addressOrigin: origin(request.address != nil, trace.address != nil, .received),
            heloOrigin: origin(request.helo != nil, tracedHELO != nil, .received),
            mailFromOrigin: origin(request.mailFrom != nil, trace.mailFrom != nil, .returnPath),
            serverID: request.serverID, time: time)
    }
}
