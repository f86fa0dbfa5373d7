package import Keys

/// A log's name and public key, as signed notes know it (C2SP signed-note, "Signature types" and "Verifier keys").
package struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
    /// Ed25519 over the note's text.
    static let signatureType: UInt8 = 0x01
    static let keyIDOctets = 4

    package let name: String
    package let publicKey: PublicKey
    /// 4 octets, a hint as to which key made a signature.
    package let keyID: [UInt8]

    /// Nil unless the name is one and the key is Ed25519.
    package init?(name: String, publicKey: PublicKey) {
        guard Self.isName(name), let raw = publicKey.raw else { return nil }
        self.name = name
        self.publicKey = publicKey
        keyID = Array(SHA256.hash(name.utf8 + [0x0A, Self.signatureType] + raw).octets.prefix(Self.keyIDOctets))
    }

    /// The key of one of our logs: its name is made from the key (docs/spec/audit-log.md §4).
    package init?(logKey publicKey: PublicKey) {
        guard let raw = publicKey.raw else { return nil }
        self.init(name: "signet-log/\(SHA256.hash(raw).hex.prefix(16))", publicKey: publicKey)
    }

    /// Reads `name+0123abcd+base64`.
    package init?(_ text: String) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let octets = Base64.decodeCanonical(parts[2]), octets.first == Self.signatureType,
            let publicKey = PublicKey(rawEd25519: octets.dropFirst())
        else { return nil }
        self.init(name: String(parts[0]), publicKey: publicKey)
        guard hexadecimalKeyID == parts[1] else { return nil }
    }

    package var description: String {
        "\(name)+\(hexadecimalKeyID)+\(Base64.encodeText([Self.signatureType] + publicKey.raw!))"
    }

    private var hexadecimalKeyID: String {
        let digits = CanonicalJSON.hexadecimalDigits
        return String(decoding: keyID.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    /// Not empty, no plus, no white space; and no controls, which notes exclude anyway.
    static func isName(_ name: some StringProtocol) -> Bool {
        !name.isEmpty
            && name.unicodeScalars.allSatisfy { $0 != "+" && !$0.properties.isWhitespace && $0.value >= 0x20 }
    }
}
