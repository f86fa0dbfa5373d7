public import DNS

/// What verifying one signature came to, in the words of RFC 8601 §2.7.1.
public enum DKIMVerdict: Sendable, Hashable {
    case pass
    case fail(DKIMFailure)
    /// The signature is good, but not good enough here.
    case policy(DKIMPolicyReason)
    /// A DNS query failed.
    case temperror(String)
    /// The signature or its key is unusable, whatever the message.
    case permerror(DKIMPermanentError)

    public var name: String {
        switch self {
        case .pass: "pass"
        case .fail: "fail"
        case .policy: "policy"
        case .temperror: "temperror"
        case .permerror: "permerror"
        }
    }
}

public enum DKIMFailure: Sendable, Hashable, CustomStringConvertible {
    /// The body was changed.
    case bodyHash
    /// `l=` says that there was more body than there is.
    case bodyShorterThanSigned
    /// A signed header field was changed, added or removed.
    case signature
    /// `x=` has passed.
    case expired

    public var description: String {
        switch self {
        case .bodyHash: "the body hash does not match: the body was changed"
        case .bodyShorterThanSigned: "the body is shorter than l= says"
        case .signature: "the signature does not match: a signed header field was changed"
        case .expired: "the signature has expired"
        }
    }
}

public enum DKIMPolicyReason: Sendable, Hashable, CustomStringConvertible {
    /// `l=` leaves this many octets of the body unsigned: anybody could have added them (RFC 6376 §8.2).
    case unsignedBody(octets: Int)
    /// RFC 8301 §3.2: under 1024 bits.
    case weakKey(bits: Int)

    public var description: String {
        switch self {
        case .unsignedBody(let octets): "l= leaves \(octets) octets of the body unsigned"
        case .weakKey(let bits): "an RSA key of \(bits) bits is too weak"
        }
    }
}

public enum DKIMPermanentError: Sendable, Hashable, CustomStringConvertible {
    case signature(DKIMSignatureError)
    case noKey(DomainName)
    case key(DKIMRecordError)
    case revoked
    /// `k=` and `a=` differ.
    case keyType(DKIMRecord.KeyType)
    /// The key's `h=` does not allow SHA-256.
    case hashNotAllowed
    /// The key's `s=` does not allow e-mail.
    case serviceNotAllowed
    /// The key's `t=s` does not allow an `i=` below `d=`.
    case subdomainNotAllowed
    /// More signatures than are looked at.
    case tooManySignatures
    /// More header fields than are read: which ones a signature covers is not known.
    case tooManyFields

    public var description: String {
        switch self {
        case .signature(let error): error.description
        case .noKey(let name): "there is no key at \(name)"
        case .key(let error): "the key record is unusable: \(error)"
        case .revoked: "the key was revoked"
        case .keyType(let type): "the key is for \(type.rawValue), the signature is not"
        case .hashNotAllowed: "the key record's h= does not allow sha256"
        case .serviceNotAllowed: "the key record's s= does not allow e-mail"
        case .subdomainNotAllowed: "the key record's t=s does not allow a subdomain in i="
        case .tooManyFields: "the message has more than \(Message.fieldsMax) header fields"
        case .tooManySignatures: "the message has more than \(DKIMVerifier.signaturesMax) signatures"
        }
    }
}

/// One signature of a message, and its verdict.
public struct DKIMResult: Sendable, Equatable {
    public let verdict: DKIMVerdict
    /// nil if the field could not be read.
    public let signature: DKIMSignature?
    /// The key record's `t=y`: the domain asks that a failure be treated like no signature.
    public let isTesting: Bool
    /// Of an RSA key.
    public let keyBits: Int?
}
