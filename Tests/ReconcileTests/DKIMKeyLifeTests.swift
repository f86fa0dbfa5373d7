import DNS
import Diagnostics
import FoundationEssentials
import Keys
import MailAuth
import Manifest
import Testing

@testable import Reconcile

@Suite("The life of a domain's DKIM keys")
struct DKIMKeyLifeTests {
    static let now = DomainPlannerTests.now
    static let domain = DomainPlannerTests.domain
    static let day: Double = 86_400
    static let quarter = Duration.seconds(90 * 86_400)
    static let week = Duration.seconds(7 * 86_400)

    /// `mm1`, how it stands, and for how many days it has. `made`: how many days ago, by default as long.
    static func key(
        _ selector: String, _ state: KeyState, days: Double = 0, made: Double? = nil,
        _ algorithm: KeyAlgorithm = .ed25519
    ) -> KeyRecord {
        var key = DomainPlannerTests.key(state, selector: selector)
        key.algorithm = algorithm
        key.stateChangedAt = now.addingTimeInterval(-day * days)
        key.createdAt = now.addingTimeInterval(-day * (made ?? days))
        return key
    }

    static func life(
        _ keys: [KeyRecord], declares types: [DKIMDeclaration.KeyType] = [.ed25519], prefix: String = "mm",
        rotateEvery: Duration? = quarter, overlap: Duration = week
    ) -> DKIMKeyLife {
        DKIMKeyLife(
            domain: domain,
            declaration: DKIMDeclaration(
                selectorPrefix: prefix, keys: types, rotateEvery: rotateEvery, overlap: overlap),
            keyring: keys, overlap: overlap, now: now)
    }

    /// `mm1 signs`, `mm2 next`, `mm1 stays`, `mm1 p=`; and `mm3 made` for a key that is generated first.
    static func told(_ life: DKIMKeyLife) -> [String] {
        life.records.map { record in
            let word =
                switch record.role {
                case nil: "signs"
                case .successor: "next"
                case .retiring: "stays"
                case .revoked: "p="
                case .agent: "agent"
                }
            let isMissing = life.missing.contains { $0.id == record.id }
            return "\(record.id.selector) \(word)\(isMissing ? " made" : "")"
        }
    }

    @Test("from the first key to the last record")
    func records() {
        let cases: [(what: String, keys: [KeyRecord], told: [String])] = [
            ("nothing yet", [], ["mm1 signs made"]),
            ("generated, and mail waits for it", [Self.key("mm1", .generated)], ["mm1 signs"]),
            ("published", [Self.key("mm1", .published)], ["mm1 signs"]),
            ("active for less than its time", [Self.key("mm1", .active, days: 89.999)], ["mm1 signs"]),
            ("for its time", [Self.key("mm1", .active, days: 90)], ["mm1 signs", "mm2 next made"]),
            ("for longer", [Self.key("mm1", .active, days: 400)], ["mm1 signs", "mm2 next made"]),
            ("since tomorrow: the clock went back", [Self.key("mm1", .active, days: -1)], ["mm1 signs"]),
            (
                "under way: no second one", [Self.key("mm1", .active, days: 400), Self.key("mm2", .generated)],
                ["mm1 signs", "mm2 next"]
            ),
            (
                "published, and not converged", [Self.key("mm1", .active, days: 400), Self.key("mm2", .published)],
                ["mm1 signs", "mm2 next"]
            ),
            (
                "the switch was cut short", [Self.key("mm1", .active, days: 400), Self.key("mm2", .active)],
                ["mm1 stays", "mm2 signs"]
            ),
            (
                "retiring within the overlap",
                [Self.key("mm1", .retiring, days: 6.999), Self.key("mm2", .active)], ["mm2 signs", "mm1 stays"]
            ),
            (
                "the overlap is over", [Self.key("mm1", .retiring, days: 7), Self.key("mm2", .active)],
                ["mm2 signs", "mm1 p="]
            ),
            (
                "retired tomorrow: the clock went back",
                [Self.key("mm1", .retiring, days: -1), Self.key("mm2", .active)], ["mm2 signs", "mm1 stays"]
            ),
            (
                "revoked, and says so", [Self.key("mm1", .revoked, days: 6.999), Self.key("mm2", .active)],
                ["mm2 signs", "mm1 p="]
            ),
            ("for long enough", [Self.key("mm1", .revoked, days: 7), Self.key("mm2", .active)], ["mm2 signs"]),
            ("removed", [Self.key("mm1", .removed, days: 7), Self.key("mm2", .active)], ["mm2 signs"]),
            ("numbers are not used again", [Self.key("mm9", .removed, days: 99)], ["mm1 signs made"]),
            (
                "mm10 comes after mm9",
                [Self.key("mm9", .active, days: 400, made: 400), Self.key("mm10", .active, days: 95, made: 100)],
                ["mm9 stays", "mm10 signs", "mm1 next made"]
            ),
            (
                "revoked by hand, and nothing else signs", [Self.key("mm1", .revoked)], ["mm2 signs made", "mm1 p="]
            ),
        ]
        for (what, keys, told) in cases { #expect(Self.told(Self.life(keys)) == told, "\(what)") }
    }

    @Test("what is to be done with the keys themselves")
    func transitions() {
        let switched = Self.life([Self.key("mm1", .active, days: 99), Self.key("mm2", .active)])
        #expect(switched.superseded.map(\.id.selector) == ["mm1"])
        #expect(switched.signing.map(\.selector) == ["mm2"])
        let over = Self.life([Self.key("mm1", .retiring, days: 7), Self.key("mm2", .active)])
        #expect(over.revocable.map(\.id.selector) == ["mm1"] && over.retiring.isEmpty)
        let gone = Self.life([Self.key("mm1", .revoked, days: 7), Self.key("mm2", .active)])
        #expect(gone.removable.map(\.id.selector) == ["mm1"] && gone.revocable.isEmpty)
        let waiting = Self.life([Self.key("mm1", .active, days: 99), Self.key("mm2", .published)])
        #expect(waiting.superseded.isEmpty)
        #expect(waiting.signing.map(\.selector) == ["mm1"], "mail does not wait for the newer one")
        #expect(waiting.successions.map(\.from?.selector) == ["mm1"])
        // A rotation by hand is the next key, made; without `rotate_every` nothing is ever due.
        #expect(Self.told(Self.life([Self.key("mm1", .active, days: 9999)], rotateEvery: nil)) == ["mm1 signs"])
    }

    @Test("both types are due at once, or one of them")
    func bothDue() {
        let both: [DKIMDeclaration.KeyType] = [.rsa2048, .ed25519]
        #expect(Self.told(Self.life([], declares: both)) == ["mm1 signs made", "mm2 signs made"])
        let due = Self.life(
            [Self.key("mm1", .active, days: 90, .rsa2048), Self.key("mm2", .active, days: 90)], declares: both)
        #expect(Self.told(due) == ["mm1 signs", "mm3 next made", "mm2 signs", "mm4 next made"])
        #expect(due.missing.map(\.algorithm) == [.rsa2048, .ed25519])
        #expect(due.successions.map { "\($0.from?.selector ?? "-") \($0.id.selector)" } == ["mm1 mm3", "mm2 mm4"])
        let one = Self.life(
            [Self.key("mm1", .active, days: 90, .rsa2048), Self.key("mm2", .active, days: 89)], declares: both)
        #expect(Self.told(one) == ["mm1 signs", "mm3 next made", "mm2 signs"])
        // The first keys of a domain: mail waits for both, whichever converges first.
        let first = Self.life(
            [Self.key("mm1", .active, days: 0, made: 1, .rsa2048), Self.key("mm2", .published, days: 1)],
            declares: both)
        #expect(Self.told(first) == ["mm1 signs", "mm2 signs"])
        #expect(first.signing.map(\.selector) == ["mm1", "mm2"])
        // One was revoked by hand: mail does not wait for its successor, because the other type signs.
        let revoked = Self.life(
            [Self.key("mm1", .active, days: 9, .rsa2048), Self.key("mm2", .revoked)], declares: both)
        #expect(Self.told(revoked) == ["mm1 signs", "mm3 next made", "mm2 p="])
        #expect(revoked.successions.map(\.from) == [nil])
    }

    @Test("a type that is no longer declared signs until the declared ones do")
    func undeclaredType() {
        let rsa = Self.key("mm1", .active, days: 9, .rsa2048)
        let replaced = Self.life([rsa, Self.key("mm2", .active, days: 9)])
        #expect(Self.told(replaced) == ["mm2 signs", "mm1 stays"])
        #expect(replaced.superseded.map(\.id.selector) == ["mm1"])
        let needed = Self.life([rsa])
        #expect(Self.told(needed) == ["mm2 next made", "mm1 signs"])
        #expect(needed.superseded.isEmpty && needed.signing.map(\.selector) == ["mm1"])
        let waiting = Self.life([rsa, Self.key("mm2", .published)])
        #expect(Self.told(waiting) == ["mm2 next", "mm1 signs"])
        // Never published: no record, and nothing to retire.
        let unpublished = Self.life([Self.key("mm1", .generated, days: 9, .rsa2048), Self.key("mm2", .active)])
        #expect(Self.told(unpublished) == ["mm2 signs"] && unpublished.removable.map(\.id.selector) == ["mm1"])
    }

    @Test("another prefix is a rotation, with or without its time")
    func prefix() {
        let old = Self.key("mm4", .active, days: 3)
        #expect(Self.told(Self.life([old], prefix: "nn", rotateEvery: nil)) == ["mm4 signs", "nn1 next made"])
        let under = [old, Self.key("nn1", .published)]
        #expect(Self.told(Self.life(under, prefix: "nn")) == ["mm4 signs", "nn1 next"])
        #expect(Self.told(Self.life([old, Self.key("nn1", .active)], prefix: "nn")) == ["mm4 stays", "nn1 signs"])
        // Changed back half-way: the key that has not signed yet stops, and the number goes on after that.
        let back = Self.life(under, prefix: "mm")
        #expect(Self.told(back) == ["nn1 stays", "mm4 signs"] && back.superseded.map(\.id.selector) == ["nn1"])
        // A prefix that ends in a digit: `mm1` and 1, not `mm` and 11.
        #expect(
            Self.told(Self.life([Self.key("mm11", .active), Self.key("mm2", .active, days: 9)], prefix: "mm1"))
                == ["mm2 stays", "mm11 signs"])
    }

    @Test("a domain that sends no more: all of its keys stop, at once")
    func parked() {
        let life = DKIMKeyLife(
            domain: Self.domain, declaration: nil,
            keyring: [
                Self.key("mm1", .retiring, days: 8), Self.key("mm2", .active, days: 9), Self.key("mm3", .published),
                Self.key("mm4", .generated),
            ], overlap: Self.week, now: Self.now)
        #expect(Self.told(life) == ["mm2 stays", "mm3 stays", "mm1 p="])
        #expect(life.superseded.map(\.id.selector) == ["mm2", "mm3"] && life.removable.map(\.id.selector) == ["mm4"])
        #expect(life.signing.isEmpty && life.missing.isEmpty)
        let plan = DomainPlannerTests.plan(
            DomainPlannerTests.declaration(policy: .reject, sends: false), keyring: [Self.key("mm2", .active)])
        #expect(plan.keys.isEmpty && plan.findings.map(\.code) == ["DKM101"])
        #expect(plan.changes.contains { $0.key.name.text == "*._domainkey.d.example" })
    }

    @Test("what signs now: of each type the key that was activated last")
    func signingKeys() {
        let keys = [
            Self.key("mm1", .active, days: 90, .rsa2048), Self.key("mm3", .active, days: 1, .rsa2048),
            Self.key("mm2", .active, days: 90), Self.key("mm4", .published), Self.key("mm0", .retiring),
        ]
        #expect(DKIMKeyLife.signingKeys(of: Self.domain, in: keys).map(\.id.selector) == ["mm3", "mm2"])
        #expect(DKIMKeyLife.signingKeys(of: DomainName(canonical: "x.example"), in: keys).isEmpty)
    }

    // MARK: in a plan

    @Test("a rotation in a domain's plan: safe, first, and nothing that mail or a policy waits for")
    func plan() throws {
        var declaration = DomainPlannerTests.declaration()
        declaration.dkim?.rotateEvery = Self.quarter
        let key = Self.key("s1", .active, days: 90)
        let settled = DomainPlannerTests.published(
            DomainPlannerTests.plan(declaration, keyring: [Self.key("s1", .active)]))
        func outcome(_ keys: [KeyRecord]) -> DomainPlanner.Outcome {
            DomainPlannerTests.plan(
                declaration, keyring: keys, served: settled, ledger: settled.map { DomainPlannerTests.written($0) })
        }
        let due = outcome([key])
        #expect(due.keys.map(\.id.selector) == ["s2"])
        #expect(due.changes.map(\.key.name.text) == ["s2._domainkey.d.example"])
        #expect(due.changes.first?.stage == .publish && due.changes.first?.risk == .safe)
        #expect(due.changes.first?.reason == "it takes over from s1 once it has converged")
        #expect(due.findings.map(\.code) == ["DKM106"])
        let desired = DesiredState(declaration, keyring: [key], now: Self.now)
        #expect(desired.recordSets.filter { !$0.isOfDomain }.map(\.key.name.text) == ["s2._domainkey.d.example"])
        #expect(!desired.recordSets.contains { DomainPlanner.authenticates($0) && $0.role != nil })
    }

    @Test("plans hold no time: the clock moves them only where something falls due")
    func sameBytes() throws {
        var declaration = DomainPlannerTests.declaration()
        declaration.dkim?.rotateEvery = Self.quarter
        declaration.dkim?.overlap = Self.week
        func octets(_ seconds: Double) -> [UInt8] {
            func moved(_ key: KeyRecord) -> KeyRecord {
                var key = key
                key.stateChangedAt -= seconds
                key.createdAt -= seconds
                return key
            }
            let outcome = DomainPlannerTests.plan(
                declaration,
                keyring: [
                    moved(Self.key("s1", .retiring, days: 1)), moved(Self.key("s2", .active, days: 1)),
                    moved(AgentKeyLifeTests.key("k1", .retiring, daysAgo: 1)),
                    moved(AgentKeyLifeTests.key("k2", .active)),
                ], agents: [AgentKeyLifeTests.agent])
            return PlanDocument.encode(
                Plan(
                    manifestDigest: SHA256.hash([]), domainCount: 1, keys: outcome.keys, changes: outcome.changes,
                    findings: outcome.findings))
        }
        let plan = octets(0)
        #expect(String(decoding: plan, as: UTF8.self).contains("DKM101"))
        for seconds in [1, 86_400, 6 * 86_400 - 1] { #expect(octets(Double(seconds)) == plan) }
        for days in [6.0, 89] { #expect(octets(days * Self.day) != plan, "the overlap, then the rotation") }
        #expect(octets(6 * Self.day) == octets(50 * Self.day))
    }

    @Test("the next step of each key, and when")
    func steps() {
        var declaration = DomainPlannerTests.declaration()
        declaration.dkim = DKIMDeclaration(
            selectorPrefix: "mm", keys: [.ed25519], rotateEvery: Self.quarter, overlap: Self.week)
        func step(_ keys: [KeyRecord]) -> String {
            let schedule = KeySchedule(declaration, agents: [AgentKeyLifeTests.agent], keyring: keys, now: Self.now)
            guard let next = schedule.next(keys[0]) else { return "-" }
            return next.kind.rawValue
                + (next.dueAt.map { " \(Int($0.timeIntervalSince(Self.now) / Self.day))" } ?? "")
        }
        let two = Self.key("mm2", .active, days: 1)
        let cases: [(keys: [KeyRecord], step: String)] = [
            ([Self.key("mm1", .generated)], "publish"), ([Self.key("mm1", .published)], "sign"),
            ([Self.key("mm1", .active, days: 80)], "rotate 10"), ([Self.key("mm1", .active, days: 91)], "rotate -1"),
            ([Self.key("mm1", .active, days: 91), Self.key("mm2", .published)], "retire"),
            ([Self.key("mm1", .active, days: 91), two], "retire"),
            ([Self.key("mm1", .retiring, days: 2), two], "revoke 5"),
            ([Self.key("mm1", .revoked, days: 3), two], "remove 4"), ([Self.key("mm1", .removed), two], "-"),
            ([Self.key("mm1", .active, days: 1, .rsa2048), two], "retire"),
            ([AgentKeyLifeTests.key("k1", .active, daysAgo: 89)], "rotate 1"),
            ([AgentKeyLifeTests.key("k1", .revoked, daysAgo: 1)], "remove 29"),
        ]
        for (keys, wanted) in cases { #expect(step(keys) == wanted, "\(keys.map(\.state))") }
    }
}
