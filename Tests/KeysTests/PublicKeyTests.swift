import Testing

@testable import Keys

@Suite struct PublicKeyTests {
    @Test func readsBothFormsOfAnRSAKey() throws {
        let key = try PrivateKey.generate(.rsa2048).publicKey
        let info = key.subjectPublicKeyInfo
        #expect(key.modulusBits == 2048)
        #expect(key.raw == nil)
        // SEQUENCE(4) AlgorithmIdentifier(15) BIT STRING(4) unused bits(1): what is left is RSAPublicKey.
        let fromPKCS1 = try #require(PublicKey(pkcs1: Array(info.dropFirst(24))))
        #expect(fromPKCS1 == key)
        #expect(fromPKCS1.subjectPublicKeyInfo == info)
        #expect(PublicKey(subjectPublicKeyInfo: Array(info.dropFirst(24))) == nil)
        #expect(PublicKey(pkcs1: info) == nil)
    }

    @Test func everyCutAndEveryTrailingOctetIsRefused() throws {
        for algorithm in [KeyAlgorithm.rsa2048, .ed25519] {
            let info = try PrivateKey.generate(algorithm).publicKey.subjectPublicKeyInfo
            for count in 0..<info.count {
                #expect(PublicKey(subjectPublicKeyInfo: Array(info.prefix(count))) == nil)
            }
            #expect(PublicKey(subjectPublicKeyInfo: info + [0]) == nil)
        }
    }

    static func pkcs1(modulus: [UInt8], exponent: [UInt8]) -> [UInt8] {
        DERReader.element(
            DERReader.Tag.sequence, DERReader.integer(modulus[...]) + DERReader.integer(exponent[...]))
    }

    @Test func refusesNumbersThatAreNoKey() {
        let modulus = [UInt8](repeating: 0xA5, count: 256)
        #expect(PublicKey(pkcs1: Self.pkcs1(modulus: modulus, exponent: [1, 0, 1])) != nil)
        #expect(PublicKey(pkcs1: Self.pkcs1(modulus: modulus, exponent: [1])) == nil)
        #expect(PublicKey(pkcs1: Self.pkcs1(modulus: modulus, exponent: [2])) == nil)
        #expect(PublicKey(pkcs1: Self.pkcs1(modulus: modulus.dropLast() + [2], exponent: [3])) == nil)
        #expect(PublicKey(pkcs1: Self.pkcs1(modulus: modulus, exponent: [UInt8](repeating: 3, count: 9))) == nil)
        let huge = [UInt8](repeating: 0xFF, count: PublicKey.modulusBitsMax / 8 + 1)
        #expect(PublicKey(pkcs1: Self.pkcs1(modulus: huge, exponent: [3])) == nil)
    }

    @Test func rawEd25519HasThirtyTwoOctets() {
        #expect(PublicKey(rawEd25519: [UInt8](repeating: 1, count: 31)) == nil)
        #expect(PublicKey(rawEd25519: [UInt8](repeating: 1, count: 33)) == nil)
        let raw = hex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        let key = PublicKey(rawEd25519: raw)
        #expect(key?.raw == raw)
        #expect(key?.subjectPublicKeyInfo == hex("302a300506032b6570032100") + raw)
    }
}
