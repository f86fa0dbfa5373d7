@testable import CLI
import DNS
import Diagnostics
import MailAuth
import Operations
import Reconcile
import Testing

/// PRODUCT §3: 0 in sync or done; 1 error; 2 differences; 3 not yet converged; 4 misaligned; 5 held or refused; 64 usage.
@Suite struct ExitStatusTests {
    @Test(
        arguments: [
            (CLI.ExitStatus.done, 0), (.error, 1), (.differences, 2), (.notConverged, 3), (.misaligned, 4),
            (.refused, 5),
            (.usage, 64), (.interrupted(signal: 2), 130), (.interrupted(signal: 15), 143),
        ] as [(CLI.ExitStatus, Int32)])
    func codes(_ status: CLI.ExitStatus, _ code: Int32) {
        #expect(status.code == code)
    }

    static func finding(_ severity: Finding.Severity) -> Finding {
        Finding(domain: Samples.domain, code: "DNS105", severity: severity, summary: "", detail: "")
    }

    @Test(
        arguments: [
            ([], [], .done), ([Samples.spf], [], .differences), ([Samples.spf], [finding(.unknown)], .error),
            ([], [finding(.unknown)], .error), ([], [finding(.unknown), finding(.misaligned)], .error),
            ([], [finding(.misaligned)], .misaligned), ([], [finding(.pending)], .notConverged),
            ([], [finding(.warning), finding(.note)], .done),
        ] as [([Change], [Finding], CLI.ExitStatus)])
    func differences(_ changes: [Change], _ findings: [Finding], _ expected: CLI.ExitStatus) {
        let plan = Samples.plan(changes, findings: findings)
        #expect(CLI.ExitStatus(plan, tellsDifferences: true) == expected)
        // An incomplete plan is an error, asked for or not.
        #expect(CLI.ExitStatus(plan, tellsDifferences: false) == (plan.isIncomplete ? .error : .done))
    }

    @Test(
        arguments: [
            (.valid, .done), (.claimsValidBodyAltered, .misaligned), (.legacyOnly, .misaligned),
            (.expired, .misaligned), (.revoked(Samples.domain), .misaligned), (.replaySuspected, .misaligned),
            (.fail(.signature), .misaligned), (.temperror("SERVFAIL"), .error),
        ] as [(AgentIdentityVerdict, CLI.ExitStatus)])
    func identities(_ verdict: AgentIdentityVerdict, _ expected: CLI.ExitStatus) {
        #expect(CLI.ExitStatus(Samples.identity(verdict).report) == expected)
        #expect(CLI.ExitStatus(IdentityReport(path: "", result: nil)) == .misaligned)
    }

    @Test(
        arguments: [
            ([], .done), ([.aligned], .done), ([.aligned, .propagating], .notConverged),
            ([.propagating, .unknown], .error), ([.unknown, .misaligned, .propagating], .misaligned),
        ] as [([DomainState.Status], CLI.ExitStatus)])
    func states(_ statuses: [DomainState.Status], _ expected: CLI.ExitStatus) {
        #expect(CLI.ExitStatus(statuses.map { Samples.state($0) }) == expected)
    }

    @Test(
        arguments: [
            ([.written, .alreadyThere], [], .done), ([.written, .alreadyThere], [.aligned], .done),
            ([.written, .waiting], [], .notConverged), ([.written, .waiting], [.aligned], .notConverged),
            ([.written, .written], [.propagating], .notConverged), ([.written, .written], [.misaligned], .misaligned),
            ([.written, .written], [.unknown], .error), ([.written, .notTried], [.aligned], .error),
            ([.conflict(found: nil), .written], [], .error),
            ([.failed(ProviderError(.rejected, "")), .waiting], [], .error),
            ([.handedOver(instructions: ""), .written], [], .notConverged),
            ([.handedOver(instructions: ""), .written], [.aligned], .done),
        ] as [([ChangeOutcome], [DomainState.Status], CLI.ExitStatus)])
    func applies(_ outcomes: [ChangeOutcome], _ statuses: [DomainState.Status], _ expected: CLI.ExitStatus) {
        let report = ApplyReport(
            plan: Samples.plan([Samples.spf, Samples.newKey]), outcomes: outcomes,
            domains: statuses.map { Samples.state($0) })
        #expect(CLI.ExitStatus(report) == expected)
    }

    @Test func anIncompleteApplyIsNotDone() {
        let report = ApplyReport(plan: Samples.plan([], findings: [Samples.unknownFinding]), outcomes: [])
        #expect(CLI.ExitStatus(report) == .error)
    }
}
