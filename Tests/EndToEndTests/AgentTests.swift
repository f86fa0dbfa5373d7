import Foundation
import TestSupport
import Testing

/// Agents from declaration to revocation, and a message's identity, against PowerDNS.
@Suite(.serialized, .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
struct AgentTests {
    private static let zone = "g.test"
    private static let empty = "\"v=AGENTID1; k=ed25519; p=\""
    private static let alice =
        "approvers:\n  alice: { email: a@g.test, public_key: \"ed25519:11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\" }\n"

    /// A PowerDNS with one zone, and what writes the manifest: with these agents, each its flow mapping.
    private func withZone(
        _ run: (PowerDNS, Workspace, (_ agents: [String: String]) throws -> Void) throws -> Void
    ) throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.zone)
        var manifest = TestManifest(
            dnsPort: server.dnsPort, apiPort: server.apiPort,
            domains: [(Self.zone, "{ dkim: { keys: [ed25519], overlap: 3s } }")])
        manifest.defaults = manifest.defaults.replacingOccurrences(of: "dkim: { keys: [ed25519] }, ", with: "")
        let text = manifest.text(zones: [Self.zone])
        let workspace = try Workspace()
        workspace.environment["PDNS_API_KEY"] = PowerDNS.apiKey
        try run(server, workspace) { agents in
            let entries = agents.sorted { $0.key < $1.key }.map { id, body in
                "  \(id): { domain: g.test, addresses: [\(id)@g.test], \(body) }\n"
            }
            try workspace.write("signet.yaml", text + "agents:\n" + entries.joined() + Self.alice)
        }
    }

    private func apply(_ workspace: Workspace, _ flags: String...) throws -> JSON {
        let result = try workspace.start(
            ["apply", "--auto-approve", "--wait", "60s", "--output", "json"] + flags
        ).wait()
        #expect(result.status == 0, "\(result.all)")
        return JSON(try JSONSerialization.jsonObject(with: Data(result.output.utf8)))
    }

    private func keys(_ workspace: Workspace) throws -> [String] {
        try workspace.answer("keys").json["keys"].array.filter { $0["purpose"].string == "agent" }.map {
            "\($0["selector"].string ?? "") \($0["state"].string ?? "")"
        }
    }

    @Test func fromDeclarationToRevocation() throws {
        try withZone { server, workspace, declare in
            func record(_ key: String) throws -> [String]? {
                try server.recordSets(Self.zone)["\(key)._agentid.g.test TXT"]?.contents
            }
            try declare(["writer": "oversight: gated_send", "clerk": "oversight: gated_all"])
            #expect(try workspace.signet("plan", "--exit-code").status == 2)
            #expect(try workspace.answer("agents").json["agents"][0]["state"].isNull)
            let first = try apply(workspace)
            #expect(first["agents"].array.compactMap { $0["action"].string } == ["register", "register"])
            #expect(try keys(workspace) == ["k1.clerk active", "k1.writer active"])
            #expect(try record("k1.writer")?.first?.hasPrefix("\"v=AGENTID1; k=ed25519; p=") == true)
            #expect(try record("k1.writer") != [Self.empty])
            #expect(try workspace.signet("plan", "--exit-code").status == 0)
            let shown = try workspace.answer("agents", "show", "writer").json
            #expect(shown["ready"].bool == true)
            #expect(shown["declaration"]["oversight"].string == "gated_send")

            // Looser only on the user's word; what is refused changes nothing.
            try declare(["writer": "oversight: autonomous", "clerk": "oversight: gated_all"])
            let refused = try workspace.answer("apply", "--auto-approve", "--wait", "60s")
            #expect(refused.status == 1)
            #expect(refused.json["error"]["code"].string == "needs_consent")
            #expect(refused.json["error"]["flag"].string == "--allow-loosening")
            #expect(
                try workspace.answer("agents", "show", "writer").json["declaration"]["oversight"].string
                    == "gated_send")
            _ = try apply(workspace, "--allow-loosening")
            try declare(["writer": "oversight: read_only", "clerk": "oversight: gated_all"])
            _ = try apply(workspace)
            #expect(
                try workspace.answer("agents", "show", "writer").json["declaration"]["oversight"].string
                    == "read_only")

            // A saved plan is good for the agents that it was made from, and for no others.
            try declare(["writer": "oversight: gated_all", "clerk": "oversight: gated_all"])
            #expect(try workspace.signet("plan", "--out", "plan.json").status == 0)
            _ = try apply(workspace, "--allow-loosening")
            #expect(try workspace.signet("apply", "plan.json", "--no-wait", "--allow-loosening").status == 0)

            // Rotation: the next key beside the first, which then retires and is revoked after the overlap.
            #expect(try workspace.signet("keys", "rotate", "writer").status == 0)
            #expect(try workspace.signet("keys", "rotate", "writer").status == 1, "one rotation at a time")
            #expect(try workspace.signet("keys", "rotate", "nobody").status == 1)
            _ = try apply(workspace)
            #expect(try keys(workspace) == ["k1.clerk active", "k1.writer retiring", "k2.writer active"])
            #expect(try record("k1.writer") != [Self.empty] && record("k2.writer") != nil)
            try poll("the overlap is over") {
                try workspace.signet("plan", "--exit-code").status == 2
            }
            _ = try apply(workspace)
            #expect(try record("k1.writer") == [Self.empty])
            #expect(try keys(workspace) == ["k1.clerk active", "k1.writer revoked", "k2.writer active"])

            // Removed from the manifest: revoked, at once and in DNS.
            try declare(["clerk": "oversight: gated_all"])
            #expect(try workspace.signet("drift", "--exit-code").status == 2)
            let last = try apply(workspace)
            #expect(last["agents"].array.compactMap { $0["action"].string } == ["revoke"])
            #expect(try record("k2.writer") == [Self.empty])
            #expect(try keys(workspace) == ["k1.clerk active", "k1.writer revoked", "k2.writer revoked"])
            #expect(try workspace.signet("plan", "--exit-code").status == 0)

            // Back again: looser than it went is still looser, and its numbers go on.
            try declare(["writer": "oversight: autonomous", "clerk": "oversight: gated_all"])
            #expect(try workspace.answer("apply", "--auto-approve").json["error"]["code"].string == "needs_consent")
            _ = try apply(workspace, "--allow-loosening")
            #expect(try keys(workspace).contains("k3.writer active"))
        }
    }

    @Test func aPlanOfAgentsThatMovedIsRefused() throws {
        try withZone { _, workspace, declare in
            try declare(["writer": "oversight: gated_all"])
            #expect(try workspace.signet("plan", "--out", "old.json").status == 0)
            let manifest = try workspace.read("signet.yaml")
            try declare(["writer": "oversight: gated_all, owner: o@g.test"])
            _ = try apply(workspace)
            try workspace.write("signet.yaml", manifest)
            let refused = try workspace.answer("apply", "old.json", "--no-wait")
            #expect(refused.status == 1)
            #expect(["stale_agents", "stale_plan"].contains(refused.json["error"]["code"].string))
        }
    }

    // MARK: identity verify

    /// The Python of `scripts/python-environment`.
    private static let python = Workspace.repository.appendingPathComponent(".build-python/bin/python3").path
    private static let vectors = Workspace.repository.appendingPathComponent("schemas/vectors")

    private struct Keys: Decodable {
        struct Key: Decodable {
            let publicKey: String
            enum CodingKeys: String, CodingKey { case publicKey = "public_key" }
        }
        let keys: [String: Key]
    }

    /// A message that another implementation signed, verified by ours with what a real name server says.
    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: python), "needs scripts/python-environment"))
    func identity() throws {
        let keys = try JSONDecoder().decode(
            Keys.self, from: try Data(contentsOf: Self.vectors.appendingPathComponent("agent-identity.json"))
        ).keys
        try withZone { server, workspace, declare in
            try declare(["writer": "oversight: gated_all"])
            try server.put(
                Self.zone, "k1.writer._agentid.g.test", "TXT", ttl: 2,
                ["\"v=AGENTID1; k=ed25519; p=\(keys["agent"]!.publicKey)\""])
            try server.put(
                Self.zone, "mm2._domainkey.g.test", "TXT", ttl: 2,
                ["\"v=DKIM1; k=ed25519; p=\(keys["domain"]!.publicKey)\""])
            try workspace.write("plain.eml", "From: W <writer@g.test>\r\nTo: a@x.test\r\nSubject: s\r\n\r\nbody\r\n")
            let signed = try ChildProcess.run(
                "/bin/bash",
                [
                    "-c", #""$0" "$1" --sign "$2" g.test writer mm2 < plain.eml"#, Self.python,
                    Self.vectors.appendingPathComponent("agent_identity.py").path,
                    String(Int(Date().timeIntervalSince1970)),
                ], in: workspace.folder)
            #expect(signed.status == 0, "\(signed.error)")
            let message = signed.output
            func verdict(_ text: String) throws -> (status: Int32, verdict: String?) {
                try workspace.write("message.eml", text)
                let answer = try workspace.answer("identity", "verify", "message.eml")
                return (answer.status, answer.json["verdict"].string)
            }
            #expect(try verdict(message) == (0, "valid"))
            // A file whose lines end as the system likes them.
            #expect(try verdict(message.replacingOccurrences(of: "\r\n", with: "\n")) == (0, "valid"))
            #expect(try verdict(message + "-- \r\na list\r\n") == (4, "claims-valid-body-altered"))
            #expect(try verdict(message.replacingOccurrences(of: "Subject: s", with: "Subject: t")) == (4, "fail"))
            #expect(try verdict(workspace.read("plain.eml")) == (4, "none"))
            #expect(try workspace.signet("identity", "verify", "nothing.eml").status == 1)

            try server.put(Self.zone, "k1.writer._agentid.g.test", "TXT", ttl: 2, [Self.empty])
            try poll("the server says revoked") { try verdict(message).verdict == "revoked" }
            #expect(try verdict(message) == (4, "revoked"))
            server.stop()
            #expect(try verdict(message) == (1, "temperror"))
        }
    }
}
