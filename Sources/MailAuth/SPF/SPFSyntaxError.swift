/// Why a text is no SPF record, and which part of it. A receiver answers `permerror` (RFC 7208 §4.6, §12).
public struct SPFSyntaxError: Error, Sendable, Hashable {
    public enum Reason: Error, Sendable, Hashable {
        /// Does not start with `v=spf1` and a space or the end (RFC 7208 §4.5).
        case notSPF
        /// RFC 7208 §3.1: US-ASCII only, and only spaces between terms.
        case forbiddenOctet(UInt8)
        case unknownMechanism
        /// A mechanism or modifier that needs a domain has none.
        case missingDomain
        /// `all` with a domain, `ptr` with a prefix length.
        case unexpectedArgument
        /// RFC 7208 §7.1: does not end in a top label or a macro.
        case badDomain
        case badMacro
        case badAddress
        /// Over 32 or 128, not a number, or with a leading zero.
        case badPrefixLength
        /// `redirect` or `exp` a second time (RFC 7208 §6).
        case duplicateModifier
        /// A name that is no modifier's name before `=`.
        case badModifierName
    }

    public let reason: Reason
    /// The term as it stands in the record; empty if the reason is about the whole.
    public let term: String
    /// Where the term starts, in octets from the record's start.
    public let offset: Int

    init(_ reason: Reason, term: ArraySlice<UInt8> = [], offset: Int = 0) {
        self.reason = reason
        self.term = String(decoding: term, as: UTF8.self)
        self.offset = offset
    }
}

extension SPFSyntaxError: CustomStringConvertible {
    public var description: String {
        switch reason {
        case .notSPF: "the text does not start with v=spf1 and a space"
        case .forbiddenOctet(let octet): "octet \(octet) in `\(term)`: SPF is ASCII, with spaces between terms"
        case .unknownMechanism: "`\(term)` is no mechanism of SPF"
        case .missingDomain: "`\(term)` needs a domain name"
        case .unexpectedArgument: "`\(term)` has an argument that its mechanism does not take"
        case .badDomain: "`\(term)` does not end in a valid domain name"
        case .badMacro: "`\(term)` has a malformed macro; a literal % is written %%"
        case .badAddress: "`\(term)` has no valid IP address"
        case .badPrefixLength: "`\(term)` has an invalid prefix length"
        case .duplicateModifier: "`\(term)` stands for the second time; it may stand once"
        case .badModifierName: "`\(term)` has no valid modifier name"
        }
    }
}
