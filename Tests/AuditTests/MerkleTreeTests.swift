import Audit
import Keys
import Testing

/// RFC 6962 §2.1, with the leaves and roots that Certificate Transparency's own implementations are tested with.
@Suite("Merkle tree")
struct MerkleTreeTests {
    static let leaves: [[UInt8]] = [
        [], [0x00], [0x10], [0x20, 0x21], [0x30, 0x31], [0x40, 0x41, 0x42, 0x43], Array(0x50...0x57),
        Array(0x60...0x6F),
    ]
    static let roots = [
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ]

    @Test("the roots of the known trees", arguments: 0...8)
    func knownRoots(_ size: Int) {
        #expect(MerkleTree.root(Self.leaves.prefix(size).map { MerkleTree.leafHash($0) }).hex == Self.roots[size])
    }

    /// RFC 6962's definition, word for word.
    private func definition(_ leaves: ArraySlice<TreeHash>) -> TreeHash {
        switch leaves.count {
        case 0: return SHA256.hash([])
        case 1: return leaves.first!
        case let count:
            var half = 1
            while half * 2 < count { half *= 2 }
            let middle = leaves.startIndex + half
            return SHA256.hash([1] + definition(leaves[..<middle]).octets + definition(leaves[middle...]).octets)
        }
    }

    @Test("appending gives the root of the definition, and the edge comes back from its tiles")
    func edge() throws {
        var edge = TreeEdge()
        var tiles: [TileID: TreeTile] = [:]
        let leaves = (0..<700).map { MerkleTree.leafHash([UInt8($0 & 255), UInt8($0 >> 8)]) }
        for size in 0...leaves.count {
            let root = definition(leaves[..<size])
            #expect(edge.root == root)
            #expect(edge.size == Int64(size))
            // Tiles are taken now and then only, as a commit of many entries does.
            if size % 7 == 0 || size == leaves.count {
                for (id, tile) in edge.takeChangedTiles() { tiles[id] = tile }
                let again = try TreeEdge(size: Int64(size)) { (id) throws(AuditError) in try stored(tiles, id) }
                #expect(again.root == root)
                edge = again
            }
            if size < leaves.count { edge.append(leaves[size]) }
        }
        // Older sizes come from the same tiles.
        for size in stride(from: 0, through: leaves.count, by: 13) {
            let older = try TreeEdge(size: Int64(size)) { (id) throws(AuditError) in try stored(tiles, id) }
            #expect(older.root == definition(leaves[..<size]))
        }
    }

    @Test("a tree of more than two levels of tiles", arguments: [65_535, 65_536, 65_537, 70_000])
    func large(_ size: Int) throws {
        var edge = TreeEdge()
        let leaves = (0..<size).map { MerkleTree.leafHash([UInt8($0 & 255), UInt8($0 >> 8 & 255), UInt8($0 >> 16)]) }
        for leaf in leaves { edge.append(leaf) }
        let tiles = Dictionary(uniqueKeysWithValues: edge.takeChangedTiles())
        let again = try TreeEdge(size: Int64(size)) { (id) throws(AuditError) in try stored(tiles, id) }
        #expect(again.root == edge.root)
        #expect(edge.root == definition(leaves[...]))
        var reader = TreeReader { (id) throws(AuditError) in try stored(tiles, id) }
        for index in [0, 255, 256, 65_279, 65_280, size - 1] {
            let proof = try reader.inclusionProof(index: Int64(index), size: Int64(size))
            #expect(
                ProofVerifier.isIncluded(
                    leaves[index], at: Int64(index), size: Int64(size), root: edge.root, proof: proof))
        }
        for older in [1, 255, 256, 257, 65_535] {
            let proof = try reader.consistencyProof(from: Int64(older), to: Int64(size))
            let root = try reader.root(size: Int64(older))
            #expect(
                ProofVerifier.isConsistent(from: Int64(older), root, to: Int64(size), edge.root, proof: proof))
        }
    }

    @Test("missing tiles are damage, not silence")
    func missing() {
        #expect(throws: AuditError.self) {
            try TreeEdge(size: 300) { (_) throws(AuditError) in throw AuditError(.damaged, "gone") }
        }
        let short = try! #require(TreeTile(octets: [UInt8](repeating: 1, count: 32)))
        #expect(throws: AuditError.self) { try TreeEdge(size: 3) { (_) throws(AuditError) in short } }
        var reader = TreeReader { (_) throws(AuditError) in short }
        #expect(throws: AuditError.self) { try reader.root(size: 3) }
    }
}

func stored(_ tiles: [TileID: TreeTile], _ id: TileID) throws(AuditError) -> TreeTile {
    guard let tile = tiles[id] else { throw AuditError(.damaged, "no tile \(id)") }
    return tile
}
