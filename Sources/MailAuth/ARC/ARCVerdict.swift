public import DNS

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
