public import DNS
public import Keys

/// Adds a set of ARC header fields to a message that is about to be forwarded (RFC 8617 §5.1). Only what is forwarded
/// is sealed, never what is sent first.
public struct ARCSealer: Sendable {
    /// In which order tags are written.
    enum TagOrder {
        /// `i=` first: one validator in use refuses anything else.
        case instanceFirst
        /// By name and without folds inside a value, as the conformance suite has it.
        case byName
    }

    public let domain: DomainName
    public let selector: String
    public let key: Signer
    /// Signed as often as they stand there and once more, as `DKIMSigner` does.
    public var headers = DKIMSigner.defaultHeaders
    /// Signed as often as they stand there and no more: a later hop may put more in front, a signature of its own
    /// (RFC 8617 §4.1.2 wants those covered that are there) or another block of Resent fields (RFC 5322 §3.6.6).
    public var repeatableHeaders = [
        "DKIM-Signature", "Resent-Date", "Resent-From", "Resent-Sender", "Resent-To", "Resent-Cc", "Resent-Message-ID",
    ]

    public init(domain: DomainName, selector: String, key: Signer) {
        self.domain = domain
        self.selector = selector
        self.key = key
    }

    /// The fields to put before the message, in their order; nil for a chain that must not be continued: one whose
    /// newest seal already says `cv=fail`, one with 50 sets, or one that could not be validated for lack of an answer.
    ///
    /// - Parameters:
    ///   - results: what this hop found, `arc` among it.
    ///   - chain: what validating the message as it came in came to.
    public func seal(
        _ message: Message, results: AuthenticationResults, chain: ARCResult, unixTime: Int64
    ) throws(KeyringError) -> [UInt8]? {
        let names =
            DKIMSigner.namesToSign(headers, of: message)
            + DKIMSigner.namesToSign(repeatableHeaders, of: message, oversigning: false)
        let key = self.key
        return try ARCSealing(
            domain: domain, selector: selector, algorithm: key.publicKey.raw == nil ? .rsaSHA256 : .ed25519SHA256,
            signedHeaders: names, order: .instanceFirst, unixTime: unixTime,
            sign: { digest throws(KeyringError) in try key.sign(digest) }
        ).seal(message, results: results, chain: chain)
    }
}

/// One sealing: its inputs, and how the fields are written.
struct ARCSealing {
    let domain: DomainName
    let selector: String
    let algorithm: DKIMSignature.Algorithm
    let signedHeaders: [String]
    let order: ARCSealer.TagOrder
    let unixTime: Int64
    let sign: (SHA256Digest) throws(KeyringError) -> [UInt8]

    func seal(
        _ message: Message, results: AuthenticationResults, chain: ARCResult
    ) throws(KeyringError) -> [UInt8]? {
        let chainValue: ARCSeal.ChainValue
        switch chain.verdict {
        case .none: chainValue = .none
        case .pass: chainValue = .pass
        case .fail(.failedBefore), .fail(.tooManySets), .temperror: return nil
        case .fail: chainValue = .fail
        }
        // A chain whose structure is broken has no number to go on from.
        guard let sets = ARCSet.sets(of: message) else { return nil }
        let instance = sets.count + 1
        guard instance <= ARCVerifier.setsMax else { return nil }

        let resultsField = Array("ARC-Authentication-Results: i=\(instance); \(results.body)\r\n".utf8)
        let signatureField = try signatureField(instance, message: message)
        let unsealed = sealField(instance, chainValue, signature: [])
        let newest = ARCSet(
            instance: instance, results: HeaderField(resultsField[...]),
            messageSignature: HeaderField(signatureField[...]), seal: HeaderField(unsealed[...]))
        var octets: [UInt8] = []
        // RFC 8617 §5.1.2: a failed chain's seal covers its own set only.
        ARCSet.append((chainValue == .fail ? [] : sets) + [newest], sealedBy: unsealed[...], to: &octets)
        let seal = sealField(instance, chainValue, signature: try sign(SHA256.hash(octets)))
        return seal + signatureField + resultsField
    }

    private func signatureField(_ instance: Int, message: Message) throws(KeyringError) -> [UInt8] {
        let hash = DKIMBodyHash(.relaxed)
        hash.update(message.body)
        let tags = [
            ("i", "\(instance)"), ("a", algorithm.rawValue), ("c", "relaxed/relaxed"), ("d", domain.text),
            ("s", selector), ("t", "\(unixTime)"), ("h", signedHeaders.joined(separator: ":")),
            ("bh", Base64.encodeText(hash.finish().octets)), ("b", ""),
        ]
        var octets: [UInt8] = []
        DKIMHeaderHash.append(
            signedHeaders: Array(signedHeaders.joined(separator: ":").utf8)[...], of: message, .relaxed, to: &octets)
        let unsigned = field("ARC-Message-Signature", tags)
        DKIMHeaderHash.append(signatureField: unsigned[...], .relaxed, to: &octets)
        let signature = try sign(SHA256.hash(octets))
        return field("ARC-Message-Signature", tags.dropLast() + [("b", Base64.encodeText(signature))])
    }

    private func sealField(_ instance: Int, _ chainValue: ARCSeal.ChainValue, signature: [UInt8]) -> [UInt8] {
        field(
            "ARC-Seal",
            [
                ("i", "\(instance)"), ("a", algorithm.rawValue), ("cv", chainValue.rawValue), ("d", domain.text),
                ("s", selector), ("t", "\(unixTime)"), ("b", Base64.encodeText(signature)),
            ])
    }

    /// Two fields that differ in the value of `b=` only are folded alike everywhere else.
    private func field(_ name: String, _ tags: [(String, String)]) -> [UInt8] {
        var field = FoldedField(name)
        let isByName = order == .byName
        let tags = isByName ? tags.sorted { $0.0 < $1.0 } : tags
        for (index, tag) in tags.enumerated() {
            let end = index == tags.count - 1 ? "" : ";"
            if isByName {
                field.append(unfolded: "\(tag.0)=\(tag.1)\(end)")
            } else if tag.0 == "b" {
                field.append("b=")
                field.append(unbroken: Array(tag.1.utf8))
            } else if tag.0 == "h" {
                field.append(
                    list: tag.1.split(separator: ":").map(String.init), prefix: "h=", separator: ":", end: end)
            } else {
                field.append("\(tag.0)=\(tag.1)\(end)")
            }
        }
        return field.octets + [.carriageReturn, .lineFeed]
    }
}
