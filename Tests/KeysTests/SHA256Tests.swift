import FoundationEssentials
import Keys
import Testing

@Suite struct SHA256Tests {
    // FIPS 180-4 examples, and a message of exactly one block.
    @Test(arguments: [
        ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (
            "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
            "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
        ),
    ])
    func hashesTheStandardsExamples(message: String, expected: String) {
        #expect(SHA256.hash(Array(message.utf8)).hex == expected)
    }

    @Test func piecesGiveTheSameDigestAsTheWhole() {
        let message = (0..<1000).map { UInt8(truncatingIfNeeded: $0) }
        for size in [1, 7, 63, 64, 65, 999, 1000] {
            var hash = SHA256()
            for start in stride(from: 0, to: message.count, by: size) {
                hash.update(message[start..<min(start + size, message.count)])
            }
            #expect(hash.digestSoFar() == SHA256.hash(message))
            #expect(hash.finish() == SHA256.hash(message))
        }
    }

    @Test func digestIsOneText() throws {
        let digest = SHA256.hash([])
        #expect(SHA256Digest(digest.description) == digest)
        #expect(SHA256Digest(digest.description.uppercased()) == nil)
        #expect(SHA256Digest(digest.hex) == nil)
        #expect(SHA256Digest("sha256:" + digest.hex.dropLast()) == nil)
        let json = try JSONEncoder().encode([digest])
        #expect(String(decoding: json, as: UTF8.self) == #"["sha256:\#(digest.hex)"]"#)
        #expect(try JSONDecoder().decode([SHA256Digest].self, from: json) == [digest])
        #expect(throws: DecodingError.self) {
            try JSONDecoder().decode([SHA256Digest].self, from: Data(#"["sha256:00"]"#.utf8))
        }
    }
}
