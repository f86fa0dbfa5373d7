import Audit
import DNS
import FoundationEssentials
import Keys
import Reconcile

extension Signet {
    /// Each domain's verification, with all that was seen. A manifest without a state file has no log either, and looking
    /// makes neither.
    func record(_ states: [DomainState], _ loaded: LoadedManifest) async throws(OperationError) {
        guard let port = ports.log, !states.isEmpty, ports.files.exists(statePath(loaded)) else { return }
        let now = ports.clock.now()
        do throws(AuditError) {
            _ = try await port.write(statePath(loaded), nil).append(states.map { LogEntry($0, at: now) })
        } catch {
            throw .log(error)
        }
    }
}

extension LogEntry {
    /// Findings and waits of one domain that an entry names; the rest are only counted.
    private static let linesMax = 24
    /// Octets of each; what is longer is cut at a character, so that whatever DNS answers fits a leaf.
    private static let lineOctetsMax = 300

    init(_ state: DomainState, at time: Date) {
        var details: [String: LogValue] = [
            "status": .text(state.status.rawValue), "spf": .text(state.spf.rawValue),
            "dkim": .text(state.dkim.rawValue),
            "dmarc": .text(state.dmarc.rawValue), "alignment": .text(state.alignment.rawValue),
            "findings": .list(
                state.findings.prefix(Self.linesMax).map {
                    [
                        "code": .text("\($0.code)"), "severity": .text($0.severity.rawValue),
                        "detail": .text(Self.cut($0.detail)),
                    ]
                }),
            "waiting_for": .list(state.waitingFor.prefix(Self.linesMax).map { .text(Self.cut($0)) }),
            "keys": .list(
                state.keys.prefix(Self.linesMax).map {
                    [
                        "selector": .text($0.id.selector), "state": .text($0.state.rawValue),
                        "record": .text(SHA256.hash(Array($0.record.utf8)).description),
                    ]
                }),
        ]
        let omitted =
            max(0, state.findings.count - Self.linesMax) + max(0, state.waitingFor.count - Self.linesMax)
            + max(0, state.keys.count - Self.linesMax)
        if omitted > 0 { details["omitted"] = .integer(Int64(omitted)) }
        self.init(.domainVerified, at: time, domain: state.domain.text, details: details)
    }

    private static func cut(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars where result.utf8.count < lineOctetsMax {
            // A control character takes six octets in JSON.
            result.unicodeScalars.append(scalar.value < 0x20 ? "\u{FFFD}" : scalar)
        }
        return result
    }
}
