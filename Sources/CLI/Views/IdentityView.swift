import DNS
import FoundationEssentials
import Keys
import MailAuth
import Operations

/// What a message's identity header says, and how far it may be believed.
struct IdentityView: View {
    var report: IdentityReport

    private var verdict: String { report.result?.verdict.name ?? "none" }

    private var explanation: String {
        report.result?.verdict.explanation
            ?? "the message has no \(AgentIdentityHeader.fieldName) header: it claims nothing"
    }

    /// What the header says, in the order of its tags.
    private var claims: [(name: String, key: String, value: String)] {
        guard let header = report.result?.header else { return [] }
        var claims = [("agent", "agent", header.agent), ("oversight", "oversight", header.oversight.rawValue)]
        if let reference = header.approvalReference { claims.append(("approval", "approval_ref", reference)) }
        guard let binding = header.binding else { return claims }
        claims.append(("domain", "domain", binding.domain.text))
        claims.append(("key", "key", binding.keyName.name.description))
        if let model = binding.model { claims.append(("model", "model", model)) }
        claims.append(("declaration", "declaration", binding.declaration.description))
        if let approval = binding.approval { claims.append(("approved", "approval_digest", approval.description)) }
        claims.append(("signed", "signed_at", Self.time(binding.signedAt)))
        claims.append(("good until", "expires_at", Self.time(binding.expiresAt)))
        return claims
    }

    private static func time(_ seconds: Int64) -> String {
        Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
    }

    private var ink: Style.Ink {
        switch report.result?.verdict {
        case .valid: .good
        case .claimsValidBodyAltered, .legacyOnly, .expired, .replaySuspected, .temperror, nil: .caution
        case .revoked, .fail: .bad
        }
    }

    func human(_ style: Style) -> String {
        var page = Page()
        page.line("\(style.paint(verdict, ink)): \(style.safe(explanation))")
        let width = claims.map(\.name.count).max() ?? 0
        for claim in claims { page.line("\(claim.name.padded(width))  \(style.safe(claim.value))", indent: 2) }
        return page.text
    }

    func json() -> JSONValue {
        var claimed: [String: JSONValue] = [:]
        for claim in claims { claimed[claim.key] = .string(claim.value) }
        return [
            "file": .string(report.path), "verdict": .string(verdict), "explanation": .string(explanation),
            "valid": .bool(report.result?.verdict == .valid), "claims": claims.isEmpty ? .null : .object(claimed),
        ]
    }

    func markdown() -> String {
        var text = "### Signet identity\n\n**\(verdict)**: \(MarkdownText.code(explanation))\n"
        if !claims.isEmpty {
            text +=
                "\n"
                + MarkdownText.table(
                    ["claim", "value"], claims.map { [$0.name, MarkdownText.code($0.value)] })
        }
        return text
    }
}
