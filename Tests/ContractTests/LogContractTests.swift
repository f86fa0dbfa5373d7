import Audit
import Foundation
import Keys
import TestSupport
import Testing

/// What every log must do (Audit/Log/AuditLog.swift, Audit/Log/AuditStore.swift).
@Suite("Log contract")
struct LogContractTests {
    // MARK: Appending

    @Test("indices count from 0, in the order of the entries", arguments: LogUnderTest.allCases)
    func indices(_ kind: LogUnderTest) async throws {
        try await kind.run { (log) async throws in
            #expect(try await log.append([]) == [])
            #expect(try await log.append([LogSamples.entry(0)]) == [LogIndex(0)])
            #expect(try await log.append((1..<4).map { LogSamples.entry($0) }) == [1, 2, 3].map { LogIndex($0) })
            #expect(try await log.append(LogSamples.entry(4)) == LogIndex(4))
        }
    }

    @Test("one entry that cannot be a leaf, and none of the call's is recorded", arguments: LogUnderTest.allCases)
    func invalid(_ kind: LogUnderTest) async throws {
        try await kind.run { (log) async throws in
            let bad = LogEntry(.gateHeld, timeMilliseconds: 0, details: ["$x": 1])
            let error = await #expect(throws: AuditError.self) { try await log.append([LogSamples.entry(0), bad]) }
            #expect(error?.code == .invalidEntry)
            #expect(try await log.append(LogSamples.entry(1)) == LogIndex(0))
        }
    }

    @Test("callers at the same time each get neighbouring indices of their own", arguments: LogUnderTest.allCases)
    func concurrent(_ kind: LogUnderTest) async throws {
        try await kind.run { (log) async throws in
            let all = try await withThrowingTaskGroup(of: [LogIndex].self) { group in
                for caller in 0..<64 {
                    group.addTask { try await log.append((0...caller % 4).map { LogSamples.entry($0) }) }
                }
                return try await group.reduce(into: [[LogIndex]]()) { $0.append($1) }
            }
            for indices in all {
                #expect(indices == (0..<indices.count).map { LogIndex(indices[0].rawValue + Int64($0)) })
            }
            #expect(all.flatMap { $0 }.sorted() == (0..<160).map { LogIndex($0) })
        }
    }

    // MARK: Reading

    @Test("an entry comes back as it went in, with what opens it", arguments: AuditStoreUnderTest.allCases)
    func roundTrip(_ kind: AuditStoreUnderTest) async throws {
        try await kind.run { (log) async throws in
            let entries = (0..<40).map { LogSamples.entry($0) }
            _ = try await log.append(entries)
            for (number, entry) in entries.enumerated() {
                let record = try await log.record(at: LogIndex(Int64(number)))
                let content = record.content
                #expect(content.kind == entry.kind && content.timeMilliseconds == entry.timeMilliseconds)
                #expect(content.domain == entry.domain && content.agent == entry.agent)
                #expect(content.message == entry.message && content.details["number"] == .integer(Int64(number)))
                #expect(record.openings.mapValues(\.value) == [0: "person\(number)@example.test"])
                #expect(record.openings[0]?.commitment == content.commitments[0].digest)
            }
            let error = await #expect(throws: AuditError.self) { try await log.record(at: LogIndex(40)) }
            #expect(error?.code == .notFound)
        }
    }

    /// The answer that a query has by its definition.
    private func expected(_ query: LogQuery, of entries: [LogEntry]) -> [LogIndex] {
        entries.enumerated()
            .filter { number, entry in
                (query.kinds.isEmpty || query.kinds.contains(entry.kind))
                    && (query.domain == nil || query.domain == entry.domain)
                    && (query.agent == nil || query.agent == entry.agent)
                    && (query.message == nil || query.message == entry.message)
                    && (query.from == nil || entry.timeMilliseconds >= query.from!)
                    && (query.until == nil || entry.timeMilliseconds < query.until!)
                    && (query.olderThan == nil
                        || (entry.timeMilliseconds, number)
                            < (query.olderThan!.timeMilliseconds, Int(query.olderThan!.index.rawValue)))
            }
            .sorted { ($0.element.timeMilliseconds, $0.offset) < ($1.element.timeMilliseconds, $1.offset) }
            .map { LogIndex(Int64($0.offset)) }
    }

    @Test("every combination of conditions finds what it says", arguments: AuditStoreUnderTest.allCases)
    func queries(_ kind: AuditStoreUnderTest) async throws {
        // Clocks of several machines: times neither ascend nor differ everywhere.
        var random = SeededRandom(seed: 4)
        let entries = (0..<400).map { number in
            var entry = LogSamples.entry(number)
            entry.timeMilliseconds = 1_790_000_000_000 + Int64.random(in: 0..<100, using: &random)
            return entry
        }
        let middle: Int64 = 1_790_000_000_050
        try await kind.run { (log) async throws in
            _ = try await log.append(entries)
            var tried = 0
            for kinds in [[], [.gateHeld], [.gateHeld, .deliverySent, .keyRemoved], [.personalErased]] as [Set<LogKind>]
            {
                for domain in [nil, "d3.example.test", "nowhere.test"] {
                    for agent in [nil, "agent-4", "nobody"] {
                        for message in [nil, "m-9", "m-none"] {
                            for (from, until) in [(nil, nil), (middle, nil), (nil, middle), (middle - 9, middle)]
                                as [(Int64?, Int64?)]
                            {
                                var query = LogQuery(
                                    kinds: kinds, domain: domain, agent: agent, message: message, from: from,
                                    until: until, limit: 1000)
                                let all = expected(query, of: entries)
                                let page = try await log.records(query)
                                #expect(page.records.map(\.index) == all && !page.hasOlder, "\(query)")
                                tried += 1
                                guard all.count > 2 else { continue }
                                // Page by page, from the newest back.
                                query.limit = 2
                                var found: [LogIndex] = []
                                while true {
                                    let page = try await log.records(query)
                                    found = page.records.map(\.index) + found
                                    guard page.hasOlder, let first = page.records.first else { break }
                                    query.olderThan = LogQuery.Cursor(
                                        timeMilliseconds: first.content.timeMilliseconds, index: first.index)
                                }
                                #expect(found == all, "\(query)")
                            }
                        }
                    }
                }
            }
            #expect(tried == 4 * 27 * 4)
            for limit in [0, -1, LogQuery.limitMax + 1] {
                await #expect(throws: AuditError.self) { try await log.records(LogQuery(limit: limit)) }
            }
        }
    }

    // MARK: Proofs

    @Test(
        "proofs of every entry and every size hold against signed checkpoints", arguments: AuditStoreUnderTest.allCases)
    func proofs(_ kind: AuditStoreUnderTest) async throws {
        try await kind.run { (log) async throws in
            var checkpoints = [Checkpoint(origin: LogSamples.key.name, size: 0, root: MerkleTree.emptyRoot)]
            for round in 0..<30 {
                _ = try await log.append((0...round % 5).map { LogSamples.entry($0) })
                checkpoints.append(
                    try Checkpoint(note: Array(try await log.signedCheckpoint().utf8), key: LogSamples.key))
            }
            let newest = try #require(checkpoints.last)
            let head = try await log.head()
            #expect(head.size == newest.size && head.root == newest.root)
            for checkpoint in checkpoints {
                #expect(try await log.root(size: checkpoint.size) == checkpoint.root)
                let proof = try await log.consistencyProof(from: checkpoint.size, to: newest.size)
                #expect(
                    ProofVerifier.isConsistent(
                        from: checkpoint.size, checkpoint.root, to: newest.size, newest.root, proof: proof))
                for index in 0..<checkpoint.size {
                    let leaf = MerkleTree.leafHash(try await log.record(at: LogIndex(index)).leaf)
                    let proof = try await log.inclusionProof(of: LogIndex(index), size: checkpoint.size)
                    #expect(
                        ProofVerifier.isIncluded(
                            leaf, at: index, size: checkpoint.size, root: checkpoint.root, proof: proof))
                }
            }
            for size in [newest.size + 1, -1] {
                await #expect(throws: AuditError.self) { try await log.root(size: size) }
                await #expect(throws: AuditError.self) { try await log.consistencyProof(from: 0, to: size) }
                await #expect(throws: AuditError.self) { try await log.inclusionProof(of: LogIndex(0), size: size) }
            }
            #expect(try await log.check { _ in }.lost.isEmpty)
        }
    }

    // MARK: Erasing

    @Test("after erasing, all proofs hold and the rest can still be opened", arguments: AuditStoreUnderTest.allCases)
    func erasing(_ kind: AuditStoreUnderTest) async throws {
        try await kind.run { (log) async throws in
            let entries = (0..<60).map { LogSamples.entry($0) }
            _ = try await log.append(entries)
            let before = try Checkpoint(note: Array(try await log.signedCheckpoint().utf8), key: LogSamples.key)
            let message = LogQuery(message: "m-9")
            let ofMessage = try await log.records(message).records.map(\.index)
            #expect(ofMessage.count == 2)
            let targets: [(ErasureRequest.Target, [LogIndex])] = [
                (.entry(LogIndex(3)), [LogIndex(3)]), (.message("m-9"), ofMessage),
                (.value("person17@example.test"), [LogIndex(17)]), (.value("person17@example.test"), []),
                (.entry(LogIndex(999)), []), (.message("m-none"), []), (.value("PERSON5@Example.Test"), [LogIndex(5)]),
                (.value("erson5@example.test"), []), (.value("person5@example.tes"), []),
            ]
            var erased: Set<LogIndex> = []
            for (target, places) in targets {
                let erasure = try await log.erase(
                    ErasureRequest(target, timeMilliseconds: 5, by: "host, process 1", reason: "asked for"))
                #expect(erasure.places == places.map { PersonalPlace(index: $0, number: 0) })
                #expect(erasure.entries.count == (places.isEmpty ? 0 : 1))
                for index in erasure.entries {
                    let record = try await log.record(at: index)
                    #expect(record.content.kind == .personalErased)
                    #expect(ErasureEntry.places(record.content) == erasure.places)
                    #expect(record.content.details["reason"] == .text("asked for"))
                }
                erased.formUnion(places)
            }
            let after = try Checkpoint(note: Array(try await log.signedCheckpoint().utf8), key: LogSamples.key)
            #expect(after.size == 64)
            #expect(
                ProofVerifier.isConsistent(
                    from: before.size, before.root, to: after.size, after.root,
                    proof: try await log.consistencyProof(from: before.size, to: after.size)))
            for number in 0..<60 {
                let index = LogIndex(Int64(number))
                let record = try await log.record(at: index)
                #expect(record.openings.isEmpty == erased.contains(index))
                let leaf = MerkleTree.leafHash(record.leaf)
                for checkpoint in [before, after] {
                    let proof = try await log.inclusionProof(of: index, size: checkpoint.size)
                    #expect(
                        ProofVerifier.isIncluded(
                            leaf, at: index.rawValue, size: checkpoint.size, root: checkpoint.root, proof: proof))
                }
            }
            let check = try await log.check { _ in }
            #expect(check.erased == Int64(erased.count) && check.lost.isEmpty)
            #expect(check.openings == Int64(60 - erased.count))
        }
    }
}
