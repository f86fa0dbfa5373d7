import Keys

/// The right edge of the tree: all that appending needs, some 8 kB a level, and what has to be stored of it.
///
/// An append hashes as many nodes as become complete: one on average, log n at most.
package struct TreeEdge: Sendable {
    package private(set) var size: Int64 = 0
    /// Roots of the complete subtrees that the tree consists of, from the left: one for each bit set in the size.
    private var subtrees: [TreeHash] = []
    /// The newest tile of each level, if it is partial.
    private var partial: [TreeTile] = []
    /// Tiles that became full and have not been taken for storing.
    private var full: [(TileID, TreeTile)] = []
    private var hasChanged: [Bool] = []

    package init() {}

    /// From stored tiles. A tile may hold more hashes than this size has: the tree may have grown since.
    package init(size: Int64, tile: (TileID) throws(AuditError) -> TreeTile) throws(AuditError) {
        self.size = size
        var level = 0
        while size >> Int64(TreeTile.height * level) > 0 {
            let entries = size >> Int64(TreeTile.height * level)
            let count = Int(entries % Int64(TreeTile.width))
            var newest = TreeTile()
            if count > 0 {
                let stored = try tile(TileID(level: level, number: entries / Int64(TreeTile.width)))
                guard stored.count >= count else {
                    throw AuditError(.damaged, "the log's tree of \(size) entries lacks hashes on level \(level)")
                }
                newest = TreeTile(octets: Array(stored.octets.prefix(count * TreeHash.octetCount)))!
            }
            partial.append(newest)
            hasChanged.append(false)
            level += 1
        }
        for bit in stride(from: Int64.bitWidth - 2, through: 0, by: -1) where size >> Int64(bit) & 1 == 1 {
            let level = bit / TreeTile.height
            let height = bit % TreeTile.height
            let start = (size >> Int64(bit + 1)) << Int64(bit + 1)
            let place = Int(start >> Int64(TreeTile.height * level) % Int64(TreeTile.width))
            subtrees.append(partial[level].subtree(place, height: height))
        }
    }

    package mutating func append(_ leaf: TreeHash) {
        keep(leaf, level: 0)
        var hash = leaf
        var height = 0
        while size >> Int64(height) & 1 == 1 {
            hash = MerkleTree.nodeHash(subtrees.removeLast(), hash)
            height += 1
            if height % TreeTile.height == 0 { keep(hash, level: height / TreeTile.height) }
        }
        subtrees.append(hash)
        size += 1
    }

    /// Called before the size counts the leaf that completed this hash.
    private mutating func keep(_ hash: TreeHash, level: Int) {
        if level == partial.count {
            partial.append(TreeTile())
            hasChanged.append(false)
        }
        partial[level].append(hash)
        hasChanged[level] = true
        guard partial[level].count == TreeTile.width else { return }
        let number = ((size + 1) >> Int64(TreeTile.height * level) - 1) / Int64(TreeTile.width)
        full.append((TileID(level: level, number: number), partial[level]))
        partial[level] = TreeTile()
        hasChanged[level] = false
    }

    package var root: TreeHash {
        guard var root = subtrees.last else { return MerkleTree.emptyRoot }
        for subtree in subtrees.dropLast().reversed() { root = MerkleTree.nodeHash(subtree, root) }
        return root
    }

    /// The tiles that have changed since this was called last, as they are now.
    package mutating func takeChangedTiles() -> [(TileID, TreeTile)] {
        var changed = full
        full = []
        for level in partial.indices where hasChanged[level] {
            let number = size >> Int64(TreeTile.height * level) / Int64(TreeTile.width)
            changed.append((TileID(level: level, number: number), partial[level]))
            hasChanged[level] = false
        }
        return changed
    }
}
