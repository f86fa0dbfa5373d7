package import Manifest

/// What becomes of one approver's registration at an apply (docs/spec/approval.md, "Registered approvers").
package struct ApproverChange: Sendable, Equatable {
    package enum Effect: String, Sendable, CaseIterable {
        /// They may let agents do more from now on.
        case register
        /// They are declared no longer, and may not any more.
        case remove
        /// They are declared with another key or address, and loosening is not allowed: neither the old nor the new counts.
        case suspend
        /// They are new, or back, and loosening is not allowed: they stay outside.
        case leaveOut = "leave_out"
    }

    /// The name in the manifest.
    package var approver: String
    package var effect: Effect

    package init(_ approver: String, _ effect: Effect) {
        self.approver = approver
        self.effect = effect
    }
}

extension RegisteredApprover {
    /// What an apply of these declarations makes of each; in the order of their names. `registry` carries it out.
    package static func changes(
        _ known: [RegisteredApprover], declared: [ApproverDeclaration], allowsNew: Bool
    ) -> [ApproverChange] {
        let mayAdd = known.isEmpty || allowsNew
        let before = Dictionary(uniqueKeysWithValues: known.map { ($0.id, $0) })
        var changes: [ApproverChange] = []
        for approver in declared where before[approver.id]?.isSame(as: approver) != true {
            let isRegistered = before[approver.id]?.state == .registered
            changes.append(ApproverChange(approver.id, mayAdd ? .register : isRegistered ? .suspend : .leaveOut))
        }
        let wanted = Set(declared.map(\.id))
        for approver in known where approver.state == .registered && !wanted.contains(approver.id) {
            changes.append(ApproverChange(approver.id, .remove))
        }
        return changes.sorted { $0.approver < $1.approver }
    }
}
