import DNS
import Diagnostics
import Foundation
import Keys
import Manifest
import Reconcile
import TestSupport
import Testing

/// What every state store must do (Reconcile/Apply/StateStore.swift, Keys/KeyRecord.swift).
@Suite("Store contract")
struct StoreContractTests {
    // MARK: Lease

    @Test("the second holder is told who has the lease", arguments: StoreUnderTest.allCases)
    func leaseIsExclusive(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            #expect(try await store.currentLease(at: noon) == nil)
            let lease = try #require(
                try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            #expect(lease == Lease(holder: "a", fencingNumber: 1, expiresAt: noon.addingTimeInterval(60)))
            let later = noon.addingTimeInterval(59.9)
            #expect(try await store.acquireLease(holder: "b", at: later, for: .seconds(60)) == .held(lease))
            // The same name is another process all the same.
            #expect(try await store.acquireLease(holder: "a", at: later, for: .seconds(60)) == .held(lease))
            #expect(try await store.currentLease(at: later) == lease)
        }
    }

    @Test("a lease that ran out is taken over with the next number", arguments: StoreUnderTest.allCases)
    func leaseRunsOut(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            let first = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            let end = noon.addingTimeInterval(60)
            #expect(try await store.currentLease(at: end) == nil)
            #expect(try await store.renewLease(first, at: end, for: .seconds(60)) == false)
            let second = try #require(try await store.acquireLease(holder: "b", at: end, for: .seconds(60)).acquired)
            #expect(second.fencingNumber == 2)
            #expect(try await store.renewLease(first, at: end, for: .seconds(60)) == false)
            try await store.releaseLease(first)
            #expect(try await store.currentLease(at: end) == second)
        }
    }

    @Test("renewing prolongs, from now", arguments: StoreUnderTest.allCases)
    func leaseIsRenewed(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            let later = noon.addingTimeInterval(30)
            #expect(try await store.renewLease(lease, at: later, for: .milliseconds(60_500)))
            // The caller's copy still says the old end; the store's own counts.
            let past = noon.addingTimeInterval(90)
            #expect(try await store.renewLease(lease, at: past, for: .seconds(60)))
            #expect(try await store.currentLease(at: past)?.expiresAt == past.addingTimeInterval(60))
        }
    }

    @Test("a lease given back is free at once, and its number is not used again", arguments: StoreUnderTest.allCases)
    func leaseIsReleased(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            let first = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            try await store.releaseLease(first)
            #expect(try await store.currentLease(at: noon) == nil)
            #expect(try await store.renewLease(first, at: noon, for: .seconds(60)) == false)
            let second = try #require(try await store.acquireLease(holder: "b", at: noon, for: .seconds(60)).acquired)
            #expect(second.fencingNumber == 2)
            try await store.releaseLease(first)
            #expect(try await store.currentLease(at: noon) == second)
            // A clock that was set back a little takes the longest lease from nobody.
            #expect(try await store.currentLease(at: noon.addingTimeInterval(-60)) == second)
            #expect(try await store.renewLease(second, at: noon.addingTimeInterval(-60), for: .seconds(3600)))
        }
    }

    @Test("one of many tasks gets it", arguments: StoreUnderTest.allCases)
    func leaseRace(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            let leases = try await withThrowingTaskGroup(of: Lease?.self) { group in
                for number in 0..<64 {
                    group.addTask {
                        try await store.acquireLease(holder: "task \(number)", at: noon, for: .seconds(60)).acquired
                    }
                }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            let winners = leases.compactMap { $0 }
            #expect(winners.count == 1)
            #expect(try await store.currentLease(at: noon) == winners.first)
        }
    }

    // MARK: Ledger

    @Test("an entry comes back as it went in", arguments: StoreUnderTest.allCases)
    func ledgerRoundTrip(_ kind: StoreUnderTest) async throws {
        let split = TXTValue(strings: [Array("v=spf1".utf8), [], Array(repeating: 0xFF, count: 255), [0, 10, 34, 92]])
        let mixed = RecordSet(
            key("a.example.test"), timeToLiveSeconds: 2_147_483_647,
            data: [.txt(split), .txt(TXTValue("site-verification=ä"))])
        var odd = LedgerEntry.sample("x", before: mixed, after: mixed)
        odd.key = RecordSetKey(name("we\\.ird\\000.example.test"), RecordType(rawValue: 65_280))
        odd.before = RecordSet(
            odd.key, timeToLiveSeconds: 0, data: [.opaque(type: odd.key.type, octets: [0, 1, 255])])
        odd.after = nil
        odd.owned = []
        odd.zone = .root
        odd.staleSeconds = .max
        var exchanger = LedgerEntry.sample("x", after: nil)
        exchanger.key = key("example.test", .mx)
        exchanger.after = RecordSet(
            exchanger.key, timeToLiveSeconds: 60,
            data: [.mx(preference: 0, exchange: .root), .mx(preference: 10, exchange: name("mx.example.test"))])
        exchanger.owned = [.mx(preference: 0, exchange: .root)]
        let entries = [LedgerEntry.sample("a.example.test", after: mixed), exchanger, odd]
        try await kind.run { store in
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            #expect(try await store.recordIntents(entries, under: lease, at: noon))
            let found = try await store.ledger(forDomains: [name("example.test"), name("example.test")])
            #expect(found == entries.sorted { $0.key < $1.key })
            guard case .txt(let value)? = found.first(where: { $0.key == key("a.example.test") })?.after?.data.first
            else {
                Issue.record("no TXT data came back")
                return
            }
            #expect(value.strings == split.strings)
        }
    }

    @Test("entries are found by their domain", arguments: StoreUnderTest.allCases)
    func ledgerByDomain(_ kind: StoreUnderTest) async throws {
        let entries = [
            LedgerEntry.sample("b.one.test", domain: "one.test", after: text("b.one.test", "1")),
            LedgerEntry.sample("a.one.test", domain: "one.test", after: text("a.one.test", "1")),
            LedgerEntry.sample("two.test", domain: "two.test", after: text("two.test", "2")),
            LedgerEntry.sample("sub.one.test", domain: "sub.one.test", after: text("sub.one.test", "3")),
        ]
        try await kind.run { store in
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            #expect(try await store.recordIntents(entries, under: lease, at: noon))
            #expect(try await store.ledger(forDomains: [name("one.test")]) == [entries[1], entries[0]])
            #expect(
                try await store.ledger(forDomains: [name("two.test"), name("one.test")])
                    == [entries[1], entries[0], entries[2]])
            #expect(try await store.ledger(forDomains: [name("nowhere.test")]).isEmpty)
            #expect(try await store.ledger(forDomains: []).isEmpty)
        }
    }

    @Test("a later intent takes an entry's place", arguments: StoreUnderTest.allCases)
    func ledgerReplaces(_ kind: StoreUnderTest) async throws {
        let first = LedgerEntry.sample("example.test", after: text("example.test", "1"))
        let second = LedgerEntry.sample(
            "example.test", domain: "other.test", before: first.after, after: text("example.test", "2"))
        try await kind.run { store in
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            #expect(try await store.recordIntents([first], under: lease, at: noon))
            #expect(try await store.recordIntents([second], under: lease, at: noon))
            #expect(try await store.ledger(forDomains: [name("example.test"), name("other.test")]) == [second])
        }
    }

    @Test("each outcome leaves what it says", arguments: StoreUnderTest.allCases, LedgerEntry.Outcome.allCases)
    func outcomes(_ kind: StoreUnderTest, _ outcome: LedgerEntry.Outcome) async throws {
        let ours = text("w.example.test", "1").data
        var written = LedgerEntry.sample("w.example.test", after: text("w.example.test", "1"))
        written.owned = ours + text("w.example.test", "0").data
        let deleted = LedgerEntry.sample("d.example.test", before: text("d.example.test", "1"), after: nil)
        let untouched = LedgerEntry.sample("u.example.test", after: text("u.example.test", "1"))
        let later = noon.addingTimeInterval(7)
        try await kind.run { store in
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            #expect(try await store.recordIntents([written, deleted, untouched], under: lease, at: noon))
            #expect(
                try await store.recordOutcomes(
                    [
                        IntentOutcome(key: written.key, outcome: outcome, owned: outcome == .written ? ours : nil),
                        IntentOutcome(key: deleted.key, outcome: outcome, owned: outcome == .written ? [] : nil),
                        IntentOutcome(key: key("not.there.test"), outcome: outcome, owned: ours),
                    ], under: lease, at: later))
            var expected = [deleted, untouched, written]
            for index in [0, 2] {
                expected[index].outcome = outcome
                expected[index].recordedAt = later
            }
            // Of what was deleted nothing is Signet's any longer; of what was written, what stands there.
            if outcome == .written {
                expected[2].owned = ours
                expected.removeFirst()
            }
            #expect(try await store.ledger(forDomains: [name("example.test")]) == expected)
        }
    }

    @Test("intents need a lease that is held", arguments: StoreUnderTest.allCases)
    func intentsAreFenced(_ kind: StoreUnderTest) async throws {
        let entry = LedgerEntry.sample("example.test", after: text("example.test", "1"))
        let end = noon.addingTimeInterval(60)
        try await kind.run { store in
            let never = Lease(holder: "z", fencingNumber: 0, expiresAt: .distantFuture)
            #expect(try await store.recordIntents([entry], under: never, at: noon) == false)
            let first = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            // Run out, though nobody took it over; a longer expiry in the caller's copy changes nothing.
            let stretched = Lease(holder: "a", fencingNumber: 1, expiresAt: .distantFuture)
            #expect(try await store.recordIntents([entry], under: stretched, at: end) == false)
            let second = try #require(try await store.acquireLease(holder: "b", at: end, for: .seconds(60)).acquired)
            #expect(try await store.recordIntents([entry], under: first, at: noon) == false)
            try await store.releaseLease(second)
            #expect(try await store.recordIntents([entry], under: second, at: end) == false)
            #expect(try await store.ledger(forDomains: [name("example.test")]).isEmpty)
        }
    }

    @Test("outcomes need the newest number, not a lease that still runs", arguments: StoreUnderTest.allCases)
    func outcomesAreFenced(_ kind: StoreUnderTest) async throws {
        let entry = LedgerEntry.sample("example.test", after: text("example.test", "1"))
        let end = noon.addingTimeInterval(60)
        try await kind.run { store in
            let first = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            #expect(try await store.recordIntents([entry], under: first, at: noon))
            #expect(
                try await store.recordOutcomes([IntentOutcome(key: entry.key, outcome: .failed)], under: first, at: end)
            )
            try await store.releaseLease(first)
            #expect(
                try await store.recordOutcomes(
                    [IntentOutcome(key: entry.key, outcome: .handedOver)], under: first, at: end))
            _ = try await store.acquireLease(holder: "b", at: end, for: .seconds(60))
            #expect(try await store.recordOutcomes([.written(entry)], under: first, at: end) == false)
            #expect(try await store.ledger(forDomains: [name("example.test")]).map(\.outcome) == [.handedOver])
        }
    }

    // MARK: Agreements

    @Test("agreements are kept by record set", arguments: StoreUnderTest.allCases)
    func agreements(_ kind: StoreUnderTest) async throws {
        func agreement(_ owner: String, _ domain: String, _ octet: UInt8, _ since: Date = noon) throws -> Agreement {
            Agreement(
                key: key(owner), domain: name(domain),
                target: try #require(SHA256Digest(octets: [UInt8](repeating: octet, count: 32))), since: since)
        }
        try await kind.run { store in
            let one = try agreement("b.one.test", "one.test", 1)
            let two = try agreement("a.one.test", "one.test", 2)
            let three = try agreement("two.test", "two.test", 3)
            try await store.recordAgreements([one, two, three])
            #expect(try await store.agreements(forDomains: [name("one.test")]) == [two, one])
            let newer = try agreement("b.one.test", "one.test", 4, noon.addingTimeInterval(9))
            try await store.recordAgreements([newer])
            #expect(
                try await store.agreements(forDomains: [name("one.test"), name("two.test")]) == [two, newer, three])
            try await store.removeAgreements([two.key, key("not.there.test")])
            #expect(try await store.agreements(forDomains: [name("one.test"), name("two.test")]) == [newer, three])
            #expect(try await store.agreements(forDomains: []).isEmpty)
        }
    }

    @Test("what has converged is kept by record set", arguments: StoreUnderTest.allCases)
    func convergences(_ kind: StoreUnderTest) async throws {
        func convergence(_ owner: String, _ octet: UInt8) throws -> Convergence {
            Convergence(
                key: key(owner), domain: name("one.test"),
                target: try #require(SHA256Digest(octets: [UInt8](repeating: octet, count: 32))), at: noon)
        }
        try await kind.run { store in
            let (one, two) = (try convergence("b.one.test", 1), try convergence("a.one.test", 2))
            try await store.recordConvergences([one, two])
            #expect(try await store.convergences(forDomains: [name("one.test"), name("two.test")]) == [two, one])
            let newer = try convergence("b.one.test", 3)
            try await store.recordConvergences([newer])
            #expect(try await store.convergences(forDomains: [name("one.test")]) == [two, newer])
            #expect(try await store.convergences(forDomains: [name("two.test")]).isEmpty)
        }
    }

    @Test("an intent ends what was known of its record set's convergence", arguments: StoreUnderTest.allCases)
    func intentsEndAgreements(_ kind: StoreUnderTest) async throws {
        let digest = try #require(SHA256Digest(octets: [UInt8](repeating: 1, count: 32)))
        let keys = [key("a.example.test"), key("b.example.test")]
        try await kind.run { store in
            try await store.recordAgreements(
                keys.map { Agreement(key: $0, domain: name("example.test"), target: digest, since: noon) })
            try await store.recordConvergences(
                keys.map { Convergence(key: $0, domain: name("example.test"), target: digest, at: noon) })
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            let entry = LedgerEntry.sample(
                "a.example.test", domain: "example.test", before: nil, after: text("a.example.test", "1"))
            #expect(try await store.recordIntents([entry], under: lease, at: noon))
            #expect(try await store.agreements(forDomains: [name("example.test")]).map(\.key) == [keys[1]])
            #expect(try await store.convergences(forDomains: [name("example.test")]).map(\.key) == [keys[1]])
        }
    }

    @Test("a lease that would end later than any can is over", arguments: StoreUnderTest.allCases)
    func leaseOfAClockAhead(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            let ahead = noon.addingTimeInterval(86_400)
            let first = try #require(try await store.acquireLease(holder: "a", at: ahead, for: .seconds(60)).acquired)
            #expect(try await store.currentLease(at: noon) == nil)
            let second = try #require(try await store.acquireLease(holder: "b", at: noon, for: .seconds(3600)).acquired)
            #expect(second.fencingNumber == first.fencingNumber + 1)
            #expect(try await store.currentLease(at: noon) == second)
        }
    }

    // MARK: Keys

    @Test("keys come back as they went in, by id", arguments: StoreUnderTest.allCases)
    func keysRoundTrip(_ kind: StoreUnderTest) async throws {
        let keys = KeyState.allCases.enumerated().map { KeyRecord.sample("example.test", "mm\($0 + 1)", $1) }
        let other = KeyRecord.sample("other.test", "mm1")
        try await kind.run { store in
            try await store.insert(keys.reversed() + [other])
            #expect(try await store.keys(forDomains: ["example.test"]) == keys)
            #expect(try await store.keys(forDomains: ["other.test", "example.test", "other.test"]) == keys + [other])
            #expect(try await store.keys(forDomains: ["test"]).isEmpty)
        }
    }

    @Test("an id that is taken refuses the whole batch", arguments: StoreUnderTest.allCases)
    func keyDuplicates(_ kind: StoreUnderTest) async throws {
        let first = KeyRecord.sample("example.test", "mm1")
        var other = first
        other.publicKey = [9]
        let fresh = KeyRecord.sample("example.test", "mm0")
        try await kind.run { store in
            try await store.insert([first])
            for batch in [[fresh, other], [fresh, fresh]] {
                let error = await #expect(throws: StoreError.self) { try await store.insert(batch) }
                #expect(error?.code == .duplicate)
            }
            #expect(try await store.keys(forDomains: ["example.test"]) == [first])
        }
    }

    @Test("a key moves on only from the state that was expected", arguments: StoreUnderTest.allCases)
    func keyStates(_ kind: StoreUnderTest) async throws {
        let one = KeyRecord.sample("example.test", "mm1", .generated)
        let two = KeyRecord.sample("example.test", "mm2", .active)
        let later = noon.addingTimeInterval(5)
        try await kind.run { store in
            try await store.insert([one, two])
            let count = try await store.setState(
                of: [one.id, two.id, KeyID(domain: "example.test", selector: "mm9")], from: .generated,
                to: .published, at: later)
            #expect(count == 1)
            #expect(try await store.setState(of: [one.id], from: .generated, to: .active, at: later) == 0)
            var moved = one
            moved.state = .published
            moved.stateChangedAt = later
            #expect(try await store.keys(forDomains: ["example.test"]) == [moved, two])
        }
    }

    @Test("a key that is removed keeps its id and loses its private half", arguments: StoreUnderTest.allCases)
    func keyRemoval(_ kind: StoreUnderTest) async throws {
        let one = KeyRecord.sample("example.test", "mm1", .revoked)
        let two = KeyRecord.sample("example.test", "mm2", .active)
        try await kind.run { store in
            try await store.insert([one, two])
            try await store.setState(of: [one.id, two.id], from: .revoked, to: .removed, at: noon)
            var removed = one
            removed.state = .removed
            removed.stateChangedAt = noon
            removed.sealed = .destroyed
            #expect(one.sealed != .destroyed)
            #expect(try await store.keys(forDomains: ["example.test"]) == [removed, two])
            await #expect(throws: (any Error).self) { try await store.insert([one]) }
        }
    }

    @Test("a key's purpose is a part of its id", arguments: StoreUnderTest.allCases)
    func keyPurposes(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            let dkim = KeyRecord.sample("a.test", "k1.writer")
            var agent = dkim
            agent.id.purpose = .agent
            try await store.insert([dkim, agent])
            #expect(try await store.keys(forDomains: ["a.test"]) == [dkim, agent])
            try await store.setState(of: [agent.id], from: .generated, to: .active, at: noon)
            #expect(try await store.keys(forDomains: ["a.test"]).map(\.state) == [.generated, .active])
            await #expect(throws: (any Error).self) { try await store.insert([agent]) }
        }
    }

    // MARK: Agents

    @Test("an approval of a loosening is used once, with the write", arguments: StoreUnderTest.allCases)
    func loosenings(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            func agent(_ mode: OversightMode) -> AgentRegistration {
                AgentRegistration(
                    AgentDeclaration(
                        id: AgentID(rawValue: "one"), domain: name("a.test"), addresses: ["one@a.test"],
                        oversight: mode,
                        span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)), since: noon)
            }
            let consent = AgentConsent.approval(
                .init(
                    id: "lo_1", statement: SHA256.hash([1]), approver: "alice", payload: [1], signature: [2]))
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            let (strict, loose) = (agent(.gatedAll), agent(.autonomous))
            func write(_ before: AgentRegistration?, _ after: AgentRegistration, _ consent: AgentConsent?) async throws
                -> AgentWriteOutcome
            {
                try await store.recordAgents(
                    [AgentWrite(expected: before?.mark, registration: after, consent: consent)], under: lease, at: noon)
            }
            #expect(try await write(nil, strict, nil) == .written)
            // What is refused uses nothing up.
            #expect(try await write(nil, loose, consent) == .moved([strict.id]))
            #expect(try await !store.isUsed(loosening: "lo_1"))
            #expect(try await write(strict, loose, consent) == .written)
            #expect(try await store.isUsed(loosening: "lo_1"))
            // A killed apply that comes back finds it done.
            #expect(try await write(strict, loose, consent) == .written)
            #expect(try await write(loose, strict, nil) == .written)
            #expect(try await write(strict, loose, consent) == .used([strict.id]))
            #expect(try await store.agent(strict.id) == strict)
            #expect(try await write(strict, loose, .flag) == .written)

            #expect(try await store.approvers() == [])
            let alice = RegisteredApprover(
                id: "alice", email: "alice@a.test", publicKey: Array(repeating: 7, count: 32), since: noon)
            var bob = alice
            (bob.id, bob.state) = ("bob", .removed)
            #expect(try await store.recordApprovers([bob, alice], under: lease, at: noon))
            #expect(try await store.approvers() == [alice, bob])
            #expect(try await store.recordApprovers([alice], under: lease, at: noon))
            #expect(try await store.approvers() == [alice])
            #expect(try await !store.recordApprovers([], under: lease, at: noon.addingTimeInterval(60)))
            #expect(try await store.approvers() == [alice])
        }
    }

    @Test("agents are written all or none, by whoever holds the lease", arguments: StoreUnderTest.allCases)
    func agents(_ kind: StoreUnderTest) async throws {
        try await kind.run { store in
            func agent(_ id: String, _ mode: OversightMode = .gatedSend, _ state: AgentRegistration.State = .registered)
                -> AgentRegistration
            {
                AgentRegistration(
                    AgentDeclaration(
                        id: AgentID(rawValue: id), domain: name("a.test"), addresses: ["\(id)@a.test"], oversight: mode,
                        span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)),
                    state: state, since: noon)
            }
            let lease = try #require(try await store.acquireLease(holder: "a", at: noon, for: .seconds(60)).acquired)
            let (one, two) = (agent("one"), agent("two", .monitored))
            #expect(try await store.agents() == [])
            let first = [two, one].map { AgentWrite(expected: nil, registration: $0) }
            #expect(try await store.recordAgents(first, under: lease, at: noon) == .written)
            #expect(try await store.agents() == [one, two])
            #expect(try await store.agent(one.id) == one)
            #expect(try await store.agent(AgentID(rawValue: "three")) == nil)
            // Compare-and-set: the second expects what is not there, so the first is not written either.
            let looser = agent("one", .autonomous)
            let stale = [
                AgentWrite(expected: one.mark, registration: looser),
                AgentWrite(expected: nil, registration: agent("two")),
            ]
            #expect(try await store.recordAgents(stale, under: lease, at: noon) == .moved([two.id]))
            #expect(try await store.agents() == [one, two])
            let revoked = agent("one", .gatedSend, .revoked)
            let revoking = [AgentWrite(expected: one.mark, registration: revoked)]
            #expect(try await store.recordAgents(revoking, under: lease, at: noon) == .written)
            #expect(try await store.agent(one.id) == revoked)
            // What a killed apply had written already stands, and keeps its time.
            let later = AgentRegistration(one.declaration, state: .revoked, since: noon.addingTimeInterval(5))
            let again = [AgentWrite(expected: one.mark, registration: later)]
            #expect(try await store.recordAgents(again, under: lease, at: noon) == .written)
            #expect(try await store.agent(one.id) == revoked)
            // The lease is over.
            let late = noon.addingTimeInterval(60)
            let back = [AgentWrite(expected: revoked.mark, registration: one)]
            #expect(try await store.recordAgents(back, under: lease, at: late) == .leaseLost)
            #expect(try await store.agent(one.id) == revoked)
        }
    }

    // MARK: Embedded zones

    @Test("a zone is made on its first write, and its serial moves on with each", arguments: StoreUnderTest.allCases)
    func zones(_ kind: StoreUnderTest) async throws {
        let apex = name("example.test")
        let soa = StartOfAuthority(
            primary: name("ns.example.test"), mailbox: name("hostmaster.example.test"), serial: .max - 1, refresh: 1,
            retry: 2, expire: 3, minimum: 4)
        let servers = RecordSet(apex, .ns, timeToLiveSeconds: 60, data: [.ns(name("ns.example.test"))])
        let initial = EmbeddedZone(
            authority: ZoneAuthority(apex: apex, startOfAuthority: soa, timeToLiveSeconds: 5), recordSets: [servers])
        let one = text("a.example.test", "1")
        let two = text("a.example.test", "2", seconds: 5)
        try await kind.run { store in
            #expect(try await store.embeddedRecordSets(in: apex, keys: [one.key]) == nil)
            #expect(
                try await store.embeddedZones(changedAfter: 0) == EmbeddedZoneChanges(zones: [], revision: 0))
            // Nothing to change: no zone is made.
            let idle = [RecordSetWrite(key: one.key, expected: nil, replacement: nil)]
            #expect(try await store.writeEmbedded(idle, initial: initial) == [.alreadyThere])
            #expect(try await store.embeddedZones(changedAfter: 0).zones.isEmpty)

            let create = [RecordSetWrite(key: one.key, expected: nil, replacement: one)]
            #expect(try await store.writeEmbedded(create, initial: initial) == [.written])
            #expect(
                try await store.embeddedRecordSets(in: apex, keys: [one.key, servers.key, two.key]) == [
                    one.key: one, servers.key: servers,
                ])
            let first = try await store.embeddedZones(changedAfter: 0)
            #expect(first.zones.map(\.authority.startOfAuthority.serial) == [.max])
            #expect(try await store.embeddedZones(changedAfter: first.revision).zones.isEmpty)

            #expect(try await store.writeEmbedded(create, initial: initial) == [.alreadyThere])
            let wrong = [RecordSetWrite(key: one.key, expected: two, replacement: two)]
            #expect(try await store.writeEmbedded(wrong, initial: initial) == [.conflict(found: one)])
            #expect(try await store.embeddedZones(changedAfter: first.revision).zones.isEmpty)

            let update = [RecordSetWrite(key: one.key, expected: one, replacement: two)]
            #expect(try await store.writeEmbedded(update, initial: initial) == [.written])
            let second = try await store.embeddedZones(changedAfter: first.revision)
            // RFC 1982: round the end, and 0 is left out.
            var expected = initial
            expected.authority.startOfAuthority.serial = 1
            expected.recordSets[two.key] = two
            #expect(second.zones == [expected])

            let delete = [RecordSetWrite(key: one.key, expected: two, replacement: nil)]
            #expect(try await store.writeEmbedded(delete, initial: initial) == [.written])
            #expect(try await store.embeddedRecordSets(in: apex, keys: [one.key]) == [:])
        }
    }
}
