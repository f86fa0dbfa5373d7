import Foundation
import TestSupport
import Testing

/// The whole way of a message with nobody's stand-in: keys published in PowerDNS, Postfix as the relay, and what
/// arrives behind it judged by others and by us.
@Suite struct RelayTests {
    static let isPossible =
        Lab.isContinuousIntegration
        || (Lab.isAvailable(.powerDNS) && PostfixRelay.isPossible && Judges.isPossible)
    static let hint: Comment = "\(Lab.hint); \(PostfixRelay.hint); \(Judges.hint)"

    private static let domain = "r.test"
    private static let egress = "192.0.2.10"

    private static func manifest(
        _ server: PowerDNS, _ relay: PostfixRelay, approver: String
    ) -> String {
        """
        version: 1
        settings:
          state: state.db
          keyring: { key: { file: kek } }
          dns:
            stubs: { \(domain): ["127.0.0.1:\(server.dnsPort)"] }
            resolvers: []
        providers:
          lab: { type: powerdns, url: "http://127.0.0.1:\(server.apiPort)", api_key: { env: PDNS_API_KEY } }
        relays:
          postfix:
            url: "smtp://localhost:\(relay.port)"
            username: \(PostfixRelay.user)
            password: { env: RELAY_PASSWORD }
            certificate_authorities: \(relay.certificate)
            egress: [\(egress)]
        defaults: { ttl: 2s, dkim: { keys: [rsa2048, ed25519] } }
        domains:
          \(domain): { provider: lab, relay: postfix, arc: forwarded, dmarc: { policy: reject } }
        agents:
          watched:
            { domain: \(domain), addresses: [watched@\(domain)], oversight: monitored, oversight_address: boss@y.test }
          gated: { domain: \(domain), addresses: [gated@\(domain)], oversight: gated_send }
        approvers:
          alice: { email: alice@\(domain), public_key: "ed25519:\(approver)" }

        """
    }

    private func send(_ workspace: Workspace, _ agent: String) throws -> (status: Int32, json: JSON) {
        try workspace.answer(
            "send", "--agent", agent, "--to", "ada@x.test", "--subject", "Grüße", "--text", "Hello.  \n\n.\nFrom here\n"
        )
    }

    @Test(.enabled(if: isPossible, hint))
    func whatArrivesBehindPostfixConvincesEverybody() throws {
        let server = try PowerDNS()
        defer { server.stop() }
        try server.createZone(Self.domain)
        let workspace = try Workspace()
        let sink = try MailSink(in: workspace)
        let relay = try PostfixRelay(in: workspace, sink: sink)
        let approver = try workspace.makeApproverKey("alice.pem")
        workspace.environment = ["PDNS_API_KEY": PowerDNS.apiKey, "RELAY_PASSWORD": PostfixRelay.password]
        try workspace.write("signet.yaml", Self.manifest(server, relay, approver: approver))
        let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
        try #require(applied.status == 0, "\(applied.all)")

        // Sent at once, and its copy with it.
        let watched = try send(workspace, "watched")
        #expect(watched.status == 0, "\(watched.json.value ?? "")")
        #expect(watched.json["message"]["state"].string == "sent")
        try poll("the monitored message") { try recipients(sink) == ["ada@x.test", "boss@y.test"] }
        // Held, approved, sent.
        let held = try send(workspace, "gated")
        #expect(held.status == 5)
        #expect(held.json["message"]["state"].string == "held")
        #expect(try workspace.answer("send", "--flush").json["messages"].array.isEmpty)
        let approval = try #require(held.json["message"]["approval"].string)
        let before = try sink.arrived().count
        let yes = try workspace.signet("approvals", "approve", approval, "--key", "alice.pem", "--yes")
        #expect(yes.status == 0, "\(yes.all)")
        #expect(try sink.arrived().count == before, "an approval by itself sends nothing")
        let flushed = try workspace.answer("send", "--flush")
        #expect(flushed.json["messages"].array.map { $0["state"].string } == ["sent"])
        try poll("the approved message") { try recipients(sink) == ["ada@x.test", "ada@x.test", "boss@y.test"] }
        #expect(try relay.log().contains("sasl_method=PLAIN, sasl_username=\(PostfixRelay.user)"))

        try judge(try sink.arrived(), workspace, server, approval: approval)
        try forward(workspace, server, sink)
        let log = try workspace.answer("audit", "verify").json
        #expect(log["holds"].bool == true)
    }

    /// What has come through one relay goes through it again, sealed: the chain holds, and so does the author's signature.
    private func forward(_ workspace: Workspace, _ server: PowerDNS, _ sink: MailSink) throws {
        let arrived = try sink.arrived()
        for (index, first) in arrived.prefix(1).enumerated() {
            let sent = try workspace.answer(
                "forward", first.file.path, "--agent", "watched", "--to", "x\(index)@x.test", "--ip", Self.egress,
                "--mail-from", first.sender)
            #expect(sent.json["message"]["state"].string == "sent", "\(sent.json.value ?? "")")
        }
        try poll("the forwarded message") { try sink.arrived().count > arrived.count }
        let forwarded = try #require(try sink.arrived().last)
        #expect(forwarded.sender == "watched@\(Self.domain)")
        // Once more: a chain of two. The first forwarder does not take it again, another agent of the domain would.
        let circle = try workspace.answer(
            "forward", forwarded.file.path, "--agent", "watched", "--to", "x@x.test", "--ip", Self.egress)
        #expect(circle.json["error"]["field"].string == "original")
        #expect(circle.json["error"]["message"].string?.contains("resent-from") == true, "\(circle)")

        let judges = try Judges(in: workspace, dnsPort: server.dnsPort, keyNames: [])
        #expect(try judges.chain(forwarded.file) == ["dkimpy: pass", "rspamd: pass"])
        #expect(try judges.words(on: [forwarded.file])[0][0] == "dkimpy: pass,pass")
        let altered = forwarded.file.deletingPathExtension().appendingPathExtension("altered")
        try Data(
            String(decoding: forwarded.octets, as: UTF8.self).replacing("Resent-To: x0", with: "Resent-To: y0").utf8
        )
        .write(to: altered)
        #expect(try judges.chain(altered).allSatisfy { !$0.hasSuffix("pass") })
        let verified = try workspace.answer("mail", "verify", forwarded.file.path)
        #expect(verified.json["arc"]["result"].string == "pass")
        #expect(verified.json["dmarc"]["result"].string == "pass")
    }

    private func recipients(_ sink: MailSink) throws -> [String] { try sink.arrived().flatMap(\.recipients).sorted() }

    private func judge(
        _ messages: [MailSink.Arrived], _ workspace: Workspace, _ server: PowerDNS, approval: String
    ) throws {
        let names = try server.recordSets(Self.domain).keys.filter { $0.hasSuffix("_domainkey.\(Self.domain) TXT") }
            .map { String($0.dropLast(" TXT".count)) }
        #expect(names.count == 2)
        let judges = try Judges(in: workspace, dnsPort: server.dnsPort, keyNames: names)
        let publicKey = try #require(try Self.ed25519Key(server.dnsPort, names))

        var altered: [URL] = []
        for (message, words) in zip(messages, try judges.words(on: messages.map(\.file))) {
            #expect(words == ["dkimpy: pass,pass", "OpenDKIM: pass,pass", "rspamd: pass,pass"])
            let text = String(decoding: message.octets, as: UTF8.self)
            let isGated = text.contains("agent_id=gated")
            #expect(text.contains("approval_ref=\(approval)") == isGated)
            // The relay spoke TLS, and knew who handed the message in.
            #expect(text.contains("with ESMTPSA"), "\(text)")

            let verified = try workspace.answer(
                "mail", "verify", message.file.path, "--ip", Self.egress, "--mail-from", message.sender, "--manifest",
                "signet.yaml")
            #expect(verified.status == 0)
            #expect(verified.json["aligned"].bool == true)
            #expect(verified.json["spf"]["result"].string == "pass")
            #expect(verified.json["dkim"].array.map { $0["result"].string } == ["pass", "pass"])
            #expect(verified.json["dmarc"]["result"].string == "pass")
            let identity = try workspace.answer("identity", "verify", message.file.path)
            #expect(identity.status == 0)
            #expect(identity.json["verdict"].string == "valid")
            let plain = try judges.plainCheck(message.file, publicKey: publicKey)
            #expect(plain.output == (isGated ? "gated:gated_send\n" : "watched:monitored\n"), "\(plain.all)")

            // Whoever says yes to everything is no judge.
            altered.append(message.file.deletingPathExtension().appendingPathExtension("altered"))
            let claim = isGated ? "oversight=gated_send" : "oversight=monitored"
            try Data(text.replacing(claim, with: "oversight=autonomous").utf8).write(to: altered.last!)
            #expect(try judges.plainCheck(altered.last!, publicKey: publicKey).status != 0)
            #expect(try workspace.answer("identity", "verify", altered.last!.path).json["verdict"].string == "fail")
        }
        for words in try judges.words(on: altered) { #expect(!words.contains { $0.contains("pass") }) }
    }

    /// `p=` of the DKIM key that is one of RFC 8463, as the server answers it.
    private static func ed25519Key(_ dnsPort: Int, _ names: [String]) throws -> String? {
        for record in try names.flatMap({ try DNSProbe.texts(dnsPort, $0) }) {
            let tags = String(decoding: record, as: UTF8.self).split(separator: ";").map {
                $0.trimmingCharacters(in: .whitespaces)
            }
            if tags.contains("k=ed25519") { return tags.first { $0.hasPrefix("p=") }.map { String($0.dropFirst(2)) } }
        }
        return nil
    }
}
