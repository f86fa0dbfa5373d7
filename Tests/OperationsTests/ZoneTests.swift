import DNS
import Reconcile
import Synchronization
import TestSupport
import Testing

@testable import Operations

@Suite("What plan and apply ask of a zone's provider", .serialized)
struct ZoneTests {
    private static let parked = """
          a.d.example: { provider: lab, sends: false }
          b.d.example: { provider: lab, sends: false }
        """

    @Test("a zone is listed once, however many domains stand in it")
    func sharedList() async throws {
        let lab = try RotationLab(more: Self.parked)
        let plan = try await lab.plan()
        #expect(Set(plan.plan.changes.map(\.domain.text)) == ["d.example", "a.d.example", "b.d.example"])
        #expect(plan.providerDifferences.isEmpty)
        #expect(lab.asked.withLock { $0.count } == 1)
        try await lab.apply()
        #expect(try await lab.plan().plan.isEmpty)
    }

    @Test(
        "a record set that says what the wildcard above it says is found out by its provider", arguments: [true, false])
    func besideWildcard(stands: Bool) async throws {
        let lab = try RotationLab(
            more: "  a.d.example: { provider: lab, dkim: { keys: [ed25519] }, spf: { ip4: [192.0.2.2], all: fail } }")
        func spf(_ name: String) -> RecordSet {
            RecordSet(
                DomainName(canonical: name), .txt, timeToLiveSeconds: 60, data: [.txt(TXTValue("v=spf1 mx -all"))])
        }
        try await lab.put([spf("*.d.example")] + (stands ? [spf("a.d.example")] : []))
        let key = spf("a.d.example").key
        let change = try #require(try await lab.plan().plan.changes.first { $0.key == key })
        #expect(change.action == (stands ? .update : .create), "with credentials")
        let report = try await lab.apply(waits: false)
        #expect(report.failures == 0)
        #expect(report.plan.changes.first { $0.key == key } == change)
        #expect(try await lab.plan().plan.changes.allSatisfy { $0.stage != .publish })
    }

    @Test("a provider's write takes no longer than what a lease has left", arguments: [(24, 8), (60, 20), (3600, 20)])
    func writeTimeout(lease: Int, timeout: Int) async throws {
        let lab = try RotationLab()
        _ = try await lab.signet.apply(
            RotationLab.scope, options: ApplyOptions(leaseDuration: .seconds(lease)), progress: { _ in })
        let made = try #require(lab.writeTimeout.withLock { $0 })
        #expect(abs(made.timeInterval - Double(timeout)) < 0.001)
        #expect(made.timeInterval <= Double(lease) * LeaseKeeper.marginFraction)
    }
}
