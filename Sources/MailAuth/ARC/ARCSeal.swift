import DNS

/// The tags of an ARC-Seal (RFC 8617 §4.1.3).
struct ARCSeal: Sendable {
    enum ChainValue: String {
        case none, pass, fail
    }

    let algorithm: DKIMSignature.Algorithm
    let signature: [UInt8]
    let chainValue: ChainValue
    let domain: DomainName
    /// `S._domainkey.D`.
    let keyName: DomainName

    init(_ tags: TagList) throws(DKIMSignatureError) {
        algorithm = try DKIMSignature.algorithm(in: tags)
        signature = try DKIMSignature.base64("b", in: tags)
        guard let value = ChainValue(rawValue: try DKIMSignature.required("cv", in: tags).text.lowercased()) else {
            throw .malformed("cv")
        }
        chainValue = value
        domain = try DKIMSignature.domain(try DKIMSignature.required("d", in: tags), tag: "d")
        keyName = try DKIMKeyLookUp.name(
            domain: domain, selector: try DKIMSignature.required("s", in: tags).text)
        _ = try DKIMSignature.number("t", in: tags)
        // RFC 8617 §4.1.3: what is sealed is fixed; h= here is an attempt to change that.
        guard tags["h"] == nil else { throw .malformed("h") }
    }
}
