import Foundation
import Operations
import Testing

@testable import CLI

@Suite struct ViewTests {
    static let formats: [(OutputFormat, ending: String)] = [(.human, "txt"), (.json, "json"), (.markdown, "md")]

    @Test(arguments: Samples.views.indices) func everyAnswerInEveryForm(_ index: Int) throws {
        let sample = Samples.views[index]
        for (format, ending) in Self.formats {
            let text = format.render(sample.view, command: sample.command, style: .plain)
            try Snapshot.check(text, "\(sample.name).\(ending)")
        }
    }

    @Test(arguments: Samples.errors.indices) func everyErrorInEveryForm(_ index: Int) throws {
        let sample = Samples.errors[index]
        for (format, ending) in Self.formats {
            let text = format.render(sample.view, command: "apply", style: .plain)
            try Snapshot.check(text, "error-\(sample.name).\(ending)")
        }
    }

    @Test func colour() throws {
        let plan = PlanView(report: Samples.report(Samples.fullPlan))
        try Snapshot.check(plan.human(Style(usesColour: true)), "plan-colour.txt")
    }

    @Test func noSnapshotIsLeftOver() throws {
        var used: Set<String> = ["plan-colour.txt"]
        for (_, ending) in Self.formats {
            used.formUnion(Samples.views.map { "\($0.name).\(ending)" })
            used.formUnion(Samples.errors.map { "error-\($0.name).\(ending)" })
        }
        #expect(try Snapshot.unused(used) == [])
    }

    @Test func colourOnlyAdds() {
        for sample in Samples.views {
            let plain = sample.view.human(.plain)
            #expect(Self.withoutColour(sample.view.human(Style(usesColour: true))) == plain)
        }
    }

    /// GitHub refuses a comment of more than 65,536 characters.
    @Test func aLargePlanFitsIntoAComment() {
        let plan = Samples.plan(
            Array(repeating: Samples.spf, count: 2_000), findings: Array(repeating: Samples.finding, count: 1_000))
        let text = PlanView(report: Samples.report(plan)).markdown()
        #expect((20_000...60_000).contains(text.utf8.count))
        #expect(text.contains("more changes\n") && text.contains("more findings\n"))
        #expect(text.contains("Digest:"))
    }

    @Test(arguments: [
        ("style", "--as"), ("original.from", "the message's from"), ("to[1].address", "--to (number 2)"),
        ("headers[0].name", "--header (number 1)"), ("unsubscribeURL", "--unsubscribe"), ("message", "the message"),
        ("idempotencyKey", "--idempotency-key"),
    ])
    func aFieldIsNamedAsTheCommandLineDoes(field: String, option: String) {
        let view = ErrorView(cause: .operation(.request(field: field, reason: "it is wrong")))
        #expect(view.human(.plain) == "error: \(option): it is wrong; nothing was sent\n")
    }

    @Test func aPlansFileIsNamed() {
        let invocation = Invocation(planPath: "p.json")
        let view = ErrorView(cause: .operation(.unreadablePlan("it is not a plan")), invocation: invocation)
        #expect(
            view.human(.plain)
                == "error: the plan p.json cannot be read: it is not a plan\nhelp: make a new one: signet plan --out p.json\n"
        )
    }

    @Test func quietLeavesHintsOut() {
        let view = PlanView(report: Samples.report(Samples.fullPlan))
        #expect(view.human(.plain).contains("Next: signet apply"))
        #expect(!view.human(Style(usesColour: false, isQuiet: true)).contains("Next:"))
    }

    private static func withoutColour(_ text: String) -> String {
        var result = ""
        var rest = text[...]
        while let escape = rest.firstIndex(of: "\u{1B}") {
            result += rest[..<escape]
            rest = rest[escape...].drop { $0 != "m" }.dropFirst()
        }
        return result + rest
    }
}
