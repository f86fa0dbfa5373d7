import Manifest
import SendGate
import Testing

/// The gate's rules a second time, independent of the code: a table of which every combination of facts matches exactly
/// one line. `.` is anything; `!x` anything but x; `sends` any mode but `read_only`.
///
/// (The third statement is in proofs/, in Lean.)
@Suite("Gate: rules")
struct GateRulesTests {
    static let rules = """
        log          registration sender  recipients   limits   mode       approval  convergence   alignment  copy       | decision
        not_writable .            .       .            .        .          .         .             .          .          | defer.log_not_writable
        writable     unregistered .       .            .        .          .         .             .          .          | refuse.agent_unregistered
        writable     revoked      .       .            .        .          .         .             .          .          | refuse.agent_revoked
        writable     registered   foreign .            .        .          .         .             .          .          | refuse.foreign_sender
        writable     registered   own     blocked      .        .          .         .             .          .          | refuse.recipient_blocked
        writable     registered   own     !blocked     exceeded .          .         .             .          .          | refuse.limit_exceeded
        writable     registered   own     !blocked     within   too_loose  .         .             .          .          | refuse.looser_mode
        writable     registered   own     !blocked     within   read_only  .         .             .          .          | refuse.read_only
        writable     registered   own     !blocked     within   sends      denied    .             .          .          | refuse.approval_denied
        writable     registered   own     !blocked     within   sends      !denied   not_converged .          .          | defer.not_converged
        writable     registered   own     !blocked     within   sends      !denied   unknown       .          .          | defer.convergence_unknown
        writable     registered   own     !blocked     within   sends      !denied   converged     misaligned .          | refuse.misaligned
        writable     registered   own     !blocked     within   sends      !denied   converged     stale      .          | observe.alignment_stale
        writable     registered   own     !blocked     within   sends      !denied   converged     unknown    .          | defer.alignment_unknown
        writable     registered   own     !blocked     within   autonomous !denied   converged     aligned    .          | release.plain
        writable     registered   own     !blocked     within   monitored  !denied   converged     aligned    possible   | release.with_copy
        writable     registered   own     !blocked     within   monitored  !denied   converged     aligned    impossible | refuse.oversight_copy_impossible
        writable     registered   own     all_allowed  within   gated_send !denied   converged     aligned    .          | release.plain
        writable     registered   own     some_not_allowed within gated_send matching converged    aligned    .          | release.by_approval
        writable     registered   own     some_not_allowed within gated_send none     converged    aligned    .          | hold.approval_needed
        writable     registered   own     some_not_allowed within gated_send pending  converged    aligned    .          | hold.approval_pending
        writable     registered   own     some_not_allowed within gated_send mismatched converged  aligned    .          | hold.approval_mismatched
        writable     registered   own     some_not_allowed within gated_send expired  converged    aligned    .          | hold.approval_expired
        writable     registered   own     some_not_allowed within gated_send used     converged    aligned    .          | hold.approval_used
        writable     registered   own     some_not_allowed within gated_send untrusted converged   aligned    .          | hold.approval_untrusted
        writable     registered   own     some_not_allowed within gated_send unknown  converged    aligned    .          | hold.approval_unknown
        writable     registered   own     !blocked     within   gated_all  matching   converged    aligned    .          | release.by_approval
        writable     registered   own     !blocked     within   gated_all  none       converged    aligned    .          | hold.approval_needed
        writable     registered   own     !blocked     within   gated_all  pending    converged    aligned    .          | hold.approval_pending
        writable     registered   own     !blocked     within   gated_all  mismatched converged    aligned    .          | hold.approval_mismatched
        writable     registered   own     !blocked     within   gated_all  expired    converged    aligned    .          | hold.approval_expired
        writable     registered   own     !blocked     within   gated_all  used       converged    aligned    .          | hold.approval_used
        writable     registered   own     !blocked     within   gated_all  untrusted  converged    aligned    .          | hold.approval_untrusted
        writable     registered   own     !blocked     within   gated_all  unknown    converged    aligned    .          | hold.approval_unknown
        """

    /// Strictest first, as PRODUCT §6 lists them.
    static let modes = ["read_only", "gated_all", "gated_send", "monitored", "autonomous"]

    /// Each column's values, one bit each in a line's mask.
    static let columns: [[String]] = [
        ["writable", "not_writable"], ["registered", "unregistered", "revoked"], ["own", "foreign"],
        ["all_allowed", "some_not_allowed", "blocked"], ["within", "exceeded"], modes + ["too_loose"],
        ["none", "pending", "matching", "mismatched", "expired", "used", "denied", "untrusted", "unknown"],
        ["converged", "not_converged", "unknown"], ["aligned", "misaligned", "stale", "unknown"],
        ["possible", "impossible"],
    ]

    struct Rule {
        /// One bit for each value of each column that the line allows.
        var mask: UInt64
        var decision: GateDecision
    }

    static let lines: [Rule] = rules.split(separator: "\n").dropFirst().map { line in
        let halves = line.split(separator: "|").map { $0.trimmingBlanks }
        let cells = halves[0].split(separator: " ").map(String.init)
        precondition(cells.count == columns.count, "\(line)")
        var mask: UInt64 = 0
        var offset: UInt64 = 0
        for (cell, values) in zip(cells, columns) {
            let isNegated = cell.hasPrefix("!")
            let name = isNegated ? String(cell.dropFirst()) : cell
            precondition(name == "." || name == "sends" || values.contains(name), name)
            for (index, value) in values.enumerated() {
                let isNamed = name == "." || value == name || name == "sends" && modes.dropFirst().contains(value)
                if isNamed != isNegated { mask |= 1 << (offset + UInt64(index)) }
            }
            offset += UInt64(values.count)
        }
        return Rule(mask: mask, decision: GateDecision(code: halves[1])!)
    }

    static func bits(_ facts: GateFacts) -> UInt64 {
        let declared = modes.firstIndex(of: facts.declaredMode.rawValue)!
        let requested = modes.firstIndex(of: facts.requestedMode.rawValue) ?? declared
        let mode = requested > declared ? 5 : requested
        let values = [
            columns[0].firstIndex(of: facts.log.rawValue)!, columns[1].firstIndex(of: facts.registration.rawValue)!,
            columns[2].firstIndex(of: facts.sender.rawValue)!, columns[3].firstIndex(of: facts.recipients.rawValue)!,
            columns[4].firstIndex(of: facts.limits.rawValue)!, mode,
            columns[6].firstIndex(of: facts.approval.rawValue)!,
            columns[7].firstIndex(of: facts.convergence.rawValue)!,
            columns[8].firstIndex(of: facts.alignment.rawValue)!,
            columns[9].firstIndex(of: facts.oversightCopy.rawValue)!,
        ]
        var bits: UInt64 = 0
        var offset = 0
        for (value, column) in zip(values, columns) {
            bits |= 1 << UInt64(offset + value)
            offset += column.count
        }
        return bits
    }

    static func expected(_ facts: GateFacts) -> [GateDecision] {
        let bits = bits(facts)
        return lines.filter { bits & ~$0.mask == 0 }.map(\.decision)
    }

    static let allFacts = DecisionTable.allFacts

    @Test("every combination of facts is decided as the one line says that speaks of it")
    func everyRow() {
        var wrong: [String] = []
        for facts in Self.allFacts {
            let expected = Self.expected(facts)
            if expected != [Gate.decide(facts)], wrong.count < 10 {
                wrong.append("\(facts): \(Gate.decide(facts).code), the lines say \(expected.map(\.code))")
            }
        }
        #expect(wrong == [])
        #expect(Self.allFacts.count == 466_560)
        #expect(Set(Self.allFacts).count == 466_560)
    }

    @Test("each decision there is can happen")
    func everyDecision() {
        #expect(Set(Self.allFacts.map { Gate.decide($0) }) == Set(GateDecision.allCases))
    }

    // MARK: mutants

    /// A gate that takes one fact for another. The lines above must tell it from the right one.
    struct Mutant: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var change: @Sendable (inout GateFacts) -> Void

        init(_ title: String, _ change: @escaping @Sendable (inout GateFacts) -> Void) {
            testDescription = title
            self.change = change
        }
    }

    static let mutants: [Mutant] = [
        Mutant("the log is not asked") { $0.log = .writable },
        Mutant("an unregistered agent is taken for registered") {
            if $0.registration == .unregistered { $0.registration = .registered }
        },
        Mutant("a revoked agent is taken for registered") {
            if $0.registration == .revoked { $0.registration = .registered }
        },
        Mutant("a revoked agent is taken for unregistered") {
            if $0.registration == .revoked { $0.registration = .unregistered }
        },
        Mutant("any sender will do") { $0.sender = .own },
        Mutant("a block is taken for a missing permission") {
            if $0.recipients == .blocked { $0.recipients = .someNotAllowed }
        },
        Mutant("one allowed recipient allows all") {
            if $0.recipients == .someNotAllowed { $0.recipients = .allAllowed }
        },
        Mutant("the allow list is not read") { if $0.recipients == .allAllowed { $0.recipients = .someNotAllowed } },
        Mutant("limits are not counted") { $0.limits = .within },
        Mutant("not converged is good enough") {
            if $0.convergence == .notConverged { $0.convergence = .converged }
        },
        Mutant("unknown convergence is good enough") { if $0.convergence == .unknown { $0.convergence = .converged } },
        Mutant("misaligned is good enough") { if $0.alignment == .misaligned { $0.alignment = .aligned } },
        Mutant("alignment never ages") { if $0.alignment == .stale { $0.alignment = .aligned } },
        Mutant("unknown alignment is good enough") { if $0.alignment == .unknown { $0.alignment = .aligned } },
        Mutant("the declared mode alone counts") { $0.requestedMode = .unspecified },
        Mutant("the requested mode alone counts") {
            if let mode = $0.requestedMode.mode {
                $0.declaredMode = mode
                $0.requestedMode = .unspecified
            }
        },
        Mutant("gated_all is taken for gated_send") {
            if $0.declaredMode == .gatedAll { $0.declaredMode = .gatedSend }
        },
        Mutant("no approval is good enough") { if $0.approval == .none { $0.approval = .matching } },
        Mutant("asking is good enough") { if $0.approval == .pending { $0.approval = .matching } },
        Mutant("an edit voids nothing") { if $0.approval == .mismatched { $0.approval = .matching } },
        Mutant("approvals never expire") { if $0.approval == .expired { $0.approval = .matching } },
        Mutant("approvals can be used again") { if $0.approval == .used { $0.approval = .matching } },
        Mutant("a no is forgotten") { if $0.approval == .denied { $0.approval = .none } },
        Mutant("any signature will do") { if $0.approval == .untrusted { $0.approval = .matching } },
        Mutant("an unreadable approval is good enough") { if $0.approval == .unknown { $0.approval = .matching } },
        Mutant("a copy is always possible") { $0.oversightCopy = .possible },
    ]

    @Test("the lines tell a wrong gate from the right one", arguments: mutants)
    func mutant(_ mutant: Mutant) {
        let isCaught = Self.allFacts.contains { facts in
            var changed = facts
            mutant.change(&changed)
            return changed != facts && Self.expected(facts) != [Gate.decide(changed)]
        }
        #expect(isCaught)
    }
}

extension Substring {
    fileprivate var trimmingBlanks: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
