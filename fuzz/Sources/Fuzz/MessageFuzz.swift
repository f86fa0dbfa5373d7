import DNS
import Keys
import MailAuth

/// A whole message: its structure, its body's hash whatever the pieces, and that what we sign, we verify.
enum MessageFuzz {
    static func run(_ octets: [UInt8]) {
        let message = Message(octets)
        if !message.hasTooManyFields {
            promise(
                message.fields.reduce(0) { $0 + $1.raw.count } + 2 >= message.bodyStart,
                "fields and empty line make up the header")
        }
        for field in message.fields {
            promise(field.name.count + field.body.count <= field.raw.count, "a field's parts")
        }
        _ = Message(file: octets)
        hashInPieces(message)
        _ = DMARCVerifier.author(of: message)
        let forged = AuthenticationResults.removingForged(from: message, serverID: "me.example")
        promise(
            AuthenticationResults.consolidated(from: Message(forged), serverID: "me.example") == nil,
            "no result of our own name is left")
        sign(message)
    }

    /// The first octet says how long the pieces are.
    private static func hashInPieces(_ message: Message) {
        let size = 1 + Int(message.octets.first ?? 0) % 67
        for canonicalization in DKIMCanonicalization.allCases {
            let whole = DKIMBodyHash(canonicalization)
            whole.update(message.body)
            let pieces = DKIMBodyHash(canonicalization)
            var rest = message.body
            while !rest.isEmpty {
                pieces.update(rest.prefix(size))
                rest = rest.dropFirst(size)
            }
            promise(whole.finish() == pieces.finish(), "a body's hash does not hang on its pieces")
            promise(whole.canonicalCount == pieces.canonicalCount, "nor does its length")
        }
    }

    private static func sign(_ message: Message) {
        // A message that starts with white space would become a part of the signature's field.
        guard !message.hasTooManyFields, message.fields.count < 100, let first = message.octets.first, first != 0x20,
            first != 0x09
        else { return }
        var signer = DKIMSigner(domain: FuzzKey.domain, selector: FuzzKey.selector, key: FuzzKey.signer)
        if message.octets.count % 2 == 1 {
            signer.headerCanonicalization = .simple
            signer.bodyCanonicalization = .simple
        }
        guard let field = try? signer.sign(message, unixTime: 1) else { fatalError("signing failed") }
        let signed = Message(field + message.octets)
        let results = now { await DKIMVerifier(resolver: FuzzKey.resolver).verify(signed, unixTime: 2) }
        promise(results.first?.verdict == .pass, "what we sign, we verify: \(String(describing: results.first))")
    }
}
