import Keys
import MailAuth
import Testing

@Suite struct DKIMRecordTests {
    // RFC 6376 appendix C, RFC 8463 appendix A.2.
    static let rsa = """
        v=DKIM1; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYt
        IxN2SnFCjxOCKG9v3b4jYfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhi
        tdY9tf6mcwGjaNBcWToIMmPSPDdQPNUYckcQ2QIDAQAB
        """
    static let ed25519 = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

    @Test func readsTheRFCsKeys() throws {
        let rsa = try DKIMRecord(Self.rsa)
        #expect(rsa.publicKey?.modulusBits == 1024)
        #expect(rsa.keyType == .rsa)
        let ed25519 = try DKIMRecord(Self.ed25519)
        #expect(ed25519.publicKey?.raw?.prefix(4) == [0xd7, 0x5a, 0x98, 0x01])
        #expect(ed25519.text == Self.ed25519)
        // The same key as RSAPublicKey: what stands inside SubjectPublicKeyInfo.
        let info = try #require(rsa.publicKey?.subjectPublicKeyInfo)
        #expect(try DKIMRecord("p=" + base64(Array(info.dropFirst(22)))).publicKey == rsa.publicKey)
        // RFC 8463 §4 wants the bare 32 octets.
        #expect(throws: DKIMRecordError.badKey(.ed25519)) {
            try DKIMRecord("k=ed25519;p=" + base64(ed25519.publicKey!.subjectPublicKeyInfo))
        }
    }

    @Test func readsEveryTag() throws {
        let key = Self.ed25519.split(separator: "p=")[1]
        let record = try DKIMRecord("v=DKIM1; h=SHA1 : sha256; k=Ed25519; n=a note; s=email:x; t=y:s; z=1; p=\(key);")
        #expect(record.hashAlgorithms == ["sha1", "sha256"])
        #expect(record.services == ["email", "x"])
        #expect(record.isTesting && record.isStrict)
        #expect(record.notes == "a note")
        #expect(record.text == "v=DKIM1; h=sha1:sha256; k=ed25519; n=a note; s=email:x; t=y:s; p=\(key)")
        #expect(try DKIMRecord(record.text) == record)
    }

    @Test func anEmptyKeyIsRevoked() throws {
        #expect(try DKIMRecord("v=DKIM1; p=").publicKey == nil)
        #expect(try DKIMRecord("v=DKIM1; k=ed25519; p= ;") == DKIMRecord.revoked(.ed25519))
        #expect(DKIMRecord.revoked().text == "v=DKIM1; k=rsa; p=")
    }

    @Test(arguments: [
        ("", DKIMRecordError.syntax(.malformed(""))),
        ("v=DKIM1", .missingKey),
        ("v=dkim1; p=", .version("dkim1")),
        ("p=; v=DKIM1", .version("DKIM1")),
        ("v=DKIM1; k=dsa; p=", .unknownKeyType("dsa")),
        ("v=DKIM1; p=; p=", .syntax(.duplicate("p"))),
        ("v=DKIM1; p=!!", .badBase64),
        ("v=DKIM1; p=AAAA", .badKey(.rsa)),
        ("v=DKIM1; k=ed25519; p=AAAA", .badKey(.ed25519)),
        ("v=DKIM1\\; p=", .version("DKIM1\\")),
        ("site-verification", .syntax(.malformed("site-verification"))),
    ])
    func refuses(text: String, error: DKIMRecordError) {
        #expect(throws: error) { try DKIMRecord(text) }
    }

    @Test func aKeyOfTheOtherTypeIsRefused() throws {
        let rsa = Self.rsa.replacing("v=DKIM1", with: "v=DKIM1; k=ed25519")
        #expect(throws: DKIMRecordError.badKey(.ed25519)) { try DKIMRecord(rsa) }
        let ed25519 = try #require(try DKIMRecord(Self.ed25519).publicKey)
        #expect(throws: DKIMRecordError.badKey(.rsa)) {
            try DKIMRecord("p=" + base64(ed25519.subjectPublicKeyInfo))
        }
    }

    private func base64(_ octets: [UInt8]) -> String {
        // Of whole groups and rest, by the alphabet's own definition.
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
        let bits = octets.flatMap { octet in (0..<8).map { octet >> (7 - $0) & 1 } }
        let padded = bits + [UInt8](repeating: 0, count: (6 - bits.count % 6) % 6)
        let digits = stride(from: 0, to: padded.count, by: 6).map { start in
            alphabet[padded[start..<start + 6].reduce(0) { $0 << 1 | Int($1) }]
        }
        return String(digits) + String(repeating: "=", count: (4 - digits.count % 4) % 4)
    }
}
