import Foundation
import TestSupport
import Testing

/// Acceptance i: no private key, token or key-encryption key in any output, plan, log, error or stored octet.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
struct MarkerTests {
    private static let zone = "i.test"

    /// What must never be seen, with what it is.
    private static func markers() throws -> [(what: String, octets: [UInt8])] {
        let digits = Array(Workspace.keyEncryptionKey)
        let raw = stride(from: 0, to: digits.count, by: 2).map { UInt8(String(digits[$0...($0 + 1)]), radix: 16)! }
        let base64 = Data(raw).base64EncodedString()
        return [
            ("the key-encryption key in hexadecimal", Array(Workspace.keyEncryptionKey.utf8)),
            ("the key-encryption key in upper case", Array(Workspace.keyEncryptionKey.uppercased().utf8)),
            ("the key-encryption key in base64", Array(base64.dropLast(2).utf8)),
            ("the key-encryption key itself", raw),
            ("the API key", Array(PowerDNS.apiKey.utf8)),
            ("the API key in base64", Array(Data(PowerDNS.apiKey.utf8).base64EncodedString().dropLast(4).utf8)),
            ("a literal secret", Array("marker-literal-77aa31".utf8)),
            ("a malformed key-encryption key", Array("marker-malformed-kek-19c2".utf8)),
            ("a PEM private key", Array("PRIVATE KEY".utf8)),
            // RFC 8410 §7: the fixed head of an Ed25519 key in PKCS#8, then the key.
            ("an Ed25519 private key", [0x30, 0x2E, 2, 1, 0, 0x30, 5, 6, 3, 0x2B, 0x65, 0x70, 4, 0x22, 4, 0x20]),
            ("an Ed25519 private key in base64", Array("MC4CAQAwBQYDK2VwBCIEI".utf8)),
            // RFC 5958 §2: version 0, rsaEncryption; a SubjectPublicKeyInfo has no version.
            (
                "an RSA private key",
                [2, 1, 0, 0x30, 0x0D, 6, 9, 0x2A, 0x86, 0x48, 0x86, 0xF7, 0x0D, 1, 1, 1, 5, 0, 4, 0x82]
            ),
            ("an RSA private key in base64", Array("AgEAMA0GCSqGSIb3DQEBAQUABIIE".utf8)),
            ("an RSA private key in base64", Array("IBADANBgkqhkiG9w0BAQEFAASCB".utf8)),
            // RFC 8017 A.1.2: RSAPrivateKey begins with version 0 and the modulus.
            ("an RSA private key in PKCS#1", [2, 1, 0, 2, 0x82, 1, 1, 0]),
            ("an RSA private key in PKCS#1 and base64", Array("IBAAKCAQEA".utf8)),
        ]
    }

    private static func search(_ octets: [UInt8], _ place: String) throws {
        let data = Data(octets)
        for (what, marker) in try markers() {
            #expect(data.range(of: Data(marker)) == nil, "\(what) in \(place)")
        }
    }

    @Test func theSearchFindsWhatItLooksFor() throws {
        for (_, marker) in try Self.markers() {
            let hidden = Data([1, 2, 3] + marker + [4])
            #expect(hidden.range(of: Data(marker)) != nil)
        }
        // The heads of real keys, as OpenSSL writes them.
        for arguments in [["-algorithm", "ed25519"], ["-algorithm", "rsa", "-pkeyopt", "rsa_keygen_bits:2048"]] {
            let file = FileManager.default.temporaryDirectory.appendingPathComponent("signet-\(UUID().uuidString).der")
            defer { try? FileManager.default.removeItem(at: file) }
            let made = try ChildProcess.run(
                "/usr/bin/openssl", ["genpkey"] + arguments + ["-outform", "DER", "-out", file.path])
            #expect(made.status == 0, "\(made.all)")
            let key = try Data(contentsOf: file)
            #expect(try Self.markers().contains { key.range(of: Data($0.octets)) != nil })
            let text = Data(key.base64EncodedString().utf8)
            #expect(try Self.markers().contains { text.range(of: Data($0.octets)) != nil })
        }
    }

    @Test func noCommandShowsASecret() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        let manifest = TestManifest(
            dnsPort: server.dnsPort, apiPort: server.apiPort,
            domains: [(Self.zone, "{ dkim: { keys: [rsa2048, ed25519] }, dmarc: { policy: quarantine } }")])
        let text = manifest.text(zones: [Self.zone])
        let workspace = try Workspace(manifest: text)
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        var runs = 0

        func run(_ arguments: [String], expecting: Set<Int32>? = nil) throws {
            for format in ["human", "json", "markdown"] {
                let result = try workspace.start(arguments + ["--output", format]).wait()
                if let expecting {
                    #expect(expecting.contains(result.status), "\(arguments) \(format): \(result.status) \(result.all)")
                }
                try Self.search(Array(result.all.utf8), "the output of signet \(arguments.joined(separator: " "))")
                runs += 1
            }
        }

        // Before, while and after there is something to do.
        for command in [["validate"], ["plan"], ["records"], ["status"], ["keys", "list"]] {
            try run(command, expecting: [0])
        }
        try run(["plan", "--out", "plan.json"], expecting: [0])
        try run(["keys", "generate"], expecting: [0])
        try run(["apply", "--auto-approve", "--no-wait"], expecting: [0, 3])
        try run(["wait", "--timeout", "30s"])
        try run(["apply", "--auto-approve", "--wait", "60s"], expecting: [0])
        for command in [["plan"], ["drift"], ["verify"], ["wait"], ["status"], ["records"], ["keys", "list"]] {
            try run(command, expecting: [0])
        }
        try run(["fmt", "--check"], expecting: [0, 1])
        try run(["explain", "SPF102"], expecting: [0])

        // Every way to fail with a secret at hand.
        try run(["apply", "plan.json", "--no-wait"])
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey + "\r\nX-Injected: yes"
        try server.put(Self.zone, "_dmarc.i.test", "TXT", ttl: 2, ["\"v=DMARC1; p=reject\""])
        try run(["apply", "--auto-approve", "--no-wait"], expecting: [1])
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey + "-wrong"
        try run(["plan"])
        try run(["apply", "--auto-approve", "--no-wait"], expecting: [1])
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey

        try workspace.write("kek", "marker-malformed-kek-19c2\n")
        try workspace.write("signet.yaml", text.replacing("rsa2048, ed25519", with: "rsa2048, ed25519, ed25519"))
        try run(["keys", "generate"], expecting: [1])
        try run(["apply", "--auto-approve", "--no-wait"], expecting: [1])
        try workspace.write("kek", String(Workspace.keyEncryptionKey.dropLast()) + "\n")
        try run(["keys", "generate"], expecting: [1])
        try workspace.write("kek", Workspace.keyEncryptionKey + "\n")

        // Secrets where they do not belong, and mistakes right beside a reference.
        for broken in [
            text.replacing("{ env: PDNS_API_KEY }", with: "marker-literal-77aa31"),
            text.replacing("{ env: PDNS_API_KEY }", with: "\"marker-literal-77aa31"),
            text.replacing("{ env: PDNS_API_KEY }", with: "[marker-literal-77aa31]"),
            text.replacing("{ file: kek }", with: Workspace.keyEncryptionKey),
            text.replacing("{ file: kek }", with: "{ literal: \(Workspace.keyEncryptionKey) }"),
        ] {
            try workspace.write("signet.yaml", broken)
            for command in [["validate"], ["plan"], ["fmt", "--check"], ["apply", "--auto-approve", "--no-wait"]] {
                try run(command, expecting: [1])
            }
        }
        #expect(runs > 80)

        // What lies on disk: the plan, the state and its journals.
        let files = try FileManager.default.contentsOfDirectory(at: workspace.folder, includingPropertiesForKeys: nil)
            .filter { !["kek", "signet.yaml"].contains($0.lastPathComponent) }
        let names = files.map(\.lastPathComponent)
        #expect(names.contains("plan.json") && names.contains("state.db"))
        for file in files { try Self.search(Array(try Data(contentsOf: file)), file.lastPathComponent) }
    }

    /// The state is for its owner alone.
    @Test func theStateIsUnreadableForOthers() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        let manifest = TestManifest(dnsPort: server.dnsPort, apiPort: server.apiPort, domains: [(Self.zone, "{}")])
        let workspace = try Workspace(manifest: manifest.text(zones: [Self.zone]))
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        #expect(try workspace.signet("apply", "--auto-approve", "--no-wait").status == 0)
        #expect(try workspace.signet("plan", "--out", "plan.json").status == 0)
        for name in ["state.db", "plan.json"] {
            let attributes = try FileManager.default.attributesOfItem(atPath: workspace.path(name))
            let mode = (attributes[.posixPermissions] as? NSNumber)?.intValue ?? 0
            #expect(mode & 0o077 == 0, "\(name) has mode \(String(mode, radix: 8))")
        }
    }
}
