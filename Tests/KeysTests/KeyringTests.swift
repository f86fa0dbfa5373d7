import FoundationEssentials
import Testing

@testable import Keys

@Suite struct KeyringTests {
    static let time = Date(timeIntervalSince1970: 1_790_000_000)
    static let keyText = "c0ffee00c0ffee11c0ffee22c0ffee33c0ffee44c0ffee55c0ffee66c0ffee77"
    static let first = KeyID(domain: "a.example", selector: "s1")
    static let second = KeyID(domain: "b.example", selector: "s1")

    static func keyring(_ store: MemoryKeyStore, key: String = keyText) throws -> Keyring {
        Keyring(store: store, keyEncryptionKey: try KeyEncryptionKey(key), parallelism: 2)
    }

    @Test func generatesStoresAndSigns() async throws {
        let store = MemoryKeyStore()
        let keyring = try Self.keyring(store)
        let records = try await keyring.generate([(Self.second, .ed25519), (Self.first, .rsa2048)], at: Self.time)
        #expect(records.map(\.id) == [Self.second, Self.first])
        #expect(records.map(\.algorithm) == [.ed25519, .rsa2048])
        #expect(records.allSatisfy { $0.state == .generated && $0.createdAt == Self.time })
        #expect(await store.records[Self.first] == records[1])

        // A new keyring over the same store: what a restart is.
        let again = try Self.keyring(store)
        for record in records {
            let signer = try await again.signer(for: record.id)
            #expect(signer.publicKey.subjectPublicKeyInfo == record.publicKey)
            #expect(signer.publicKey.verify(try signer.sign([1, 2, 3]), of: [1, 2, 3]))
            #expect(try await again.signer(for: record.id) === signer)
        }
    }

    @Test func openedSignersAreDroppedAfterTheirTime() async throws {
        let store = MemoryKeyStore()
        let (ends, end) = AsyncStream<Void>.makeStream()
        let keyring = Keyring(
            store: store, keyEncryptionKey: try KeyEncryptionKey(Self.keyText), parallelism: 2,
            sleep: { duration in
                #expect(duration == Keyring.signersAge)
                for await _ in ends { return }
            })
        _ = try await keyring.generate([(Self.first, .ed25519)], at: Self.time)
        let signer = try await keyring.signer(for: Self.first)
        #expect(try await keyring.signer(for: Self.first) === signer)
        end.yield()
        for _ in 0..<100_000 where await keyring.openedSigners > 0 { await Task.yield() }
        #expect(await keyring.openedSigners == 0)
        #expect(try await keyring.signer(for: Self.first) !== signer)
    }

    @Test func anIDThatExistsIsNeverGeneratedAgain() async throws {
        let store = MemoryKeyStore()
        let keyring = try Self.keyring(store)
        let before = try await keyring.generate([(Self.first, .ed25519)], at: Self.time)
        let after = try await keyring.generate(
            [(Self.first, .rsa2048), (Self.second, .ed25519), (Self.second, .ed25519)], at: Self.time + 60)
        #expect(after.count == 3)
        #expect(after[0] == before[0])
        #expect(after[1] == after[2])
        #expect(await store.records.count == 3, "two keys and the check record")
    }

    @Test func batchesOfKeysKeepTheirOrder() async throws {
        let store = MemoryKeyStore()
        let wanted = (0..<Keyring.batchSize + 7).map {
            (KeyID(domain: "d\($0).example", selector: "s"), KeyAlgorithm.ed25519)
        }
        let records = try await Self.keyring(store).generate(wanted, at: Self.time)
        #expect(records.map(\.id) == wanted.map(\.0))
        #expect(Set(records.map(\.publicKey)).count == wanted.count)
        #expect(await store.insertCount == 2)
    }

    @Test func aLostAnswerOfTheStoreIsLookedUp() async throws {
        let store = MemoryKeyStore(failures: [.afterWriting])
        let records = try await Self.keyring(store).generate([(Self.first, .ed25519)], at: Self.time)
        #expect(await store.records[Self.first] == records[0])
        #expect(await store.insertCount == 1)
    }

    @Test func anotherProcessesKeyWins() async throws {
        let other = MemoryKeyStore()
        let theirs = try await Self.keyring(other).generate([(Self.first, .ed25519)], at: Self.time)
        let store = MemoryKeyStore(failures: [.otherProcessFirst(Array(await other.records.values))])
        let records = try await Self.keyring(store).generate(
            [(Self.first, .ed25519), (Self.second, .ed25519)], at: Self.time)
        #expect(records[0] == theirs[0])
        #expect(await store.records[Self.second] == records[1])
    }

    @Test func aStoreThatRefusesIsReported() async throws {
        let store = MemoryKeyStore(failures: [.beforeWriting])
        let keyring = try Self.keyring(store)
        await #expect(throws: KeyringError.store("Refused()")) {
            try await keyring.generate([(Self.first, .ed25519)], at: Self.time)
        }
        #expect(await store.records.isEmpty)
    }

    @Test func aWrongKeyEncryptionKeyStopsBeforeAnythingIsGenerated() async throws {
        let store = MemoryKeyStore()
        _ = try await Self.keyring(store).generate([(Self.first, .ed25519)], at: Self.time)
        let wrong = try Self.keyring(store, key: String(repeating: "11", count: 32))
        // A domain without any key: only the check record can tell.
        await #expect(throws: KeyringError.wrongKeyEncryptionKey(key: "check._domainkey.keyring.invalid")) {
            try await wrong.generate([(Self.second, .ed25519)], at: Self.time)
        }
        await #expect(throws: KeyringError.wrongKeyEncryptionKey(key: "s1._domainkey.a.example")) {
            try await wrong.signer(for: Self.first)
        }
        #expect(await store.records.count == 2)
        #expect(await store.records[Self.second] == nil)
    }

    @Test func aKeyThatIsMissingOrSwappedIsRefused() async throws {
        let store = MemoryKeyStore()
        let keyring = try Self.keyring(store)
        await #expect(throws: KeyringError.noSuchKey(key: "s1._domainkey.a.example")) {
            try await keyring.signer(for: Self.first)
        }
        let records = try await keyring.generate([(Self.first, .ed25519), (Self.second, .ed25519)], at: Self.time)
        var swapped = records[0]
        swapped.publicKey = records[1].publicKey
        await store.replace(swapped)
        await #expect(throws: KeyringError.damagedKey(key: "s1._domainkey.a.example")) {
            try await keyring.signer(for: Self.first)
        }
    }

    @Test func nothingThatPrintsShowsKeyMaterial() async throws {
        let store = MemoryKeyStore()
        let key = try KeyEncryptionKey(Self.keyText)
        let keyring = Keyring(store: store, keyEncryptionKey: key)
        let records = try await keyring.generate([(Self.first, .ed25519)], at: Self.time)
        let signer = try await keyring.signer(for: Self.first)
        let opened = try KeySeal(key: key).open(records[0].sealed, as: Self.first)
        let seed = Array(try opened.encoded().bytes.suffix(32))

        var shown = ""
        dump(key, to: &shown)
        dump(signer, to: &shown)
        dump(try opened.encoded(), to: &shown)
        dump(keyring, to: &shown)
        shown += "\(key) \(String(reflecting: key)) \(signer) \(String(reflecting: signer))"
        let errors: [KeyringError] = [
            .malformedKeyEncryptionKey(characterCount: 3), .wrongKeyEncryptionKey(key: "k"), .damagedKey(key: "k"),
            .unknownFormat(key: "k", version: 9), .noSuchKey(key: "k"), .store("s"), .cryptography("c"),
        ]
        shown += errors.map { "\($0)" }.joined()
        let seedHex = seed.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let seedDecimal = seed.prefix(4).map(String.init).joined(separator: ", ")
        for secret in [
            Self.keyText, String(Self.keyText.prefix(8)), "192, 255, 238", String(seedHex.prefix(8)), seedDecimal,
        ] {
            #expect(!shown.lowercased().contains(secret))
        }
        #expect(shown.contains("not shown"), "the marker test sees what is printed")
    }
}
