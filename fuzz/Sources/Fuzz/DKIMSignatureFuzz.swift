import DNS
import MailAuth

/// The body of a DKIM-Signature field, by itself and on a message.
enum DKIMSignatureFuzz {
    static func run(_ octets: [UInt8]) {
        if let signature = try? DKIMSignature(octets[...]) {
            promise(signature.identityDomain.isEqualOrBelow(signature.domain), "i= lies in d=")
            promise(signature.signedHeaders.contains { $0.lowercased() == "from" }, "From is signed")
        }
        let message = Message(
            Array("DKIM-Signature:".utf8) + octets + Array("\r\nFrom: a@d.example\r\nSubject: x\r\n\r\nbody\r\n".utf8))
        let results = now { await DKIMVerifier(resolver: FuzzKey.resolver).verify(message, unixTime: 2) }
        promise(results.allSatisfy { $0.verdict != .pass }, "nobody can sign for a key that they do not have")
    }
}
