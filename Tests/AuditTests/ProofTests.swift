import Audit
import Keys
import Testing

/// A log of 300 entries, and every proof that can be made of it.
enum ProofSamples {
    static let sizeMax: Int64 = 300
    static let leaves = (0..<Int(sizeMax)).map { MerkleTree.leafHash(Array("entry \($0)".utf8)) }
    static let tiles: [TileID: TreeTile] = {
        var edge = TreeEdge()
        for leaf in leaves { edge.append(leaf) }
        return Dictionary(uniqueKeysWithValues: edge.takeChangedTiles())
    }()
    static let roots: [TreeHash] = (0...Int(sizeMax)).map { MerkleTree.root(leaves.prefix($0)) }

    static func reader() -> TreeReader { TreeReader { (id) throws(AuditError) in try stored(tiles, id) } }
}

@Suite("Proofs")
struct ProofTests {
    private typealias Samples = ProofSamples

    @Test("every inclusion proof of sizes 0 to 300 verifies, and only in its place")
    func inclusion() throws {
        var reader = Samples.reader()
        var count = 0
        for size in 0...Samples.sizeMax {
            let root = Samples.roots[Int(size)]
            for index in 0..<size {
                let proof = try reader.inclusionProof(index: index, size: size)
                let leaf = Samples.leaves[Int(index)]
                func holds(_ leaf: TreeHash, _ index: Int64, _ proof: [TreeHash]) -> Bool {
                    ProofVerifier.isIncluded(leaf, at: index, size: size, root: root, proof: proof)
                }
                #expect(holds(leaf, index, proof), "entry \(index) of \(size)")
                count += 1
                // Another leaf or place is none; nor is a hash too many or too few. All small trees, and some others.
                guard size <= 70 || (size + index) % 17 == 0 else { continue }
                var passes =
                    holds(leaf, index + 1, proof) || holds(leaf, index - 1, proof) || holds(leaf, index ^ 1, proof)
                passes = passes || holds(leaf, index, proof + [leaf])
                if !proof.isEmpty {
                    passes = passes || holds(root, index, proof) || holds(leaf, index, proof.dropLast())
                    passes = passes || holds(leaf, index, Array(proof.dropFirst()))
                }
                #expect(!passes, "entry \(index) of \(size)")
            }
            #expect(throws: AuditError.self) { try reader.inclusionProof(index: size, size: size) }
        }
        #expect(count == 45_150)
    }

    @Test("every consistency proof of sizes 0 to 300 verifies, and of no other roots")
    func consistency() throws {
        var reader = Samples.reader()
        var count = 0
        for newer in 0...Samples.sizeMax {
            let newerRoot = Samples.roots[Int(newer)]
            for older in 0...newer {
                let olderRoot = Samples.roots[Int(older)]
                let proof = try reader.consistencyProof(from: older, to: newer)
                var holds = ProofVerifier.isConsistent(from: older, olderRoot, to: newer, newerRoot, proof: proof)
                let other = Samples.leaves[7]
                holds =
                    holds
                    && !ProofVerifier.isConsistent(from: older, other, to: newer, newerRoot, proof: proof)
                    && (older == 0 && newer > 0
                        || !ProofVerifier.isConsistent(from: older, olderRoot, to: newer, other, proof: proof))
                    && !ProofVerifier.isConsistent(
                        from: older, olderRoot, to: newer, newerRoot, proof: proof + [other])
                if !proof.isEmpty {
                    holds =
                        holds
                        && !ProofVerifier.isConsistent(
                            from: older, olderRoot, to: newer, newerRoot, proof: proof.dropLast())
                }
                #expect(holds, "from \(older) to \(newer)")
                count += 1
            }
        }
        #expect(count == 45_451)
        #expect(throws: AuditError.self) { try reader.consistencyProof(from: 9, to: 8) }
    }

    @Test(
        "a flipped bit in any hash of a proof is seen",
        arguments: [1, 2, 3, 7, 8, 9, 64, 255, 256, 257, 300] as [Int64])
    func flipped(_ size: Int64) throws {
        var reader = Samples.reader()
        let root = Samples.roots[Int(size)]
        for index in Set([0, size / 2, size - 1]) {
            let proof = try reader.inclusionProof(index: index, size: size)
            for place in proof.indices {
                for octet in 0..<32 {
                    var changed = proof
                    changed[place] = flip(proof[place], octet)
                    #expect(
                        !ProofVerifier.isIncluded(
                            Samples.leaves[Int(index)], at: index, size: size, root: root, proof: changed))
                }
            }
        }
        for older in Set([1, size / 2, size - 1]) where older > 0 && older < size {
            let proof = try reader.consistencyProof(from: older, to: size)
            for place in proof.indices {
                for octet in 0..<32 {
                    var changed = proof
                    changed[place] = flip(proof[place], octet)
                    #expect(
                        !ProofVerifier.isConsistent(
                            from: older, Samples.roots[Int(older)], to: size, root, proof: changed))
                }
            }
        }
    }

    @Test("an entry dropped, doubled, swapped or replaced changes the root", arguments: [1, 2, 3, 8, 100])
    func rewritten(_ size: Int) {
        let leaves = Array(Samples.leaves.prefix(size))
        let root = Samples.roots[size]
        for place in leaves.indices {
            var dropped = leaves
            dropped.remove(at: place)
            var doubled = leaves
            doubled.insert(leaves[place], at: place)
            var replaced = leaves
            replaced[place] = MerkleTree.leafHash(Array("another".utf8))
            var rewritten = [dropped, doubled, replaced]
            if place > 0 {
                var swapped = leaves
                swapped.swapAt(place, place - 1)
                rewritten.append(swapped)
            }
            #expect(rewritten.allSatisfy { MerkleTree.root($0) != root })
        }
    }

    @Test("two histories with one beginning have no proof from one to the other")
    func forked() throws {
        let common = 150
        var other = Array(Samples.leaves.prefix(common))
        other += (common..<300).map { MerkleTree.leafHash(Array("other \($0)".utf8)) }
        var edge = TreeEdge()
        for leaf in other { edge.append(leaf) }
        let tiles = Dictionary(uniqueKeysWithValues: edge.takeChangedTiles())
        var fork = TreeReader { (id) throws(AuditError) in try stored(tiles, id) }
        for older in Int64(1)...300 {
            let proof = try fork.consistencyProof(from: older, to: 300)
            let holds = ProofVerifier.isConsistent(
                from: older, Samples.roots[Int(older)], to: 300, edge.root, proof: proof)
            #expect(holds == (older <= common), "from \(older)")
        }
    }

    private func flip(_ hash: TreeHash, _ octet: Int) -> TreeHash {
        var octets = hash.octets
        octets[octet] ^= 1 << UInt8(octet % 8)
        return TreeHash(octets: octets)!
    }
}
