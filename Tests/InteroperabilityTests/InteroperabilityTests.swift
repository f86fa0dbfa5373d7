import Foundation
import MailAuth
import TestSupport
import Testing

/// What we sign, others verify, and what they sign, we verify: RFC 6376, RFC 8463 and RFC 8617 as they are read
/// elsewhere. docs/interoperability.md holds the matrix as it was last run.
@Suite("Interoperability", .serialized) struct InteroperabilityTests {
    @Test("DKIM and ARC with dkimpy", .enabled(if: Peer.dkimpy.runs, Peer.dkimpy.hint))
    func dkimpy() async throws { try await exchange(.dkimpy, sealsChains: true) }

    @Test("DKIM with OpenDKIM", .enabled(if: Peer.openDKIM.runs, Peer.openDKIM.hint))
    func openDKIM() async throws { try await exchange(.openDKIM, verifiesChains: false) }

    @Test("DKIM and ARC with Mail::DKIM", .enabled(if: Peer.mailDKIM.runs, Peer.mailDKIM.hint))
    func mailDKIM() async throws { try await exchange(.mailDKIM, sealsChains: true) }

    @Test("DKIM and ARC with rspamd", .enabled(if: Peer.rspamd.runs, Peer.rspamd.hint))
    func rspamd() async throws { try await exchange(.rspamd) }

    /// RFC 8301 §3.1: OpenDKIM still signs with rsa-sha1 where it is asked to.
    @Test("Nobody's rsa-sha1 passes", .enabled(if: Peer.openDKIM.runs, Peer.openDKIM.hint))
    func noSHA1() async throws {
        let exchange = try Exchange(.openDKIM)
        defer { exchange.end() }
        let out = exchange.newPath()
        let answer = try exchange.run([
            [
                "dkim-sign", try exchange.write(Sample.plain.octets), out, exchange.keys.pem(.rsa), "d.example", "r",
                "rsa-sha1", "relaxed/relaxed",
            ]
        ])
        #expect(answer == ["ok"])
        #expect(await exchange.verify(try exchange.read(out)) == [.permerror(.signature(.algorithm("rsa-sha1")))])
    }

    /// The gap in the matrix is the library's own: what we fail, it fails too.
    @Test("OpenDKIM and we agree on what it signs", .enabled(if: Peer.openDKIM.runs, Peer.openDKIM.hint))
    func openDKIMOnItself() async throws {
        let exchange = try Exchange(.openDKIM)
        defer { exchange.end() }
        for cell in Cell.all where cell.algorithms.count == 1 {
            let (jobs, out) = try exchange.signJobs(Sample.plain, cell)
            #expect(try exchange.run(jobs) == ["ok"])
            let theirs = try exchange.run([["dkim-verify", out]])[0] == "pass"
            let ours = await exchange.verify(try exchange.read(out)) == [.pass]
            #expect(ours == theirs, "\(cell.algorithmName), \(cell.canonicalization)")
        }
    }

    // MARK: one peer

    private func exchange(_ peer: Peer, verifiesChains: Bool = true, sealsChains: Bool = false) async throws {
        let exchange = try Exchange(peer)
        defer { exchange.end() }
        var notes: [String] = []
        var rows = try theyVerify(exchange, &notes)
        rows += try await weVerify(exchange, &notes)
        Matrix.shared.add(peer, rows: rows, notes: notes)
        if verifiesChains { try await chains(exchange, theySeal: sealsChains) }
    }

    private func theyVerify(_ exchange: Exchange, _ notes: inout [String]) throws -> [Matrix.Row] {
        let peer = exchange.peer
        var jobs: [[String]] = []
        for cell in Cell.all {
            for sample in Sample.all {
                jobs.append(["dkim-verify", try exchange.write(exchange.sign(sample.octets, cell))])
            }
            let signed = try exchange.sign(Sample.plain.octets, cell)
            jobs.append(["dkim-verify", try exchange.write(Sample.tampered(signed))])
        }
        var answers = try exchange.run(jobs)[...]
        var passed: [Cell: String] = [:]
        for cell in Cell.all {
            var count = 0
            var countByRSA = 0
            for sample in Sample.all {
                let words = answers.removeFirst().split(separator: ",")
                let isGood = words.count == cell.algorithms.count && words.allSatisfy { $0 == "pass" }
                if isGood { count += 1 }
                if words.first == "pass" { countByRSA += 1 }
                #expect(
                    isGood || peer.gap(.verifies, cell, sample) != nil,
                    "\(peer.name), \(cell.algorithmName), \(cell.canonicalization), \(sample.name): \(words)")
                // Why there are two: whoever does not know Ed25519 still verifies the RSA signature.
                #expect(
                    cell.algorithms.first != .rsa || words.first == "pass"
                        || peer.gap(.verifies, Cell(algorithms: [.rsa], header: cell.header, body: cell.body), sample)
                            != nil,
                    "\(peer.name), RSA of \(cell.algorithmName), \(cell.canonicalization): \(words)")
            }
            let tampered = answers.removeFirst()
            #expect(!tampered.contains("pass"), "\(peer.name) takes a changed message: \(cell.canonicalization)")
            passed[cell] = text(count, peer, .verifies, cell, &notes)
            if count == 0, cell.algorithms.count > 1, countByRSA > 0 { passed[cell] = "RSA of \(countByRSA)" }
        }
        return rows("Signet → \(peer.name)", passed)
    }

    private func weVerify(_ exchange: Exchange, _ notes: inout [String]) async throws -> [Matrix.Row] {
        let peer = exchange.peer
        var jobs: [[String]] = []
        var outs: [Cell: [String]] = [:]
        var signed: [(cell: Cell, sample: Sample)] = []
        for cell in Cell.all {
            for sample in Sample.all {
                let (made, out) = try exchange.signJobs(sample, cell)
                jobs += made
                signed += made.map { _ in (cell, sample) }
                outs[cell, default: []].append(out)
            }
        }
        for (answer, (cell, sample)) in zip(try exchange.run(jobs), signed)
        where peer.gap(.signs, cell, sample) == nil {
            #expect(
                answer == "ok", "\(peer.name), \(cell.algorithmName), \(cell.canonicalization), \(sample.name)")
        }
        var passed: [Cell: String] = [:]
        for cell in Cell.all {
            var count = 0
            for (sample, out) in zip(Sample.all, outs[cell]!) {
                guard let signed = try? exchange.read(out) else {
                    #expect(peer.gap(.signs, cell, sample) != nil, "\(peer.name) signs nothing: \(sample.name)")
                    continue
                }
                let verdicts = await exchange.verify(signed)
                let isGood = verdicts.count == cell.algorithms.count && verdicts.allSatisfy { $0 == .pass }
                if isGood { count += 1 }
                #expect(
                    isGood || peer.gap(.signs, cell, sample) != nil,
                    "\(peer.name), \(cell.algorithmName), \(cell.canonicalization), \(sample.name): \(verdicts)")
                if sample.name == Sample.plain.name {
                    #expect(await !exchange.verify(Sample.tampered(signed)).contains(.pass))
                }
            }
            passed[cell] = text(count, peer, .signs, cell, &notes)
        }
        return rows("\(peer.name) → Signet", passed)
    }

    private func text(
        _ count: Int, _ peer: Peer, _ direction: Gap.Direction, _ cell: Cell, _ notes: inout [String]
    ) -> String {
        guard count < Sample.all.count else { return "\(count)" }
        for sample in Sample.all {
            guard let gap = peer.gap(direction, cell, sample) else { continue }
            let note = "\(peer.name) \(gap)"
            if !notes.contains(note) { notes.append(note) }
        }
        return count == 0 ? "–" : "\(count) of \(Sample.all.count)"
    }

    private func rows(_ title: String, _ cells: [Cell: String]) -> [Matrix.Row] {
        Cell.algorithmSets.map { algorithms in
            let own = Cell.all.filter { $0.algorithms == algorithms }
            return Matrix.Row(
                title: "\(title), \(own[0].algorithmName)",
                cells: Matrix.columns.map { column in cells[own.first { $0.canonicalization == column }!]! })
        }
    }

    // MARK: ARC

    /// How ARC's message signatures are made.
    private static let sealed = Cell(algorithms: [.rsa], header: .relaxed, body: .relaxed)

    private func chains(_ exchange: Exchange, theySeal: Bool) async throws {
        let peer = exchange.peer.name
        let signed = try Sample.all.map { try exchange.sign($0.octets, Self.sealed) }
        var ours: [[UInt8]] = []
        var twice: [[UInt8]] = []
        for octets in signed {
            ours.append(try await exchange.seal(octets))
            twice.append(try await exchange.seal(ours.last!))
        }
        var rows = [
            try await chain("Signet", ours, exchange), try await chain("Signet, Signet", twice, exchange),
        ]
        if theySeal {
            let theirs = try await exchange.peerSeals(signed)
            let oursFirst = try await exchange.peerSeals(ours)
            var theirsFirst: [[UInt8]] = []
            for octets in theirs { theirsFirst.append(try await exchange.seal(octets)) }
            rows += [
                try await chain(peer, theirs, exchange), try await chain("Signet, \(peer)", oursFirst, exchange),
                try await chain("\(peer), Signet", theirsFirst, exchange),
            ]
        }
        Matrix.shared.add(chains: rows)
    }

    /// Both sides have to find that the chain passes, and that it fails once the message is changed.
    private func chain(_ title: String, _ messages: [[UInt8]], _ exchange: Exchange) async throws -> Matrix.Row {
        let peer = exchange.peer.name
        let tampered = Sample.tampered(messages[0])
        let answers = try exchange.run(
            try (messages + [tampered]).map { ["arc-verify", try exchange.write($0)] })
        var theirs = 0
        var ours = 0
        for (index, octets) in messages.enumerated() {
            let verdict = await exchange.chain(octets).verdict
            #expect(verdict == .pass, "\(title), \(Sample.all[index].name)")
            #expect(
                answers[index] == "pass" || exchange.peer.gap(.verifies, Self.sealed, Sample.all[index]) != nil,
                "\(title) → \(peer), \(Sample.all[index].name)")
            if verdict == .pass { ours += 1 }
            if answers[index] == "pass" { theirs += 1 }
        }
        #expect(answers.last?.hasPrefix("pass") == false, "\(title) → \(peer), changed")
        #expect(await exchange.chain(tampered).verdict.name == "fail", "\(title), changed")
        return Matrix.Row(
            title: "sealed by \(title)", cells: ["\(peer) \(theirs), Signet \(ours), of \(messages.count)"])
    }
}
