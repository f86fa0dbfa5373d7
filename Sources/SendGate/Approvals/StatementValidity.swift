package import FoundationEssentials

/// From when until when what an approver signed is good: whole seconds, as RFC 3339 writes them, and never for long.
package struct StatementValidity: Sendable, Equatable {
    /// How long at most; a limit of our own.
    package static let max: Duration = .seconds(30 * 86_400)

    package let issuedAt: Date
    /// The end, itself not included.
    package let validUntil: Date

    /// Fractions of seconds are cut off, of both.
    init(issuedAt: Date, validUntil: Date) throws(ApprovalStatementError) {
        self.issuedAt = Date(timeIntervalSince1970: issuedAt.timeIntervalSince1970.rounded(.down))
        self.validUntil = Date(timeIntervalSince1970: validUntil.timeIntervalSince1970.rounded(.down))
        let seconds = self.validUntil.timeIntervalSince(self.issuedAt)
        guard seconds > 0, seconds <= Double(Self.max.components.seconds) else { throw .validity }
    }
}
