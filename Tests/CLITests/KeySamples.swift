import FoundationEssentials
import Keys
import Operations
import Reconcile

@testable import CLI

/// Keys in every state of their life, each a number of days after the last.
enum KeySamples {
    static let day: Double = 86_400
    static let now = Samples.time.addingTimeInterval(100 * day)

    private static func key(
        _ selector: String, _ state: KeyState, daysAgo: Double, _ next: KeyStep?
    ) -> KeySummary {
        let changed = now.addingTimeInterval(-day * daysAgo)
        return KeySummary(
            id: KeyID(domain: "mail.example.test", selector: selector), algorithm: .ed25519, state: state,
            createdAt: changed.addingTimeInterval(-60), stateChangedAt: changed, record: "v=DKIM1; k=ed25519; p=AA==",
            asOf: now, next: next)
    }

    private static func inDays(_ days: Double) -> Date { now.addingTimeInterval(day * days) }

    static let life = [
        key("mm1", .removed, daysAgo: 90, nil), key("mm2", .revoked, daysAgo: 3, KeyStep(.remove, dueAt: inDays(4))),
        key("mm3", .retiring, daysAgo: 8, KeyStep(.revoke, dueAt: inDays(-1))),
        key("mm4", .active, daysAgo: 40, KeyStep(.retire)),
        key("mm5", .active, daysAgo: 80, KeyStep(.rotate, dueAt: inDays(10))),
        key("mm6", .published, daysAgo: 0.5, KeyStep(.sign)), key("mm7", .generated, daysAgo: 0, KeyStep(.publish)),
    ]

    static let upcoming = [life[1], life[4]].map { UpcomingKeyStep(key: $0.id, step: $0.next!) }

    static let revocation: ApplyReport = {
        var report = Samples.apply(Samples.plan([Samples.oldKey]), [.written])
        report.revokedKeys = [life[4].id]
        return report
    }()
}
