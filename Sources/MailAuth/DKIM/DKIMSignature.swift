public import DNS
import Keys

/// A DKIM-Signature header field, read (RFC 6376 §3.5).
public struct DKIMSignature: Sendable, Equatable {
    public enum Algorithm: String, Sendable, Hashable, CaseIterable {
        case rsaSHA256 = "rsa-sha256"
        case ed25519SHA256 = "ed25519-sha256"

        var keyType: DKIMRecord.KeyType { self == .rsaSHA256 ? .rsa : .ed25519 }
    }

    /// A signature that names more fields than this is malformed to us; no message has so many.
    public static let signedHeadersMax = 1000

    public let algorithm: Algorithm
    /// `b`.
    public let signature: [UInt8]
    /// `bh`.
    public let bodyHash: [UInt8]
    public let headerCanonicalization: DKIMCanonicalization
    public let bodyCanonicalization: DKIMCanonicalization
    /// `d`.
    public let domain: DomainName
    /// `h`, as written.
    let signedHeaderList: ArraySlice<UInt8>
    /// `i`, as written; nil: `@` and the domain.
    public let identity: String?
    public let identityDomain: DomainName
    /// `l`, in octets.
    public let bodyLength: Int?
    public let selector: String
    /// `S._domainkey.D`.
    public let keyName: DomainName
    /// `t`, Unix seconds.
    public let timestamp: Int64?
    /// `x`, Unix seconds.
    public let expiration: Int64?

    /// Reads a field's body.
    public init(_ body: ArraySlice<UInt8>) throws(DKIMSignatureError) {
        let tags: TagList
        do { tags = try TagList(body) } catch { throw .syntax(error) }
        try self.init(tags, of: .dkim)
        // RFC 6376 §3.5: v is required, and 1.
        guard let version = tags["v"] else { throw .missing("v") }
        guard version.equals("1") else { throw .version(version.text) }
    }

    /// Which field's rules apply.
    enum Kind {
        case dkim
        /// ARC-Message-Signature (RFC 8617 §4.1.2): `i=` is a number, and From need not be signed.
        case arc
    }

    init(_ tags: TagList, of kind: Kind) throws(DKIMSignatureError) {
        algorithm = try Self.algorithm(in: tags)
        signature = try Self.base64("b", in: tags)
        bodyHash = try Self.base64("bh", in: tags)
        // RFC 6376 §3.5: simple/simple by default. RFC 8617 gives no default of its own; the ARC suite's answers follow
        // from relaxed/relaxed.
        (headerCanonicalization, bodyCanonicalization) =
            try tags["c"].map(Self.canonicalizations) ?? (kind == .dkim ? (.simple, .simple) : (.relaxed, .relaxed))

        domain = try Self.domain(try Self.required("d", in: tags), tag: "d")
        selector = try Self.required("s", in: tags).text
        keyName = try DKIMKeyLookUp.name(domain: domain, selector: selector)

        guard let headers = tags["h"] else { throw .missing("h") }
        signedHeaderList = headers
        try Self.check(headers, of: kind)

        if kind == .dkim, let identity = tags["i"] {
            guard let at = identity.lastIndex(of: UInt8(ascii: "@")) else { throw .malformed("i") }
            identityDomain = try Self.domain(identity[(at + 1)...], tag: "i")
            // RFC 6376 §3.5: the same as, or below, d.
            guard identityDomain.isEqualOrBelow(domain) else { throw .identityOutsideDomain(identity.text) }
            self.identity = identity.text
        } else {
            identity = nil
            identityDomain = domain
        }
        // RFC 6376 §3.5: at most 76 digits; what does not fit into 63 bits is longer than any body.
        bodyLength = try Self.number("l", in: tags).map { Int(clamping: $0) }
        timestamp = try Self.number("t", in: tags)
        expiration = try Self.number("x", in: tags)
        if let timestamp, let expiration, expiration <= timestamp { throw .expiresBeforeSigning }
        if let query = tags["q"] {
            let methods = query.split(separator: UInt8(ascii: ":")).map { $0.trimmed }
            guard methods.contains(where: { $0.equalsIgnoringCase("dns/txt") }) else { throw .queryMethod(query.text) }
        }
    }

    /// `h`'s names, as written, without white space.
    public var signedHeaders: [String] {
        signedHeaderList.split(separator: UInt8(ascii: ":")).map { $0.trimmed.text }.filter { !$0.isEmpty }
    }

    private static func check(_ headers: ArraySlice<UInt8>, of kind: Kind) throws(DKIMSignatureError) {
        var count = 0
        var hasFrom = false
        var hasSeal = false
        var hasEmpty = false
        DKIMHeaderHash.forEachName(in: headers) { name in
            count += 1
            hasEmpty = hasEmpty || name.isEmpty
            hasFrom = hasFrom || name.equalsIgnoringCase("from")
            hasSeal = hasSeal || name.equalsIgnoringCase("arc-seal")
        }
        guard count <= signedHeadersMax else { throw .malformed("h") }
        switch kind {
        case .dkim:
            guard !hasEmpty else { throw count == 1 ? .missing("h") : .malformed("h") }
            // RFC 6376 §3.5: the From field is always signed.
            guard hasFrom else { throw .fromNotSigned }
        case .arc:
            // RFC 8617 §4.1.2: a seal is never among them.
            guard !hasSeal else { throw .malformed("h") }
        }
    }

    static func algorithm(in tags: TagList) throws(DKIMSignatureError) -> Algorithm {
        let name = try required("a", in: tags)
        guard let algorithm = Algorithm(rawValue: name.text.lowercased()) else { throw .algorithm(name.text) }
        return algorithm
    }

    static func required(_ name: StaticString, in tags: TagList) throws(DKIMSignatureError) -> ArraySlice<UInt8> {
        guard let value = tags[name], !value.isEmpty else { throw .missing("\(name)") }
        return value
    }

    static func base64(_ name: StaticString, in tags: TagList) throws(DKIMSignatureError) -> [UInt8] {
        guard let octets = Base64.decode(try required(name, in: tags)), !octets.isEmpty else {
            throw .malformed("\(name)")
        }
        return octets
    }

    static func domain(_ octets: ArraySlice<UInt8>, tag: String) throws(DKIMSignatureError) -> DomainName {
        guard let name = try? DomainName(octets.text), !name.isRoot else { throw .malformed(tag) }
        return name
    }

    static func number(_ name: StaticString, in tags: TagList) throws(DKIMSignatureError) -> Int64? {
        guard let digits = tags[name] else { return nil }
        guard !digits.isEmpty, digits.count <= 76, digits.allSatisfy(\.isASCIIDigit) else {
            throw .malformed("\(name)")
        }
        return Int64(digits.text) ?? .max
    }

    private static func canonicalizations(
        _ value: ArraySlice<UInt8>
    ) throws(DKIMSignatureError) -> (DKIMCanonicalization, DKIMCanonicalization) {
        // RFC 6376 §3.5: simple for a body that is not named.
        let parts = value.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let names = parts.map { DKIMCanonicalization(rawValue: $0.text.lowercased()) }
        guard (1...2).contains(names.count), let header = names[0] else { throw .canonicalization(value.text) }
        if names.count == 1 { return (header, .simple) }
        guard let body = names[1] else { throw .canonicalization(value.text) }
        return (header, body)
    }
}

/// Why a signature field cannot be evaluated: `permerror` (RFC 6376 §6.1.1).
public enum DKIMSignatureError: Error, Sendable, Hashable {
    case syntax(TagListError)
    case version(String)
    case missing(String)
    case malformed(String)
    /// Unknown, or rsa-sha1, which RFC 8301 §3.1 forbids.
    case algorithm(String)
    case canonicalization(String)
    case queryMethod(String)
    case fromNotSigned
    case identityOutsideDomain(String)
    case expiresBeforeSigning
}

extension DKIMSignatureError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .syntax(let error): error.description
        case .version(let text): "v=\(text) is not version 1"
        case .missing(let tag): "there is no \(tag)="
        case .malformed(let tag): "\(tag)= is malformed"
        case .algorithm(let name):
            name.lowercased() == "rsa-sha1" ? "rsa-sha1 is no longer secure (RFC 8301)" : "a=\(name) is unknown"
        case .canonicalization(let text): "c=\(text) is unknown"
        case .queryMethod(let text): "q=\(text) does not name dns/txt"
        case .fromNotSigned: "h= does not name From"
        case .identityOutsideDomain(let identity): "i=\(identity) is outside d="
        case .expiresBeforeSigning: "x= is not later than t="
        }
    }
}
