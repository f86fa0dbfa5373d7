import Testing

@testable import Keys

@Suite struct KeySealTests {
    static let id = KeyID(domain: "d.example", selector: "s1")
    let seal: KeySeal

    init() throws {
        seal = KeySeal(key: try KeyEncryptionKey(String(repeating: "5a", count: 32)))
    }

    @Test(arguments: [KeyAlgorithm.rsa2048, .ed25519])
    func opensWhatItSealed(algorithm: KeyAlgorithm) throws {
        let key = try PrivateKey.generate(algorithm)
        let sealed = try seal.seal(key, as: Self.id)
        #expect(Array(sealed.octets.prefix(5)) == Array("SGNT".utf8) + [1])
        let opened = try seal.open(sealed, as: Self.id)
        #expect(opened.publicKey == key.publicKey)
        let message = Array("message".utf8)
        #expect(key.publicKey.verify(try Signer(opened).sign(message), of: message))
        #expect(try seal.seal(key, as: Self.id) != sealed, "the nonce is new each time")
    }

    @Test func everyChangedOctetIsNoticed() throws {
        let sealed = try seal.seal(try PrivateKey.generate(.ed25519), as: Self.id)
        for index in sealed.octets.indices {
            for mask in [UInt8(0x01), 0x80, 0xFF] {
                var octets = sealed.octets
                octets[index] ^= mask
                #expect(throws: KeyringError.self, "octet \(index)") {
                    try seal.open(SealedPrivateKey(octets: octets), as: Self.id)
                }
            }
        }
        for count in sealed.octets.indices {
            #expect(throws: KeyringError.self, "cut to \(count)") {
                try seal.open(SealedPrivateKey(octets: Array(sealed.octets.prefix(count))), as: Self.id)
            }
        }
        #expect(throws: KeyringError.damagedKey(key: Self.id.description)) {
            try seal.open(SealedPrivateKey(octets: sealed.octets + [0]), as: Self.id)
        }
    }

    @Test func aBlobDoesNotOpenForAnotherPurpose() throws {
        let key = try PrivateKey.generate(.ed25519)
        let dkim = KeyID(domain: "d.example", selector: "k1.writer")
        let agent = KeyID(domain: "d.example", selector: "k1.writer", purpose: .agent)
        #expect(agent.description == "k1.writer._agentid.d.example")
        for (one, other) in [(dkim, agent), (agent, dkim)] {
            let sealed = try seal.seal(key, as: one)
            #expect(try seal.open(sealed, as: one).publicKey == key.publicKey)
            #expect(throws: KeyringError.damagedKey(key: other.description)) { try seal.open(sealed, as: other) }
        }
    }

    @Test func theOrderOfKeys() {
        let ids = ["k10.b", "k2.b", "k1.c", "k1.a"].map { KeyID(domain: "d", selector: $0, purpose: .agent) }
        let dkim = KeyID(domain: "d", selector: "z")
        #expect((ids + [dkim]).sorted().map(\.selector) == ["z", "k1.a", "k2.b", "k10.b", "k1.c"])
    }

    @Test func aBlobDoesNotOpenAsAnotherKey() throws {
        let sealed = try seal.seal(try PrivateKey.generate(.ed25519), as: Self.id)
        // The last two have the same octets end to end, so that only the lengths tell them apart.
        for (domain, selector) in [("d.example", "s2"), ("e.example", "s1"), ("d.examples", "1"), ("d.exampl", "es1")] {
            let other = KeyID(domain: domain, selector: selector)
            #expect(throws: KeyringError.damagedKey(key: other.description)) { try seal.open(sealed, as: other) }
        }
    }

    @Test func anotherKeyEncryptionKeyIsNamedAsSuch() throws {
        let sealed = try seal.seal(try PrivateKey.generate(.ed25519), as: Self.id)
        let other = KeySeal(key: try KeyEncryptionKey(String(repeating: "5b", count: 32)))
        #expect(throws: KeyringError.wrongKeyEncryptionKey(key: "s1._domainkey.d.example")) {
            try other.open(sealed, as: Self.id)
        }
        var octets = sealed.octets
        octets[4] = 2
        #expect(throws: KeyringError.unknownFormat(key: Self.id.description, version: 2)) {
            try seal.open(SealedPrivateKey(octets: octets), as: Self.id)
        }
    }
}
