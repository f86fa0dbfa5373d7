/// An entry as the log holds it: the leaf, its hash, and what opens its commitments.
package struct Leaf: Sendable, Equatable {
    /// The bound of one entry in C2SP tlog-tiles, "Log entries".
    package static let octetsMax = 65_535
    package static let version: Int64 = 1
    /// Of domain, agent and message, each; a domain name has 253.
    package static let nameOctetsMax = 255

    package let octets: [UInt8]
    package let hash: TreeHash
    /// In the order in which their commitments stand in the leaf.
    package let openings: [Opening]

    init(octets: [UInt8], openings: [Opening]) {
        self.octets = octets
        hash = MerkleTree.leafHash(octets)
        self.openings = openings
    }
}
