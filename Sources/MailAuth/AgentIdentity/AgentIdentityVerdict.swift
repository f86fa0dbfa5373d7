public import DNS

/// What verifying a message's identity came to (spec §8).
public enum AgentIdentityVerdict: Sendable, Hashable {
    case valid
    /// The claims are good for these header fields; the body was changed.
    case claimsValidBodyAltered
    /// The domain vouched for the pair of agent and oversight, for no particular message.
    case legacyOnly
    /// `x` has passed.
    case expired
    /// The key at this name was revoked.
    case revoked(DomainName)
    /// Good, but its nonce was met before.
    case replaySuspected
    case fail(AgentIdentityFailure)
    /// A DNS query failed.
    case temperror(String)

    /// The names of all verdicts, in the order of the cases.
    public static let names = [
        "valid", "claims-valid-body-altered", "legacy-only", "expired", "revoked", "replay-suspected", "fail",
        "temperror",
    ]

    public var name: String {
        switch self {
        case .valid: "valid"
        case .claimsValidBodyAltered: "claims-valid-body-altered"
        case .legacyOnly: "legacy-only"
        case .expired: "expired"
        case .revoked: "revoked"
        case .replaySuspected: "replay-suspected"
        case .fail: "fail"
        case .temperror: "temperror"
        }
    }

    /// One sentence for a reader.
    public var explanation: String {
        switch self {
        case .valid: "the agent's key signed exactly these header fields and this body"
        case .claimsValidBodyAltered:
            "the agent's key signed these header fields, but the body was changed afterwards, as mailing lists do"
        case .legacyOnly: "the domain vouched for this agent and oversight, but nothing binds that to this message"
        case .expired: "the signature is good, but its time has passed"
        case .revoked(let name): "the key at \(name) was revoked"
        case .replaySuspected: "the signature is good, but the same one was met before"
        case .fail(let failure): failure.description
        case .temperror(let reason): "a DNS query failed: \(reason)"
        }
    }
}

public enum AgentIdentityFailure: Sendable, Hashable, CustomStringConvertible {
    /// More header fields than are read: which ones there are is not known.
    case tooManyFields
    /// More than one identity field.
    case repeated(Int)
    case header(AgentIdentityError)
    /// Not exactly one From field with exactly one mailbox.
    case author
    /// The From address is not at `d`.
    case authorOutsideDomain(DomainName)
    /// `h` names this field no more often than the message has it.
    case notSigned(String)
    case signedInFuture
    /// There is no key record at this name.
    case noKey(DomainName)
    case severalKeys(DomainName)
    case key(DomainName, AgentIdentityRecordError)
    /// `b`.
    case signature
    /// Neither `s` nor a DKIM signature of the domain names an Ed25519 key.
    case noDomainKey(DomainName)
    case domainKey(DKIMPermanentError)
    /// `sig`.
    case claimSignature

    public var description: String {
        switch self {
        case .tooManyFields: "the message has more than \(Message.fieldsMax) header fields"
        case .repeated(let count): "the message has \(count) \(AgentIdentityHeader.fieldName) fields"
        case .header(let error): "the field cannot be read: \(error)"
        case .author: "the message does not have one From field with one address"
        case .authorOutsideDomain(let domain): "the From address is at \(domain), which d= does not name"
        case .notSigned(let name): "h= leaves room for a \(name) field that is not signed"
        case .signedInFuture: "t= lies in the future"
        case .noKey(let name): "there is no key at \(name)"
        case .severalKeys(let name): "there is more than one key at \(name)"
        case .key(let name, let error): "the key record at \(name) is unusable: \(error)"
        case .signature:
            "the signature does not match: a signed header field or a tag was changed, or the field is another message's"
        case .noDomainKey(let domain): "nothing in the message tells which Ed25519 key of \(domain) made sig="
        case .domainKey(let error): "sig= cannot be checked: \(error)"
        case .claimSignature: "sig= is not the domain's signature over agent and oversight"
        }
    }
}

public struct AgentIdentityResult: Sendable, Equatable {
    public let verdict: AgentIdentityVerdict
    /// What the field says; nil if it could not be read. Claims are to be believed only as far as the verdict goes.
    public let header: AgentIdentityHeader?
}
