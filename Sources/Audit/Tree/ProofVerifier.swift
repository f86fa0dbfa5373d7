import Keys

/// Checks proofs against roots. Each takes exactly the hashes that it needs: one more or one fewer is no proof.
package enum ProofVerifier {
    /// RFC 9162 §2.1.3.2, for the trees of RFC 6962.
    package static func isIncluded(
        _ leaf: TreeHash, at index: Int64, size: Int64, root: TreeHash, proof: [TreeHash]
    ) -> Bool {
        guard index >= 0, index < size else { return false }
        var place = index
        var last = size - 1
        var hash = leaf
        for sibling in proof {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = MerkleTree.nodeHash(sibling, hash)
                while place & 1 == 0, place != 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                hash = MerkleTree.nodeHash(hash, sibling)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && hash == root
    }

    /// RFC 9162 §2.1.4.2. The empty tree is the beginning of every other, which takes no hash to show.
    package static func isConsistent(
        from older: Int64, _ olderRoot: TreeHash, to newer: Int64, _ newerRoot: TreeHash, proof: [TreeHash]
    ) -> Bool {
        guard older >= 0, older <= newer else { return false }
        if older == newer { return proof.isEmpty && olderRoot == newerRoot }
        if older == 0 { return proof.isEmpty && olderRoot == MerkleTree.emptyRoot }
        var hashes = proof[...]
        // A complete tree's root is a node of the newer tree, and not sent.
        let isComplete = older & (older - 1) == 0
        guard let first = isComplete ? olderRoot : hashes.popFirst() else { return false }
        var place = older - 1
        var last = newer - 1
        while place & 1 == 1 {
            place >>= 1
            last >>= 1
        }
        var olderHash = first
        var newerHash = first
        for hash in hashes {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                olderHash = MerkleTree.nodeHash(hash, olderHash)
                newerHash = MerkleTree.nodeHash(hash, newerHash)
                while place & 1 == 0, place != 0 {
                    place >>= 1
                    last >>= 1
                }
            } else {
                newerHash = MerkleTree.nodeHash(newerHash, hash)
            }
            place >>= 1
            last >>= 1
        }
        return last == 0 && olderHash == olderRoot && newerHash == newerRoot
    }
}
