import Audit
import DNS
import Keys
import Operations
import Reconcile
import SendGate

@testable import CLI

extension Samples {
    /// Every way in which a command can fail.
    static let errors: [(name: String, view: ErrorView)] = causes.map {
        ($0.0, ErrorView(cause: $0.1, invocation: Invocation(manifestPath: "mail/")))
    }

    private static let causes: [(String, ErrorView.Cause)] = [
        ("usage", .usage(UsageError(message: "there is no terminal to ask at", help: "use --auto-approve"))),
        ("interrupted", .interrupted),
        ("unexpected", .unexpected(hostile)),
        ("manifest", .operation(.manifest([error, warning], files: [file]))),
        ("file", .operation(.file("signet.yaml cannot be read: \(hostile)"))),
        ("store", .operation(.store(StoreError(.busy, "the database is in use")))),
        ("busy", .operation(.busy(lease))),
        ("lease-lost", .operation(.leaseLost(apply(plan([spf]), [.notTried])))),
        (
            "stale-plan",
            .operation(
                .stalePlan([
                    MovedRecordSet(
                        key: dmarc.key, domain: domain, planned: dmarc.before,
                        found: RecordSet(dmarc.key, timeToLiveSeconds: 60, data: [txt(hostile)])),
                    MovedRecordSet(key: spf.key, domain: domain, planned: nil, found: nil),
                ]))
        ),
        (
            "another-manifest",
            .operation(.planOfAnotherManifest(planned: manifestDigest, current: SHA256.hash([])))
        ),
        ("unreadable-plan", .operation(.unreadablePlan("it is not a plan"))),
        ("needs-consent", .operation(.needsConsent([oldKey, hostileChange], flag: "--allow-destructive"))),
        (
            "needs-consent-agents",
            .operation(
                .needsConsentForAgents(agentChanges.filter { $0.risk == .loosens }, flag: "--allow-loosening"))
        ),
        (
            "unusable-approval",
            .operation(.unusableApproval(path: "yes|no.json", reason: "\(LooseningRefusal.stranger)"))
        ),
        ("stale-agents", .operation(.staleAgents(agentChanges.map(\.agent)))),
        ("keyring", .operation(.keyring("the key-encryption key cannot be read"))),
        ("log", .operation(.log(AuditError(.full, "the log cannot be used: the disk is full")))),
        (
            "unfinished",
            .operation(
                .unfinished(MessageID(random: Array(repeating: 1, count: 16)), reason: "relay out: no password"))
        ),
        ("other", .operation(.other("nobody.example is not a domain of the manifest"))),
    ]
}
