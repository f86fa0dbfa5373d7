/// Base64 in its one canonical form (RFC 4648 §3.5): padded, no bits set that mean nothing, no white space. Where the
/// text itself is not signed, a second spelling of the same octets would be a change that nobody notices.
enum CanonicalBase64 {
    /// Nil unless the text is the one that stands for exactly so many octets.
    static func decode(_ text: ArraySlice<UInt8>, octets count: Int) -> [UInt8]? {
        guard text.count == (count + 2) / 3 * 4, let octets = Base64.decode(text), octets.count == count,
            Base64.encode(octets)[...] == text
        else { return nil }
        return octets
    }
}
