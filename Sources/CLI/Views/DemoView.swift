import DNS

/// One step of the demo: a command line, what it said, and how it ended.
struct DemoStep: Sendable {
    var headline: String
    var arguments: [String]
    var expected: ExitStatus
    var status: ExitStatus?
    /// Standard output.
    var output = ""
    var seconds = 0.0
    /// What the output has to speak of.
    var mustName: String?

    /// The word behind this one in the human answer: `message   qaucur…`.
    func word(after label: String) -> String? {
        for line in output.split(separator: "\n") {
            let words = line.split(separator: " ")
            if words.count >= 2, words[0] == label { return String(words[1]) }
        }
        return nil
    }

    var isAsExpected: Bool { status == expected && mustName.map { output.contains($0) } ?? true }
    var commandLine: String { (["signet"] + arguments).map(Invocation.shellWord).joined(separator: " ") }
}

struct DemoView: View {
    var steps: [DemoStep]
    /// Where it worked, if that is still there.
    var folder: String?

    var isAsExpected: Bool { steps.count == Self.stepCount && steps.allSatisfy(\.isAsExpected) }
    static let stepCount = 18

    // MARK: human, as it goes along

    static func opening(_ step: DemoStep, _ style: Style) -> String {
        "\(style.paint("== \(step.headline)", .strong))\n\(style.paint("$ \(step.commandLine)", .faint))\n\n"
    }

    static func closing(_ step: DemoStep, _ style: Style) -> String {
        let code = step.status.map { "exit code \($0.code)" } ?? "not run"
        let meaning = step.isAsExpected ? meaning(step.expected) : "expected \(step.expected.code)"
        return
            "\n\(style.paint("→ \(code)\(meaning.isEmpty ? "" : ": \(meaning)")", step.isAsExpected ? .good : .bad))\n\n"
    }

    static func interlude(_ key: RecordSetKey, _ style: Style) -> String {
        interlude("Meanwhile, somebody weakens \(key) at the provider's console", style)
    }

    static func interlude(_ text: String, _ style: Style) -> String { style.paint("== \(text)", .strong) + "\n\n" }

    private static func meaning(_ status: ExitStatus) -> String {
        switch status {
        case .differences: "there are differences, which a pipeline can act on"
        case .refused: "held or refused by the gate"
        case .notConverged: "not yet"
        default: ""
        }
    }

    func human(_ style: Style) -> String {
        var page = Page()
        page.line(
            isAsExpected
                ? style.paint("Every step ended as it should.", .good)
                : style.paint("The demo did not go as it should.", .bad))
        if let folder { page.line("Its folder: \(style.safe(folder))") }
        return page.text
    }

    // MARK: json and markdown, at the end

    func json() -> JSONValue {
        [
            "as_expected": .bool(isAsExpected), "folder": JSONValue(folder),
            "steps": .array(
                steps.map { step in
                    [
                        "headline": .string(step.headline), "command_line": .string(step.commandLine),
                        "exit_code": step.status.map { .number(Int($0.code)) } ?? .null,
                        "expected_exit_code": .number(Int(step.expected.code)),
                        "as_expected": .bool(step.isAsExpected), "output": .string(step.output),
                    ]
                }),
        ]
    }

    func markdown() -> String {
        var text =
            "### Signet demo\n\n**\(isAsExpected ? "Every step ended as it should." : "The demo did not go as it should.")**\n"
        for step in steps {
            text += "\n#### \(step.headline)\n\n"
            let lines =
                ["$ \(step.commandLine)", ""]
                + step.output.split(separator: "\n", omittingEmptySubsequences: false).dropLast().map(String.init)
            text += MarkdownText.fenced(lines)
            text += "\nExit code \(step.status.map { String($0.code) } ?? "none"), expected \(step.expected.code).\n"
        }
        return text
    }
}
