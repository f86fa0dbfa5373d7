import Keys

/// Makes roots and proofs of any size of a stored tree from its tiles: a handful for each proof, however large it is.
package struct TreeReader {
    /// Tiles kept: 8 MB. When full, all are dropped.
    private static let tilesMax = 1024

    private let source: (TileID) throws(AuditError) -> TreeTile
    private var tiles: [TileID: TreeTile] = [:]

    package init(tile: @escaping (TileID) throws(AuditError) -> TreeTile) { source = tile }

    package mutating func leafHash(_ index: Int64) throws(AuditError) -> TreeHash {
        try subtree(start: index, height: 0)
    }

    package mutating func root(size: Int64) throws(AuditError) -> TreeHash {
        size == 0 ? MerkleTree.emptyRoot : try hash(0..<size)
    }

    /// RFC 6962 §2.1.1, from the leaf upwards.
    package mutating func inclusionProof(index: Int64, size: Int64) throws(AuditError) -> [TreeHash] {
        guard index >= 0, index < size else {
            throw AuditError(.notFound, "a log of \(size) entries has no entry \(index)")
        }
        var siblings: [TreeHash] = []
        var range = 0..<size
        while range.count > 1 {
            let middle = range.lowerBound + MerkleTree.split(Int64(range.count))
            if index < middle {
                siblings.append(try hash(middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                siblings.append(try hash(range.lowerBound..<middle))
                range = middle..<range.upperBound
            }
        }
        return siblings.reversed()
    }

    /// RFC 6962 §2.1.2: that the tree of the older size is the beginning of the newer one's.
    package mutating func consistencyProof(from older: Int64, to newer: Int64) throws(AuditError) -> [TreeHash] {
        guard older >= 0, older <= newer else {
            throw AuditError(.notFound, "a log of \(newer) entries cannot continue one of \(older)")
        }
        guard older > 0, older < newer else { return [] }
        var hashes: [TreeHash] = []
        var range = 0..<newer
        var isWhole = true
        while range.upperBound != older {
            let middle = range.lowerBound + MerkleTree.split(Int64(range.count))
            if older <= middle {
                hashes.append(try hash(middle..<range.upperBound))
                range = range.lowerBound..<middle
            } else {
                hashes.append(try hash(range.lowerBound..<middle))
                range = middle..<range.upperBound
                isWhole = false
            }
        }
        // The verifier has the older root already: RFC 6962's SUBPROOF with b = true.
        if !isWhole { hashes.append(try hash(range)) }
        return hashes.reversed()
    }

    /// A range that begins at a multiple of the largest power of two within it.
    private mutating func hash(_ range: Range<Int64>) throws(AuditError) -> TreeHash {
        let count = Int64(range.count)
        if count & (count - 1) == 0 {
            return try subtree(start: range.lowerBound, height: count.trailingZeroBitCount)
        }
        let middle = range.lowerBound + MerkleTree.split(count)
        return MerkleTree.nodeHash(
            try hash(range.lowerBound..<middle), try hash(middle..<range.upperBound))
    }

    private mutating func subtree(start: Int64, height: Int) throws(AuditError) -> TreeHash {
        let level = height / TreeTile.height
        let entry = start >> Int64(TreeTile.height * level)
        let rest = height % TreeTile.height
        let place = Int(entry % Int64(TreeTile.width))
        let tile = try tile(TileID(level: level, number: entry / Int64(TreeTile.width)), atLeast: place + (1 << rest))
        return tile.subtree(place, height: rest)
    }

    private mutating func tile(_ id: TileID, atLeast count: Int) throws(AuditError) -> TreeTile {
        if let tile = tiles[id], tile.count >= count { return tile }
        let tile = try source(id)
        guard tile.count >= count else {
            throw AuditError(.damaged, "the log's tree lacks hashes in tile \(id.number) of level \(id.level)")
        }
        if tiles.count >= Self.tilesMax { tiles.removeAll() }
        tiles[id] = tile
        return tile
    }
}
