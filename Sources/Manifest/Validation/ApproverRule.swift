import Diagnostics

/// Each approver has a key of their own.
enum ApproverRule {
    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        var owners: [[UInt8]: SourceSpan] = [:]
        for (index, approver) in draft.manifest.approvers.enumerated() where !approver.publicKey.isEmpty {
            let span = draft.span(of: draft.approverPlaces[index], [ApproverKey.publicKey.name])
            guard let owner = owners.updateValue(span, forKey: approver.publicKey) else { continue }
            let (first, second) = ManifestDraft.isBefore(owner, span) ? (owner, span) : (span, owner)
            sink.report(
                .sharedApproverKey, at: second, label: "is another approver's too",
                related: [Diagnostic.Related(span: first, label: "first stands here")],
                helps: ["make a pair for each approver"])
        }
    }
}
