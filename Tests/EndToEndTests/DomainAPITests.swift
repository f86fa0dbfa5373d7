import Foundation
import TestSupport
import Testing

/// Domains that are declared through the API, by the real binary and on real name servers.
@Suite struct DomainAPITests {
    private static let python = Workspace.repository.appending(path: ".build-python/bin/python3").path
    private static let hasRequests = FileManager.default.fileExists(
        atPath: Workspace.repository.appending(path: ".build-python/bin/st").path)

    /// A manifest that has the agent and not its domain, whose zone a PowerDNS serves.
    private static func manifest(_ place: ServedPlace, _ dns: PowerDNS, zone: String) throws -> String {
        try place.workspace.read("signet.yaml")
            .replacingOccurrences(
                of: "resolvers: []", with: "resolvers: [], stubs: { \(zone): [\"127.0.0.1:\(dns.dnsPort)\"] }"
            )
            .replacingOccurrences(
                of: "agents:",
                with: "agents:\n  helper: { domain: \(zone), addresses: [helper@\(zone)], oversight: autonomous }")
    }

    @Test(
        .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint),
        .enabled(if: hasRequests, "requests is not installed: scripts/python-environment"))
    func aUserConfiguresPublishesSendsAndVerifies() throws {
        let zone = "c.test"
        let dns = try PowerDNS()
        defer { dns.stop() }
        try dns.createZone(zone)
        let place = try ServedPlace(serves: false)
        try place.workspace.write("signet.yaml", try Self.manifest(place, dns, zone: zone))
        let applied = try place.workspace.signet("apply", "--auto-approve", "--allow-loosening")
        try #require(applied.status == 0, "\(applied.all)")
        // A warning: the files alone cannot know what will be declared beside them.
        let validated = try place.workspace.signet("validate")
        #expect(validated.status == 0 && validated.all.contains("AGT002"), "\(validated.all)")
        try place.start()
        try place.workspace.write("user.py", APIUser.script)
        let user = try ChildProcess(
            Self.python,
            [
                "user.py", place.url, "http://127.0.0.1:\(dns.apiPort)/api/v1/servers/localhost", zone,
                place.workspace.path("mail"),
            ], in: place.workspace.folder,
            environment: [
                "TOKEN_DOMAINS": try place.token(["domains"]), "TOKEN_SEND": try place.token(["send"]),
                "PDNS_KEY": PowerDNS.apiKey,
            ])
        let ran = user.wait()
        try #require(ran.status == 0, "\(ran.all.suffix(6000))\n\(place.said.suffix(3000))")
        #expect(ran.output.hasSuffix("verified\n"))
        for name in [zone, "signet1._domainkey.\(zone)", "signet2._domainkey.\(zone)", "_dmarc.\(zone)"] {
            #expect(ran.output.contains("\n\(name) TXT ") || ran.output.hasPrefix("\(name) TXT "), "\(name)")
        }
        #expect(ran.output.contains("k1.helper._agentid.\(zone) TXT v=AGENTID1; k=ed25519; p="))
        // A key that somebody else may have stops signing at once, and what marks it is told like all of such a domain.
        let revoked = try place.workspace.signet("keys", "revoke", zone, "signet1")
        #expect(revoked.status == 3 && revoked.output.contains("signet1._domainkey.\(zone)"), "\(revoked.all)")
        #expect(revoked.output.contains("p=\""), "\(revoked.all)")
        let keys = try place.workspace.signet("keys", "--domain", zone)
        #expect(keys.output.contains("revoked"), "\(keys.all)")
    }

    /// What was declared is kept, exported, seen by every command that a manifest's domain is seen by, and no business of
    /// plan's.
    @Test func whatWasDeclaredStandsBesideTheManifest() async throws {
        let place = try ServedPlace()
        let token = try place.token(["domains"])
        let wanted: [String: Any] = [
            "domain": "Shop.Example.", "dkim_key_type": "rsa3072", "dmarc_policy": "quarantine",
            "dmarc_rua": ["mailto:a@shop.example"],
        ]
        let made = try await place.ask("POST", "/v1/domains", token: token, json: wanted)
        #expect(made.status == 201 && made.json["id"].string == "shop.example", "\(made.text)")
        #expect(made.json["dkim_key_type"].string == "rsa3072" && made.json["selectors"].array.count == 2)
        let records = made.json["dns_records"].array
        #expect(records.first { $0["name"].string == "shop.example" }?["value"].string == "v=spf1 ip4:192.0.2.10 ~all")
        #expect(
            records.first { $0["name"].string == "_dmarc.shop.example" }?["value"].string
                == "v=DMARC1; p=quarantine; rua=mailto:a@shop.example")
        // The same again is the same, whether it says everything or only the name; otherwise it is a conflict.
        for again in [wanted, ["domain": "shop.example"]] {
            let answer = try await place.ask("POST", "/v1/domains", token: token, json: again)
            #expect(answer.status == 200 && answer.body == made.body, "\(answer.text)")
            #expect(answer.headers["etag"] == made.headers["etag"])
        }
        let conflicts: [[String: Any]] = [
            ["domain": "shop.example", "dmarc_policy": "reject"], ["domain": "shop.example", "dmarc_rua": [String]()],
            ["domain": "shop.example", "dkim_key_type": "ed25519"], ["domain": "s.test"], ["domain": "S.test."],
        ]
        for body in conflicts {
            let answer = try await place.ask("POST", "/v1/domains", token: token, json: body)
            #expect(answer.status == 409 && answer.json["code"].string == "conflict", "\(body): \(answer.text)")
        }
        let mistakes: [([String: Any], String)] = [
            ([:], "domain"), (["domain": "a b"], "domain"), (["domain": "192.0.2.1"], "domain"),
            (["domain": "com"], "domain"),
            (["domain": "b.example", "dmarc_policy": "strict"], "dmarc_policy"),
            (["domain": "b.example", "dkim_key_type": "rsa1024"], "dkim_key_type"),
            (["domain": "b.example", "dmarc_rua": "a@b.example"], "dmarc_rua[0]"),
            (["domain": "b.example", "policy": "none"], "policy"),
        ]
        for (body, field) in mistakes {
            let answer = try await place.ask("POST", "/v1/domains", token: token, json: body)
            #expect(answer.status == 422 && answer.json["errors"][0]["field"].string == field, "\(answer.text)")
        }
        // Pages, by name.
        let first = try await place.ask("GET", "/v1/domains?limit=1", token: token)
        let second = try await place.ask(
            "GET", "/v1/domains?limit=1&cursor=\(first.json["next_cursor"].string ?? "")", token: token)
        let pages = [first, second].map { $0.json["domains"][0] }
        #expect(Set(pages.compactMap(\.["source"].string)) == ["api", "manifest"])
        #expect(second.json["next_cursor"].string == nil)
        #expect(try await place.ask("GET", "/v1/domains/nothing.example", token: token).status == 404)
        #expect(try await place.ask("POST", "/v1/domains/nothing.example/verify", token: token).status == 404)
        // The log has it, before its keys were shown.
        let audit = try await place.ask("GET", "/v1/audit?domain=shop.example", token: place.token(["audit"]))
        #expect(
            audit.json["entries"].array.compactMap(\.["kind"].string)
                == ["domain.declared", "key.generated", "key.generated"], "\(audit.text)")

        let workspace = place.workspace
        #expect(try workspace.answer("status").json["domains"].array.count == 2)
        #expect(try workspace.answer("keys", "list", "--domain", "shop.example").json["keys"].array.count == 2)
        #expect(
            try workspace.answer("records").json["records"].array.contains { $0["domain"].string == "shop.example" })
        let plan = try workspace.answer("plan")
        #expect(plan.json["in_sync"].bool == true, "\(plan.json.value ?? "")")
        #expect(try workspace.signet("apply", "--auto-approve").status == 0)
        #expect(try workspace.signet("plan", "--domain", "shop.example").status == 1, "it is none of the manifest's")
        #expect(try workspace.answer("keys", "list", "--domain", "shop.example").json["keys"].array.count == 2)

        // Out as a manifest, and in again: the manifest's word holds, and its keys are those that were made.
        let exported = try workspace.signet("export")
        #expect(exported.status == 0, "\(exported.all)")
        try workspace.write("export.yaml", exported.output)
        let alone = try workspace.signet("validate", "--manifest", "export.yaml")
        #expect(alone.status == 0 && !alone.all.contains("warning"), "\(alone.all)")
        #expect(try workspace.answer("export").json["domains"].array.compactMap(\.string) == ["shop.example"])
        let keys = try workspace.answer("keys", "list", "--domain", "shop.example").json["keys"].array
        try FileManager.default.createDirectory(
            atPath: workspace.path("both"), withIntermediateDirectories: true)
        for file in ["signet.yaml", "export.yaml", "kek"] {
            try FileManager.default.copyItem(atPath: workspace.path(file), toPath: workspace.path("both/\(file)"))
        }
        let both = try workspace.read("both/signet.yaml")
            .replacingOccurrences(of: "state: state.db", with: "state: ../state.db")
        try workspace.write("both/signet.yaml", both)
        let taken = try workspace.answer("plan", "--manifest", "both")
        #expect(taken.json["plan"]["keys"].array.isEmpty, "its keys are taken over")
        #expect(taken.json["plan"]["findings"].array.contains { $0["code"].string == "DOM101" })
        #expect(
            try workspace.answer("keys", "list", "--manifest", "both", "--domain", "shop.example").json["keys"].array
                .compactMap(\.["record"].string) == keys.compactMap(\.["record"].string))
        let left = try workspace.answer("export", "--manifest", "both")
        #expect(left.json["left_out"].array.compactMap(\.string) == ["shop.example"])
    }

    /// Percent-encoded, in any spelling that DNS takes for the same, and decoded once.
    @Test func aPathHasANameAsPeopleWriteIt() async throws {
        let place = try ServedPlace()
        let token = try place.token(["domains"])
        let written = try await place.ask("POST", "/v1/domains", token: token, json: ["domain": "b\u{FC}cher.example"])
        #expect(written.status == 201, "\(written.text)")
        for name in ["b%C3%BCcher.example", "B%c3%bccher.example.", "xn--bcher-kva.example", "%78n--bcher-kva.example"]
        {
            let answer = try await place.ask("GET", "/v1/domains/\(name)", token: token)
            #expect(answer.status == 200 && answer.body == written.body, "\(name): \(answer.text)")
        }
        for name in ["b%FCcher.example", "a%ZZ.example"] {
            #expect(try place.rawStatus("/v1/domains/\(name)", token: token) == "400", "\(name)")
        }
        #expect(try await place.ask("GET", "/v1/domains/%2573.test", token: token).status == 404)
    }

    /// A domain that apply wrote records for, and that has left the manifest since for the API: plan takes nothing back.
    @Test func whatMovesToTheAPIIsNotForgotten() async throws {
        let place = try ServedPlace(serves: false)
        let before = try place.workspace.read("signet.yaml")
        try place.workspace.write(
            "signet.yaml",
            before.replacingOccurrences(of: "domains:\n", with: "domains:\n  moved.test: { provider: here }\n"))
        #expect(try place.workspace.signet("apply", "--auto-approve").status == 0)
        let keys = try place.workspace.answer("keys", "list", "--domain", "moved.test").json["keys"].array
        #expect(keys.count == 2)
        try place.workspace.write("signet.yaml", before)
        let forgotten = try place.workspace.answer("plan")
        #expect(forgotten.json["in_sync"].bool == false, "by itself it would be taken back")
        try place.start()
        let made = try await place.ask(
            "POST", "/v1/domains", token: place.token(["domains"]), json: ["domain": "moved.test"])
        #expect(made.status == 201, "\(made.text)")
        #expect(made.json["selectors"].array.compactMap(\.string) == ["signet1", "signet2"])
        let texts = made.json["dns_records"].array.compactMap(\.["value"].string)
        for key in keys { #expect(texts.contains(key["record"].string ?? ""), "its keys are those it had") }
        for arguments in [["plan"], ["drift"]] {
            let answer = try place.workspace.start(arguments + ["--output", "json"]).wait()
            let json = JSON(try JSONSerialization.jsonObject(with: Data(answer.output.utf8)))
            #expect(json["in_sync"].bool == true, "\(arguments): \(answer.all)")
        }
    }

    /// An agent that comes after its domain: the same request again makes its key, and says so before.
    @Test func anAgentThatComesLaterGetsItsKey() async throws {
        let place = try ServedPlace()
        let token = try place.token(["domains"])
        let body = ["domain": "shop.example"]
        let made = try await place.ask("POST", "/v1/domains", token: token, json: body)
        #expect(made.status == 201 && made.json["missing_keys"].array.isEmpty, "\(made.text)")
        try place.workspace.write(
            "signet.yaml",
            try place.workspace.read("signet.yaml").replacingOccurrences(
                of: "agents:\n",
                with: "agents:\n  late: { domain: shop.example, addresses: [l@shop.example], oversight: read_only }\n"))
        let applied = try place.workspace.signet("apply", "--auto-approve", "--allow-loosening")
        #expect(applied.status == 0, "\(applied.all)")
        // Nothing to warn of: the state knows the domain.
        #expect(!(try place.workspace.signet("plan").all.contains("AGT002")))
        let key = "k1.late._agentid.shop.example"
        try await pollAsync("the server takes the manifest up") {
            try await place.ask("GET", "/v1/domains/shop.example", token: token)
                .json["missing_keys"].array.compactMap(\.string) == [key]
        }
        let again = try await place.ask("POST", "/v1/domains", token: token, json: body)
        #expect(again.status == 200 && again.json["missing_keys"].array.isEmpty, "\(again.text)")
        #expect(again.json["dns_records"].array.contains { $0["name"].string == key })
        #expect(again.headers["etag"] != made.headers["etag"])
    }

    /// A manifest whose defaults say of no domain who may send takes none, and says so.
    @Test func withoutSPFNothingIsDeclared() async throws {
        let place = try ServedPlace(serves: false)
        try place.workspace.write(
            "signet.yaml",
            try place.workspace.read("signet.yaml").replacingOccurrences(of: "relay: sink, dkim", with: "dkim"))
        try place.start()
        let answer = try await place.ask(
            "POST", "/v1/domains", token: place.token(["domains"]), json: ["domain": "shop.example"])
        #expect(answer.status == 409 && answer.json["detail"].string?.contains("SPF") == true, "\(answer.text)")
        #expect(try place.workspace.answer("export").json["domains"].array.isEmpty)
    }

    // MARK: answering and passing on

    private static let original = [
        "From: Ada <ada@example.net>", "To: free@s.test", "Subject: A question", "Message-ID: <q1@example.net>",
        "Date: Tue, 24 Nov 2026 12:00:00 +0000", "", "How much is it?", "",
    ].joined(separator: "\r\n")

    @Test func aReplyIsThreadedAndAForwardCarriesTheMessage() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"], agents: ["free"])
        let reply: [String: Any] = ["original": Self.original, "text": "Nothing.", "quote": true]
        for _ in 0..<2 {
            let answer = try await place.ask(
                "POST", "/v1/reply_email", token: token, json: reply, headers: ["Idempotency-Key": "r1"])
            #expect(answer.status == 200 && answer.json["status"].string == "sent", "\(answer.text)")
            #expect(answer.json["recipients"][0]["address"].string == "ada@example.net")
        }
        let other = try await place.ask(
            "POST", "/v1/reply_email", token: token,
            json: reply.merging(["text": "Other.", "idempotency_key": "r1"]) { $1 })
        #expect(other.status == 409 && other.json["code"].string == "idempotency_conflict", "\(other.text)")
        for style in ["attachment", "inline"] {
            let body: [String: Any] = [
                "original": Self.original, "style": style, "to": ["boss@example.net"], "text": "Look.",
                "idempotency_key": style,
            ]
            for _ in 0..<2 {
                let answer = try await place.ask("POST", "/v1/forward_email", token: token, json: body)
                #expect(answer.status == 200, "\(answer.text)")
            }
        }
        let arrived = try place.sink.arrived().map { String(decoding: $0.octets, as: UTF8.self) }
        #expect(arrived.count == 3, "a repeated request sends nothing")
        #expect(arrived[0].contains("In-Reply-To: <q1@example.net>") && arrived[0].contains("> How much is it?"))
        #expect(arrived[1].contains("Content-Type: message/rfc822"))
        #expect(arrived[2].contains("Subject: Fwd: A question"))
        let table: [(String, [String: Any], String)] = [
            ("reply", ["text": "x"], "original"), ("reply", ["original": Self.original, "quote": "yes"], "quote"),
            ("reply", ["original": "Auto-Submitted: auto-replied\r\n" + Self.original, "text": "x"], "original"),
            ("forward", ["original": Self.original, "style": "attachment"], "to"),
            ("forward", ["original": Self.original, "style": "x", "to": "b@example.net"], "style"),
            // The domain seals nothing.
            ("forward", ["original": Self.original, "to": "b@example.net"], "style"),
            ("forward", ["original": Self.original, "to": "b@example.net", "text": "x"], "text"),
            (
                "forward", ["original": Self.original, "to": "b@example.net", "style": "inline", "ip": "192.0.2.1"],
                "ip"
            ),
            ("forward", ["original": Self.original, "to": "b@example.net", "ip": "x"], "ip"),
        ]
        for (route, body, field) in table {
            let answer = try await place.ask("POST", "/v1/\(route)_email", token: token, json: body)
            #expect(answer.status == 422, "\(route) \(body): \(answer.text)")
            #expect(answer.json["errors"][0]["field"].string == field, "\(answer.text)")
        }
        #expect(try place.sink.arrived().count == 3)
    }
}
