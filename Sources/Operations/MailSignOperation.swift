package import DNS
package import FoundationEssentials
import Keys
package import MailAuth
import Reconcile

package struct MailSignRequest: Sendable {
    package var message: [UInt8]
    package var keys: MailKeys
    /// `d=`; nil: the author's.
    package var domain: String?
    package var headerCanonicalization = DKIMCanonicalization.relaxed
    package var bodyCanonicalization = DKIMCanonicalization.relaxed
    /// Names each field once more than it stands there, so that none can be added.
    package var oversigns = true
    /// Fields to sign beside those that are always signed.
    package var headers: [String] = []
    /// `i=`.
    package var identity: String?
    /// From signing to `x=`.
    package var lifetime: Duration?
    /// `t=`; nil: now.
    package var time: Date?

    package init(message: [UInt8], keys: MailKeys, domain: String? = nil) {
        self.message = message
        self.keys = keys
        self.domain = domain
    }
}

/// Header fields that were made for a message, and the message with them.
package struct MailFieldsReport: Sendable {
    package struct Signature: Sendable, Equatable {
        package var domain: DomainName
        package var selector: String
        /// As `a=` has it.
        package var algorithm: String

        package init(domain: DomainName, selector: String, algorithm: String) {
            self.domain = domain
            self.selector = selector
            self.algorithm = algorithm
        }
    }

    package var signatures: [Signature]
    /// In the message's own line ends.
    package var fields: [UInt8]
    /// The fields and, octet by octet, what was given.
    package var message: [UInt8]
    package var notes: [String]

    package init(signatures: [Signature], fields: [UInt8], message: [UInt8], notes: [String] = []) {
        self.signatures = signatures
        self.fields = fields
        self.message = message
        self.notes = notes
    }
}

extension Signet {
    /// Signs a message with each key. Asks nobody, writes nothing.
    package func signMail(_ request: MailSignRequest) async throws(OperationError) -> MailFieldsReport {
        let file = try MailFile(request.message)
        let author: DomainName
        switch DMARCVerifier.author(of: file.message) {
        case .success(let domain): author = domain
        case .failure(let error):
            throw .other("the message cannot be signed: \(error); RFC 5322 §3.6 wants exactly one From field")
        }
        let domain = try request.domain.map { text throws(OperationError) in try Self.name(text) } ?? author
        let keys = try await mailKeys(request.keys, domain: domain).keys
        let signers = try keys.map { key throws(OperationError) in
            var signer = DKIMSigner(domain: domain, selector: key.selector, key: key.signer)
            signer.headerCanonicalization = request.headerCanonicalization
            signer.bodyCanonicalization = request.bodyCanonicalization
            signer.oversigns = request.oversigns
            signer.headers += try Self.names(request.headers, besides: signer.headers)
            signer.identity = try request.identity.map { text throws(OperationError) in
                try Self.identity(text, domain)
            }
            signer.lifetimeSeconds = request.lifetime.map { $0.components.seconds }
            return signer
        }
        let time = request.time ?? ports.clock.now()
        let fields: [[UInt8]]
        do {
            fields = try DKIMSigner.sign(file.message, with: signers, unixTime: Int64(time.timeIntervalSince1970))
        } catch {
            throw .keyring("\(error)")
        }
        var notes = file.notes
        if domain != author {
            notes.append(
                "the author is of \(author): a signature of \(domain) is aligned only if both have one organizational "
                    + "domain, and \(author) does not ask for strict alignment")
        }
        let (written, message) = file.prepending(Array(fields.joined()))
        return MailFieldsReport(
            signatures: signers.map { .init($0.domain, $0.selector, $0.key) }, fields: written, message: message,
            notes: notes)
    }

    static func name(_ text: String) throws(OperationError) -> DomainName {
        do { return try DomainName(text) } catch { throw .other("\(text) is not a domain name: \(error)") }
    }

    /// RFC 5322 §3.6.8: printable ASCII but the colon.
    private static func names(_ headers: [String], besides known: [String]) throws(OperationError) -> [String] {
        var seen = Set(known.map { $0.lowercased() })
        var names: [String] = []
        for name in headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ (33...126).contains($0) && !":;".utf8.contains($0) }) else {
                throw .other("\(name) is no name of a header field")
            }
            if seen.insert(name.lowercased()).inserted { names.append(name) }
        }
        return names
    }

    /// RFC 6376 §3.5: `i=` is of `d=` or below it.
    private static func identity(_ text: String, _ domain: DomainName) throws(OperationError) -> String {
        guard let at = text.lastIndex(of: "@"), let name = try? DomainName(String(text[text.index(after: at)...])),
            name.isEqualOrBelow(domain),
            text.utf8.allSatisfy({ (33...126).contains($0) && $0 != UInt8(ascii: ";") })
        else { throw .other("\(text) cannot be i=: an address of \(domain), or below it, is wanted") }
        return text
    }
}

extension MailFieldsReport.Signature {
    init(_ domain: DomainName, _ selector: String, _ key: Signer) {
        let algorithm: DKIMSignature.Algorithm = key.algorithm == .ed25519 ? .ed25519SHA256 : .rsaSHA256
        self.init(domain: domain, selector: selector, algorithm: algorithm.rawValue)
    }
}
