import Keys

/// The octets that `b` is made over (spec §5), and what else signer and verifier read of a message alike.
enum AgentIdentityHash {
    /// Spec §5: makes the signature good for nothing else.
    static let prefix = Array("signet agent identity 2".utf8) + [0]

    /// - Parameters:
    ///   - own: the field as it stands in the message, so that it is not among what `h` names.
    ///   - field: the identity field, with or without a value of `b`.
    static func digest(
        of message: Message, signedHeaders: ArraySlice<UInt8>, except own: HeaderField? = nil,
        field: ArraySlice<UInt8>
    ) -> SHA256Digest {
        var octets = prefix
        octets.reserveCapacity(4096)
        DKIMHeaderHash.append(signedHeaders: signedHeaders, of: message, except: own, .relaxed, to: &octets)
        DKIMHeaderHash.append(signatureField: field, .relaxed, to: &octets)
        return SHA256.hash(octets)
    }

    /// The one mailbox of the one From field; nil if there are more or fewer of either.
    static func author(of message: Message) -> AddressList.Mailbox? {
        let fields = message.fields(named: "from")
        guard fields.count == 1, let list = AddressList(fields[0].body), list.mailboxes.count == 1 else { return nil }
        return list.mailboxes[0]
    }
}
