import DNS
import Diagnostics
import FoundationEssentials

extension ManifestReader {
    mutating func readAgents(_ entries: [(key: Int32, value: Int32)]) {
        var taken: [String: Int32] = [:]
        var found: [(AgentDeclaration, ManifestDraft.Place)] = []
        for (key, value) in entries {
            let id = agentID(key, &taken)
            guard let fields = fields(AgentKey.self, of: value, owner: key) else { continue }
            let declaration = agent(id ?? AgentID(rawValue: ""), fields, at: key)
            if id != nil { found.append((declaration, ManifestDraft.Place(key: key, value: value))) }
        }
        found.sort { $0.0.id < $1.0.id }
        draft.manifest.agents = found.map(\.0)
        draft.agentPlaces = found.map(\.1)
    }

    private mutating func agentID(_ key: Int32, _ taken: inout [String: Int32]) -> AgentID? {
        let text = arena.text(key)
        let octets = Array(text.utf8)
        let isLabel = octets.allSatisfy { $0 == 0x2D || $0 >= 0x30 && $0 <= 0x39 || $0 >= 0x61 && $0 <= 0x7A }
        guard isLabel, !octets.isEmpty, octets.count <= DomainName.labelOctetsMax, octets.first != 0x2D,
            octets.last != 0x2D
        else {
            let candidate = text.lowercased().split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(
                separator: "-")
            let fits = !candidate.isEmpty && candidate.utf8.count <= DomainName.labelOctetsMax && candidate != text
            sink.report(
                .agentID, at: arena.span(key), label: "is not 1 to 63 lower-case letters, digits and inner hyphens",
                notes: ["the id is a label in DNS: its key stands at `k1.ID._agentid.DOMAIN`"],
                helps: [fits ? "write `\(candidate)`" : "choose an id like `writer-2`"])
            return nil
        }
        return isNew(key, text, &taken) ? AgentID(rawValue: text) : nil
    }

    private mutating func agent(_ id: AgentID, _ fields: Fields<AgentKey>, at key: Int32) -> AgentDeclaration {
        var agent = AgentDeclaration(id: id, domain: .root, addresses: [], span: arena.span(key))
        if let node = fields[.domain], let name = domainName(node) { agent.domain = name }
        if let node = fields[.addresses] {
            agent.addresses = list(node, of: "addresses", minimum: 1) { $0.mailAddress($1) } ?? []
        }
        if let node = fields[.oversight], let mode = choice(node, OversightMode.self) { agent.oversight = mode }
        if let node = fields[.oversightAddress] { agent.oversightAddress = mailAddress(node) }
        if let node = fields[.model] { agent.model = model(node, owner: fields.key(.model)!) }
        if let node = fields[.owner] { agent.owner = mailAddress(node) }
        if let node = fields[.recipients],
            let recipients = self.fields(RecipientsKey.self, of: node, owner: fields.key(.recipients)!)
        {
            if let node = recipients[.allow] {
                agent.allowedRecipients = list(node, of: "recipients") { $0.recipientPattern($1) } ?? []
            }
            if let node = recipients[.block] {
                agent.blockedRecipients = list(node, of: "recipients") { $0.recipientPattern($1) } ?? []
            }
        }
        if let node = fields[.limits], let limits = self.fields(LimitsKey.self, of: node, owner: fields.key(.limits)!) {
            agent.limits.perHour = limits[.perHour].flatMap { integer($0, ManifestBounds.messagesPerHour) }
            agent.limits.recipientsPerMessage = limits[.recipientsPerMessage].flatMap {
                integer($0, ManifestBounds.recipientsPerMessage)
            }
        }
        if let node = fields[.rotateEvery], let seconds = durationSeconds(node) {
            agent.rotateEvery = .seconds(seconds)
        }
        return agent
    }

    private mutating func model(_ node: Int32, owner: Int32) -> AgentDeclaration.Model? {
        guard let fields = fields(ModelKey.self, of: node, owner: owner) else { return nil }
        let provider = fields[.provider].flatMap { text($0, .free) }
        let name = fields[.name].flatMap { text($0, .free) }
        let version = fields[.version].flatMap { text($0, .free) }
        guard let provider, let name else { return nil }
        return AgentDeclaration.Model(provider: provider, name: name, version: version)
    }

    mutating func readApprovers(_ entries: [(key: Int32, value: Int32)]) {
        var taken: [String: Int32] = [:]
        var found: [(ApproverDeclaration, ManifestDraft.Place)] = []
        for (key, value) in entries {
            let id = identifier(key, &taken)
            guard let fields = fields(ApproverKey.self, of: value, owner: key) else { continue }
            let email = fields[.email].flatMap { mailAddress($0) }
            let publicKey = fields[.publicKey].flatMap { approverKey($0) }
            guard let id else { continue }
            let approver = ApproverDeclaration(
                id: id, email: email ?? "", publicKey: publicKey ?? [], span: arena.span(key))
            found.append((approver, ManifestDraft.Place(key: key, value: value)))
        }
        found.sort { $0.0.id < $1.0.id }
        draft.manifest.approvers = found.map(\.0)
        draft.approverPlaces = found.map(\.1)
    }

    /// `ed25519:` and base64 of 32 octets, or OpenSSH's line (RFC 8709 §4).
    private mutating func approverKey(_ node: Int32) -> [UInt8]? {
        guard let text = text(node, .publicKey) else { return nil }
        if text.hasPrefix("ed25519:") {
            var encoded = String(text.dropFirst(8))
            while !encoded.utf8.count.isMultiple(of: 4) { encoded += "=" }
            if let octets = Data(base64Encoded: encoded).map({ Array($0) }) {
                if octets.count == 32 { return octets }
                reportKey(node, "holds \(octets.count) octets; an Ed25519 key has 32")
            } else {
                reportKey(node, "what follows `ed25519:` is not base64")
            }
            return nil
        }
        if text.hasPrefix("ssh-ed25519 ") {
            let prefix: [UInt8] = [0, 0, 0, 11] + Array("ssh-ed25519".utf8) + [0, 0, 0, 32]
            let encoded = text.dropFirst(12).split(separator: " ").first.map(String.init) ?? ""
            if let blob = Data(base64Encoded: encoded).map({ Array($0) }), blob.starts(with: prefix),
                blob.count == prefix.count + 32
            {
                return Array(blob.suffix(32))
            }
            reportKey(node, "is not an OpenSSH line with an Ed25519 key")
            return nil
        }
        let isOther = ["ssh-rsa", "ecdsa-", "rsa:", "sk-"].contains { text.hasPrefix($0) }
        reportKey(node, isOther ? "is a key of another type" : "starts with neither `ed25519:` nor `ssh-ed25519`")
        return nil
    }

    private mutating func reportKey(_ node: Int32, _ label: String) {
        sink.report(
            .approverKey, at: arena.span(node), label: label,
            helps: [
                "`ssh-keygen -t ed25519` makes a pair; give the line of its .pub file, the private half stays with them"
            ])
    }
}
