import DNS
import Diagnostics
import FoundationEssentials
import Keys
import Manifest

/// A plan as JSON (schemas/plan.schema.json): keys sorted, values in presentation form, the digest over the octets with
/// an empty digest and without the final line end. Only what `encode` writes is read.
package enum PlanDocument {
    /// A saved plan of more octets than this is not read.
    package static let octetsMax = 256 << 20

    package static func encode(_ plan: Plan) -> [UInt8] { encoded(plan).octets }

    /// With the digest that stands in it.
    package static func encoded(_ plan: Plan) -> (octets: [UInt8], digest: PlanDigest) {
        var document = Document(plan)
        let digest = digest(of: document)
        document.digest = digest.text
        let octets = Array(json(document)) + [UInt8(ascii: "\n")]
        return (octets, digest)
    }

    package static func digest(_ plan: Plan) -> PlanDigest { digest(of: Document(plan)) }

    /// - Throws: `PlanDocumentError` for what is not a plan, is of another version, or does not fit its digest.
    package static func decode(_ octets: [UInt8]) throws(PlanDocumentError) -> Plan {
        var document: Document
        do {
            document = try JSONDecoder().decode(Document.self, from: Data(octets))
        } catch {
            throw PlanDocumentError("it is not a plan: \(Self.describe(error))")
        }
        guard document.format == Plan.formatVersion else {
            throw PlanDocumentError(
                "it is of format \(document.format), and this version of signet reads format \(Plan.formatVersion)")
        }
        let claimed = document.digest
        document.digest = ""
        guard claimed == digest(of: document).text else {
            throw PlanDocumentError("its content does not fit its digest: it was edited or cut short")
        }
        document.digest = claimed
        // The digest is made of what was understood: nothing else may stand there.
        let body = octets.last == UInt8(ascii: "\n") ? octets.dropLast() : octets[...]
        guard json(document).elementsEqual(body) else {
            throw PlanDocumentError("it is not as `signet plan` writes it: something was added or formatted anew")
        }
        return try document.plan()
    }

    private static func digest(of document: Document) -> PlanDigest {
        PlanDigest(SHA256.hash(Array(json(document))))
    }

    private static func json(_ document: Document) -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(document) else {
            preconditionFailure("a plan is made of strings and integers, which always encode")
        }
        return data
    }

    private static func describe(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "\(error)" }
        switch error {
        case .keyNotFound(let key, let context): return "\(path(context))\(key.stringValue) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(path(context)) \(context.debugDescription)"
        // What is no JSON at all has no place in it, and the decoder's words for that say no more.
        case .dataCorrupted(let context) where context.codingPath.isEmpty: return "it is no JSON document"
        case .dataCorrupted(let context): return context.debugDescription
        @unknown default: return "unreadable"
        }
    }

    private static func path(_ context: DecodingError.Context) -> String {
        context.codingPath.map { $0.intValue.map { "[\($0)]" } ?? $0.stringValue }.joined(separator: ".")
    }
}

package struct PlanDocumentError: Error, Sendable, Equatable, CustomStringConvertible {
    package let description: String
    init(_ description: String) { self.description = description }
}

// MARK: the shape on disk

private struct Document: Codable {
    var format: Int
    var digest: String
    var manifest: String
    var domains: Int
    var keys: [Key]
    var agents: [Agent]
    var changes: [Entry]
    var findings: [Remark]

    struct Key: Codable {
        var domain: String
        var selector: String
        var purpose: KeyPurpose
        var algorithm: KeyAlgorithm

        var id: KeyID { KeyID(domain: domain, selector: selector, purpose: purpose) }
    }

    struct Agent: Codable {
        struct Before: Codable {
            var state: String
            var declaration: DeclarationDocument
        }

        var id: String
        var domain: String
        var action: String
        var before: Before?
        var after: DeclarationDocument?
        var risk: Risk
        var reason: String
    }

    struct Value: Codable {
        var value: String?
        var knownAfterApply: KnownAfterApply?

        enum CodingKeys: String, CodingKey {
            case value
            case knownAfterApply = "known_after_apply"
        }
    }

    struct KnownAfterApply: Codable {
        var domain: String
        var selector: String
        var purpose: KeyPurpose
        var algorithm: KeyAlgorithm
        var testing: Bool
    }

    struct Records: Codable {
        var ttl: UInt32
        var records: [Value]
    }

    struct Entry: Codable {
        var domain: String
        var zone: String
        var provider: String
        var name: String
        var type: String
        var action: String
        var before: Records?
        var after: Records?
        var stage: Stage
        var risk: Risk
        var reason: String
        var staleSeconds: UInt32
        var owned: [String]?

        enum CodingKeys: String, CodingKey {
            case domain, zone, provider, name, type, action, before, after, stage, risk, reason, owned
            case staleSeconds = "stale_seconds"
        }
    }

    struct Remark: Codable {
        var domain: String
        var code: String
        var severity: Finding.Severity
        var summary: String
        var detail: String
        var help: String?
    }
}

extension Document {
    init(_ plan: Plan) {
        self.init(
            format: Plan.formatVersion, digest: "", manifest: plan.manifestDigest.description,
            domains: plan.domainCount,
            keys: plan.keys.map {
                Key(
                    domain: $0.id.domain, selector: $0.id.selector, purpose: $0.id.purpose, algorithm: $0.algorithm)
            },
            agents: plan.agents.map(Agent.init),
            changes: plan.changes.map { change in
                Entry(
                    domain: change.domain.text, zone: change.zone.description, provider: change.provider.rawValue,
                    name: change.key.name.description, type: change.key.type.description,
                    action: change.action.rawValue, before: change.before.map(Records.init),
                    after: change.after.map(Records.init), stage: change.stage, risk: change.risk,
                    reason: change.reason, staleSeconds: change.staleSeconds,
                    owned: change.owned.map { $0.map(\.presentation) })
            },
            findings: plan.findings.map {
                Remark(
                    domain: $0.domain.text, code: $0.code.rawValue, severity: $0.severity, summary: $0.summary,
                    detail: $0.detail, help: $0.help)
            })
    }

    func plan() throws(PlanDocumentError) -> Plan {
        guard let manifestDigest = SHA256Digest(manifest) else {
            throw PlanDocumentError("manifest is not a digest")
        }
        var agents: [AgentChange] = []
        for agent in self.agents { agents.append(try agent.change()) }
        var changes: [Change] = []
        changes.reserveCapacity(self.changes.count)
        for entry in self.changes { changes.append(try entry.change()) }
        var findings: [Finding] = []
        for remark in self.findings {
            findings.append(
                Finding(
                    domain: try PlanFile.name(remark.domain), code: Diagnostic.Code(rawValue: remark.code),
                    severity: remark.severity, summary: remark.summary, detail: remark.detail, help: remark.help))
        }
        return Plan(
            manifestDigest: manifestDigest, domainCount: domains,
            keys: keys.map { PlannedKey(id: $0.id, algorithm: $0.algorithm) }, agents: agents,
            changes: changes, findings: findings)
    }
}

extension Document.Records {
    init(_ set: PlannedRecordSet) {
        ttl = set.timeToLiveSeconds
        records = set.values.map { value in
            switch value {
            case .known(let data): Document.Value(value: data.presentation)
            case .futureKey(let id, let algorithm, let testing):
                Document.Value(
                    knownAfterApply: Document.KnownAfterApply(
                        domain: id.domain, selector: id.selector, purpose: id.purpose, algorithm: algorithm,
                        testing: testing))
            }
        }.sorted {
            ($0.value ?? "", $0.knownAfterApply?.selector ?? "") < ($1.value ?? "", $1.knownAfterApply?.selector ?? "")
        }
    }

    func planned(_ type: RecordType) throws(PlanDocumentError) -> PlannedRecordSet {
        var values: [PlannedRecordSet.Value] = []
        for record in records {
            if let text = record.value {
                values.append(.known(try PlanFile.data(text, type)))
            } else if let key = record.knownAfterApply {
                values.append(
                    .futureKey(
                        KeyID(domain: key.domain, selector: key.selector, purpose: key.purpose), key.algorithm,
                        testing: key.testing))
            } else {
                throw PlanDocumentError("a record has neither value nor known_after_apply")
            }
        }
        return PlannedRecordSet(timeToLiveSeconds: ttl, values: values)
    }
}

extension Document.Agent {
    init(_ change: AgentChange) {
        self.init(
            id: change.agent.rawValue, domain: change.domain.text, action: change.action.rawValue,
            before: change.before.map {
                Before(state: $0.state.rawValue, declaration: DeclarationDocument($0.declaration))
            },
            after: change.after.map(DeclarationDocument.init), risk: change.risk, reason: change.reason)
    }

    func change() throws(PlanDocumentError) -> AgentChange {
        var earlier: AgentChange.Before?
        if let before {
            guard let state = AgentRegistration.State(rawValue: before.state) else {
                throw PlanDocumentError("\(before.state) is no state of an agent")
            }
            earlier = AgentChange.Before(declaration: try declaration(before.declaration), state: state)
        }
        let change = AgentChange(
            agent: AgentID(rawValue: id), domain: try PlanFile.name(domain), before: earlier,
            after: try after.map { document throws(PlanDocumentError) in try declaration(document) }, risk: risk,
            reason: reason)
        guard change.action.rawValue == action, earlier != nil || change.after != nil else {
            throw PlanDocumentError("\(action) does not fit what is declared before and after of the agent \(id)")
        }
        return change
    }

    private func declaration(_ document: DeclarationDocument) throws(PlanDocumentError) -> AgentDeclaration {
        guard document.id == id, let declaration = document.declaration else {
            throw PlanDocumentError("the declaration of the agent \(id) cannot be read")
        }
        return declaration
    }
}

extension Document.Entry {
    func change() throws(PlanDocumentError) -> Change {
        guard let recordType = RecordType(type) else { throw PlanDocumentError("\(type) is not a record type") }
        let change = Change(
            domain: try PlanFile.name(domain), zone: try PlanFile.name(zone), provider: ProviderID(rawValue: provider),
            key: RecordSetKey(try PlanFile.name(self.name), recordType),
            before: try before.map { records throws(PlanDocumentError) in try records.planned(recordType) },
            after: try after.map { records throws(PlanDocumentError) in try records.planned(recordType) },
            stage: stage, risk: risk, reason: reason, staleSeconds: staleSeconds,
            owned: try owned.map { texts throws(PlanDocumentError) in
                var data: [RecordData] = []
                for text in texts { data.append(try PlanFile.data(text, recordType)) }
                return data
            })
        guard change.action.rawValue == action else {
            throw PlanDocumentError("\(action) does not fit what stands before and after at \(self.name)")
        }
        return change
    }
}

private enum PlanFile {
    static func name(_ text: String) throws(PlanDocumentError) -> DomainName {
        do { return try text == "." ? .root : DomainName(text) } catch {
            throw PlanDocumentError("\(text) is not a domain name: \(error)")
        }
    }

    static func data(_ text: String, _ type: RecordType) throws(PlanDocumentError) -> RecordData {
        do { return try RecordData(type: type, presentation: text) } catch {
            throw PlanDocumentError("\(text) is no \(type) record: \(error)")
        }
    }
}
