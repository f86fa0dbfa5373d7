public import DNS

/// ARC (RFC 8617) lets whoever forwards a message say what it found before it changed something. One hop's three
/// header fields: what it found, its signature over the message, and its seal over all sets so far.
struct ARCSet: Sendable {
    let instance: Int
    let results: HeaderField
    let messageSignature: HeaderField
    let seal: HeaderField
}

/// What validating a message's chain came to (RFC 8617 §5.2).
public enum ARCVerdict: Sendable, Hashable {
    /// The message has no ARC set.
    case none
    case pass
    case fail(ARCFailure)
    /// A DNS query failed.
    case temperror(String)

    public var name: String {
        switch self {
        case .none: "none"
        case .pass: "pass"
        case .fail: "fail"
        case .temperror: "temperror"
        }
    }
}

/// Why a chain is broken. Numbers are instances.
public enum ARCFailure: Sendable, Hashable, CustomStringConvertible {
    /// A set lacks a field or has one twice, numbers have a gap, or a field cannot be read.
    case structure
    /// More than 50 sets.
    case tooManySets
    /// The newest seal says that the chain had failed already.
    case failedBefore
    /// `cv=` is not `none` in the first seal, or not `pass` in a later one.
    case chainValue(Int)
    case messageSignature(Int, String)
    case seal(Int, String)

    public var description: String {
        switch self {
        case .structure: "the sets of ARC header fields are incomplete or malformed"
        case .tooManySets: "more than \(ARCVerifier.setsMax) sets"
        case .failedBefore: "the newest seal says that the chain had failed already"
        case .chainValue(let instance): "cv= of seal \(instance) is wrong"
        case .messageSignature(let instance, let reason): "message signature \(instance): \(reason)"
        case .seal(let instance, let reason): "seal \(instance): \(reason)"
        }
    }
}

/// A chain's verdict, and who sealed it.
public struct ARCResult: Sendable, Hashable {
    public let verdict: ARCVerdict
    /// `d=` of each seal that could be read, the first hop's first.
    public let sealers: [DomainName]
    /// The newest set's instance; 0 without one.
    public let instance: Int
}

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

extension ARCSet {
    /// The message's sets in order; nil if the structure is broken (RFC 8617 §5.2 step 3).
    static func sets(of message: Message) -> [ARCSet]? {
        var results: [Int: HeaderField] = [:]
        var signatures: [Int: HeaderField] = [:]
        var seals: [Int: HeaderField] = [:]
        for field in message.fields {
            let name = field.name
            if name.equalsIgnoringCase("arc-authentication-results") {
                guard let instance = instance(ofResults: field), results.updateValue(field, forKey: instance) == nil else { return nil }
            } else if name.equalsIgnoringCase("arc-message-signature") {
                guard let instance = instance(of: field), signatures.updateValue(field, forKey: instance) == nil else { return nil }
            } else if name.equalsIgnoringCase("arc-seal") {
                guard let instance = instance(of: field), seals.updateValue(field, forKey: instance) == nil else { return nil }
            }
        }
        let count = max(results.count, signatures.count, seals.count)
        var sets: [ARCSet] = []
        for instance in 1...max(count, 1) where count > 0 {
            guard let result = results[instance], let signature = signatures[instance], let seal = seals[instance] else { return nil }
            sets.append(ARCSet(instance: instance, results: result, messageSignature: signature, seal: seal))
        }
        return results.count == count && signatures.count == count && seals.count == count ? sets : nil
    }

    private static func instance(of field: HeaderField) -> Int? {
        guard let tags = try? TagList(field.body), let value = tags["i"] else { return nil }
        return number(value)
    }

    /// `i=` stands first, before the authserv-id (RFC 8617 §4.1.1).
    private static func instance(ofResults field: HeaderField) -> Int? {
        let body = field.body
        guard let semicolon = body.firstIndex(of: UInt8(ascii: ";")) else { return nil }
        let first = body[..<semicolon]
        guard let equals = first.firstIndex(of: UInt8(ascii: "=")), first[..<equals].trimmed.equals("i") else { return nil }
        return number(first[(equals + 1)...].trimmed)
    }

    /// instance = [CFWS] "i" "=" 1*2DIGIT, from 1 on.
    private static func number(_ digits: ArraySlice<UInt8>) -> Int? {
        guard (1...2).contains(digits.count), digits.allSatisfy(\.isASCIIDigit), let value = Int(digits.text), value > 0
        else { return nil }
        return value
    }

    /// What a seal is made over: every set up to it, each field in relaxed form, the seal itself without its `b=` and
    /// final CRLF (RFC 8617 §5.1.1).
    static func append(_ sets: [ARCSet], sealedBy seal: ArraySlice<UInt8>, to output: inout [UInt8]) {
        for set in sets {
            for field in [set.results, set.messageSignature, set.seal] where field.raw.startIndex != seal.startIndex || field.raw != seal {
                DKIMCanonicalization.relaxed.append(header: field.raw, to: &output)
                output += [.carriageReturn, .lineFeed]
            }
        }
        DKIMHeaderHash.append(signatureField: seal, .relaxed, to: &output)
    }
}
