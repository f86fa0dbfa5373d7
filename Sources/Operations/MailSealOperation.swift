import DNS
import FoundationEssentials
import Keys
import MailAuth
import Manifest

package struct MailSealRequest: Sendable {
    /// The message as it came in, how, and whom to ask; its `serverID` signs for the results.
    package var verify: MailVerifyRequest
    package var keys: MailKeys
    /// `d=`; nil: the manifest's one domain that seals what it forwards.
    package var domain: String?
    /// Takes the results from the message's own Authentication-Results fields of that server, in place of verifying.
    package var trustsResults = false

    package init(verify: MailVerifyRequest, keys: MailKeys, domain: String? = nil) {
        self.verify = verify
        self.keys = keys
        self.domain = domain
    }
}

extension Signet {
    /// Adds an ARC set (RFC 8617) to a message that is about to be forwarded. Asks DNS, writes nothing.
    package func sealMail(_ request: MailSealRequest) async throws(OperationError) -> MailFieldsReport {
        let file = try MailFile(request.verify.message)
        let wanted = try request.domain.map { text throws(OperationError) in try Self.name(text) }
        let (found, declaration, keys) = try await mailKeys(
            request.keys, domain: wanted, meaning: " with `arc: forwarded`, which alone seals"
        ) { $0.sealsForwarded }
        guard let domain = found else { throw .other("whose seal it is must be said with --domain") }
        if let declaration, !declaration.sealsForwarded {
            throw .other("\(domain) does not seal what it forwards; declare `arc: forwarded` for it in the manifest")
        }
        // A set has one seal, and RSA is what every validator knows.
        guard let key = keys.first(where: { $0.signer.algorithm != .ed25519 }) ?? keys.first else {
            throw .keyring("there is no key to seal with")
        }
        let report = await verifyMail(request.verify, file, try await mailNetwork(request.verify.resolution))
        let chain = report.verdict.arc
        let results: AuthenticationResults
        if request.trustsResults {
            guard let own = AuthenticationResults.consolidated(from: file.message, serverID: report.serverID) else {
                throw .other(
                    "the message has no Authentication-Results field of \(report.serverID); name the server that "
                        + "wrote them with --authserv-id, or leave --trust-results out to have it verified here")
            }
            results = own
        } else {
            results = report.verdict.authenticationResults(serverID: report.serverID)
        }
        let fields: [UInt8]?
        do {
            fields = try ARCSealer(domain: domain, selector: key.selector, key: key.signer).seal(
                file.message, results: results, chain: chain, unixTime: Int64(report.time.timeIntervalSince1970))
        } catch {
            throw .keyring("\(error)")
        }
        guard let fields else {
            throw .other(
                "the chain of this message must not be continued: arc=\(chain.verdict.name)"
                    + (chain.verdict.reason.map { ", \($0)" } ?? "") + "; forward it without a seal")
        }
        var notes = file.notes
        if case .fail(let failure) = chain.verdict {
            notes.append("the chain was broken before it came here (\(failure)): the new seal says cv=fail")
        }
        let (written, message) = file.prepending(fields)
        return MailFieldsReport(
            signatures: [.init(domain, key.selector, key.signer)], fields: written, message: message, notes: notes)
    }
}
