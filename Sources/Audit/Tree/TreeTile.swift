import Keys

/// Which tile: C2SP tlog-tiles, "Merkle Tree", with tiles of height 8.
package struct TileID: Hashable, Sendable {
    /// Hashes on level l are roots of 256ˡ leaves.
    package let level: Int
    package let number: Int64

    package init(level: Int, number: Int64) {
        self.level = level
        self.number = number
    }
}

/// Up to 256 neighbouring hashes of one level, one after the other.
package struct TreeTile: Sendable, Equatable {
    package static let height = 8
    package static let width = 256

    package private(set) var octets: [UInt8]

    package init() { octets = [] }

    /// Nil unless these are 1 to 256 whole hashes.
    package init?(octets: [UInt8]) {
        guard octets.count % TreeHash.octetCount == 0,
            (1...Self.width).contains(octets.count / TreeHash.octetCount)
        else { return nil }
        self.octets = octets
    }

    package var count: Int { octets.count / TreeHash.octetCount }

    mutating func append(_ hash: TreeHash) { octets += hash.octets }

    func hash(_ place: Int) -> TreeHash {
        let start = place * TreeHash.octetCount
        return TreeHash(octets: octets[start..<start + TreeHash.octetCount])!
    }

    /// The root over 2^height hashes from a place on that is a multiple of their number.
    func subtree(_ place: Int, height: Int) -> TreeHash {
        guard height > 0 else { return hash(place) }
        let half = 1 << (height - 1)
        return MerkleTree.nodeHash(
            subtree(place, height: height - 1), subtree(place + half, height: height - 1))
    }
}
