package import Keys

/// A text with signatures under it (C2SP signed-note), read strictly: docs/spec/audit-log.md §5.
package enum SignedNote {
    package static let octetsMax = 65_536
    package static let signaturesMax = 16
    /// RFC 8032 §5.1.6.
    static let signatureOctets = 64

    /// A note over a text that ends with a line feed.
    package static func sign(_ text: String, as key: VerifierKey, with signer: Signer) throws(AuditError) -> String {
        precondition(text.hasSuffix("\n") && signer.publicKey == key.publicKey)
        let signature: [UInt8]
        do { signature = try signer.sign(Array(text.utf8)) } catch {
            throw AuditError(.noKey, "the log's key cannot sign: \(error)")
        }
        return "\(text)\n— \(key.name) \(Base64.encodeText(key.keyID + signature))\n"
    }

    /// The signed text, if this key has signed it.
    package static func open(_ note: [UInt8], key: VerifierKey) throws(AuditError) -> String {
        guard note.count <= octetsMax else { throw error("it has more than \(octetsMax) octets") }
        guard let whole = String(validating: note, as: UTF8.self) else { throw error("it is not UTF-8") }
        guard note.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x0A }) else { throw error("it has controls") }
        let lines = whole.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        // The last part is what follows the last line feed: nothing.
        guard let end = lines.dropLast().lastIndex(of: ""), end > 0, lines.last == "" else {
            throw error("it has no empty line before its signatures")
        }
        let signatures = lines[(end + 1)...].dropLast()
        guard (1...signaturesMax).contains(signatures.count) else {
            throw error("it has \(signatures.count) signatures; 1 to \(signaturesMax) are allowed")
        }
        let text = lines[..<end].joined(separator: "\n") + "\n"
        var isVerified = false
        for line in signatures {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            guard parts.count == 3, parts[0] == "—", VerifierKey.isName(parts[1]),
                let octets = Base64.decodeCanonical(parts[2]), octets.count > VerifierKey.keyIDOctets
            else { throw error("one of its signature lines is none") }
            guard parts[1] == key.name, octets.starts(with: key.keyID) else { continue }
            let signature = Array(octets.dropFirst(VerifierKey.keyIDOctets))
            guard signature.count == signatureOctets, key.publicKey.verify(signature, of: Array(text.utf8)) else {
                throw error("the signature of \(key.name) does not verify: it was changed, or another key signed it")
            }
            isVerified = true
        }
        guard isVerified else { throw error("it bears no signature of \(key.name)") }
        return text
    }

    private static func error(_ reason: String) -> AuditError {
        AuditError(.damaged, "the signed note cannot be accepted: \(reason)")
    }
}
