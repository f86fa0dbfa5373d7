import Foundation
import Keys
import Operations
import Testing

@Suite struct AccessTokenTests {
    private static let text = "sgt_aaaaaaaaaaaaaaaa_" + String(repeating: "b", count: 52)

    @Test func aTokenIsReadBackAsItself() throws {
        let token = try #require(AccessToken(Self.text))
        #expect(token.revealed == Self.text)
        #expect(token.id.rawValue == "aaaaaaaaaaaaaaaa")
        // Of the whole text: printf | sha256sum.
        #expect(token.digest == SHA256.hash(Array(Self.text.utf8)))
    }

    @Test(arguments: [
        "", "sgt_", text + "b", String(text.dropLast()), text.uppercased(), " " + text, text + "\n",
        text.replacingOccurrences(of: "sgt_", with: "sgx_"), text.replacingOccurrences(of: "_b", with: "-b"),
        String(text.dropLast()) + "1", String(text.dropLast()) + "é",
        "sgt_aaaaaaaaaaaaaaa1_" + String(repeating: "b", count: 52),
    ])
    func whatIsNoTokenIsNone(text: String) {
        #expect(AccessToken(text) == nil)
    }

    @Test func printingOneShowsItsIDAlone() throws {
        let token = try #require(AccessToken(Self.text))
        var dumped = ""
        dump(token, to: &dumped)
        for shown in ["\(token)", String(reflecting: token), String(describing: Optional(token)), dumped] {
            #expect(!shown.contains("bbbb"), "\(shown)")
        }
    }

    @Test func idsAreMadeOfEightyBits() {
        #expect(TokenID(random: [UInt8](repeating: 0, count: 10)).rawValue == "aaaaaaaaaaaaaaaa")
        #expect(TokenID(random: [UInt8](repeating: 0xFF, count: 10)).rawValue == "7777777777777777")
        // RFC 4648 §10: "foobarfoob", by `base32`.
        #expect(TokenID(random: Array("foobarfoob".utf8)).rawValue == "mzxw6ytbojtg633c")
    }

    @Test func digestsAreComparedWhole() {
        let one = SHA256.hash([1])
        #expect(one.isEqualInConstantTime(to: SHA256.hash([1])))
        for index in 0..<32 {
            var octets = one.octets
            octets[index] ^= 1
            #expect(!one.isEqualInConstantTime(to: SHA256Digest(octets: octets)!))
        }
    }

    @Test func sendAndOversightNeverStandTogether() {
        for bits in 0..<16 {
            let scopes = Set(TokenScope.allCases.enumerated().filter { bits >> $0.offset & 1 == 1 }.map(\.element))
            #expect((TokenScope.conflict(in: scopes) != nil) == scopes.isSuperset(of: [.send, .oversight]))
        }
    }

    @Test(arguments: [
        (nil as Double?, nil as Double?, TokenRecord.State.active), (1, nil, .active), (0, nil, .expired),
        (-1, nil, .expired), (nil, -5, .revoked), (-1, -5, .revoked), (nil, 5, .revoked),
    ])
    func statesGoByTime(expiresIn: Double?, revokedIn: Double?, state: TokenRecord.State) {
        let now = Date(timeIntervalSince1970: 1_795_521_600)
        let record = TokenRecord(
            id: TokenID(random: [UInt8](repeating: 0, count: 10)), name: "t", digest: SHA256.hash([]),
            scopes: [.send], createdAt: now, expiresAt: expiresIn.map { now.addingTimeInterval($0) },
            revokedAt: revokedIn.map { now.addingTimeInterval($0) })
        #expect(record.state(at: now) == state)
    }
}
