import Keys

/// Reads the values of an identity field's tags by the forms of spec §1 and §3.
struct AgentIdentityTags {
    static let referenceOctetsMax = 128
    static let timeDigitsMax = 12
    static let nonceOctets = 16

    private let tags: TagList

    init(_ tags: TagList) { self.tags = tags }

    func has(_ name: StaticString) -> Bool { tags[name] != nil }

    func required(_ name: StaticString) throws(AgentIdentityError) -> ArraySlice<UInt8> {
        guard let value = tags[name] else { throw .missing("\(name)") }
        return value
    }

    func text(
        _ name: StaticString, _ isValid: (ArraySlice<UInt8>) -> Bool
    ) throws(AgentIdentityError) -> String {
        let value = try required(name)
        guard isValid(value) else { throw .malformed("\(name)") }
        return value.text
    }

    func optionalText(
        _ name: StaticString, _ isValid: (ArraySlice<UInt8>) -> Bool
    ) throws(AgentIdentityError) -> String? {
        has(name) ? try text(name, isValid) : nil
    }

    func digest(_ name: StaticString) throws(AgentIdentityError) -> SHA256Digest {
        guard let digest = SHA256Digest(try required(name).text) else { throw .malformed("\(name)") }
        return digest
    }

    func base64(_ name: StaticString, octets: Int) throws(AgentIdentityError) -> [UInt8] {
        guard let found = Base64.decodeCanonical(try required(name)), found.count == octets else {
            throw .malformed("\(name)")
        }
        return found
    }

    /// Unix seconds, 1 to 12 digits without leading zero.
    func time(_ name: StaticString) throws(AgentIdentityError) -> Int64 {
        let digits = try required(name)
        guard (1...Self.timeDigitsMax).contains(digits.count), digits.allSatisfy(\.isASCIIDigit),
            digits.first != UInt8(ascii: "0") || digits.count == 1, let time = Int64(digits.text)
        else { throw .malformed("\(name)") }
        return time
    }

    static func isReference(_ text: some Collection<UInt8>) -> Bool {
        (1...referenceOctetsMax).contains(text.count)
            && text.allSatisfy { $0.isASCIIAlphanumeric || [0x2E, 0x5F, 0x3A, 0x2D].contains($0) }
    }

    static func isNonce(_ text: some Collection<UInt8>) -> Bool {
        text.count == 2 * nonceOctets && text.allSatisfy { $0.hexadecimalValue != nil && !$0.isASCIIUpper }
    }
}

/// The text of `model` (spec §6).
public enum AgentModelText {
    public static let octetsMax = 512

    /// `provider/name` or `provider/name/version`, percent-encoded; nil if that is longer than a field may have it.
    public static func encode(provider: String, name: String, version: String?) -> String? {
        let parts = [provider, name] + (version.map { [$0] } ?? [])
        let text = parts.map(encode).joined(separator: "/")
        return text.utf8.count <= octetsMax ? text : nil
    }

    private static func encode(_ part: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var octets: [UInt8] = []
        for octet in part.utf8 {
            if isUnreserved(octet) {
                octets.append(octet)
            } else {
                octets += [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Whether a tag's value is of these characters. What the model is, is for people.
    static func isValid(_ text: some Collection<UInt8>) -> Bool {
        (1...octetsMax).contains(text.count)
            && text.allSatisfy { isUnreserved($0) || $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "%") }
    }

    /// RFC 3986 §2.3.
    private static func isUnreserved(_ octet: UInt8) -> Bool {
        octet.isASCIIAlphanumeric || [0x2D, 0x2E, 0x5F, 0x7E].contains(octet)
    }
}
