package import Keys

/// The hashes that the log's tree is made of: RFC 6962 §2.1.
package enum MerkleTree {
    /// The root of the tree without leaves.
    package static let emptyRoot = SHA256.hash([])

    package static func leafHash(_ octets: [UInt8]) -> TreeHash {
        var hash = SHA256()
        hash.update([0x00])
        hash.update(octets)
        return hash.finish()
    }

    package static func nodeHash(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        var octets: [UInt8] = []
        octets.reserveCapacity(1 + 2 * TreeHash.octetCount)
        octets.append(0x01)
        octets += left.octets
        octets += right.octets
        return SHA256.hash(octets)
    }

    /// The root over these leaf hashes, whatever their number.
    package static func root(_ leaves: some Collection<TreeHash>) -> TreeHash {
        var edge = TreeEdge()
        for leaf in leaves { edge.append(leaf) }
        return edge.root
    }

    /// The largest power of two below a count of at least 2: where RFC 6962 splits a list.
    static func split(_ count: Int64) -> Int64 {
        1 << Int64(63 - (count - 1).leadingZeroBitCount)
    }
}
