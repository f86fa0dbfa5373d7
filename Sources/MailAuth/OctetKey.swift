/// Octets as a dictionary's key. An array hashes its elements one by one, which costs more than all the rest of a
/// look-up; this hashes them as one piece.
struct OctetKey: Hashable, Sendable {
    let octets: [UInt8]

    func hash(into hasher: inout Hasher) {
        octets.withUnsafeBytes { hasher.combine(bytes: $0) }
    }
}
