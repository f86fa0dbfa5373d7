import Testing

@testable import Keys

@Suite struct KeyEncryptionKeyTests {
    @Test(arguments: [
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "00112233445566778899AABBCCDDEEFF00112233445566778899AABBCCDDEEFF",
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8",
    ])
    func everyFormGivesTheSameKey(text: String) throws {
        let key = try KeyEncryptionKey(text)
        #expect(Array(key.secret.bytes) == hex("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"))
        #expect(key.checkValue.count == KeySeal.checkOctets)
    }

    @Test(arguments: [
        "", "0011", "00112233445566778899aabbccddeeff00112233445566778899aabbccddeefg",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0",
        "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8==", "ABEiM0RVZneImaq7zN3u_wARIjNEVWZ3iJmqu8zd7v8=",
        " BEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=",
    ])
    func anythingElseIsRefusedAndNotShown(text: String) {
        let error = #expect(throws: KeyringError.self) { try KeyEncryptionKey(text) }
        #expect(error == .malformedKeyEncryptionKey(characterCount: text.utf8.count))
        if text.count >= 8 { #expect(error.map { !"\($0)".contains(text.prefix(8)) } == true) }
    }
}
