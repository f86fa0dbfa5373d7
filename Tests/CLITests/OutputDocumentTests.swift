import Foundation
import Testing

@testable import CLI

/// docs/output.md and schemas/plan.schema.json say what the answers really hold.
@Suite struct OutputDocumentTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every key of every object below.
    private static func keys(_ value: Any) -> Set<String> {
        switch value {
        case let object as [String: Any]:
            object.reduce(into: []) { $0.formUnion(keys($1.value).union([$1.key])) }
        case let array as [Any]: array.reduce(into: []) { $0.formUnion(keys($1)) }
        default: []
        }
    }

    private static func answers() throws -> [(String, Any)] {
        let all = Samples.views + Samples.errors.map { (name: "error-\($0.name)", command: "apply", view: $0.view) }
        return try all.map { name, command, view in
            let text = OutputFormat.json.render(view, command: command, style: .plain)
            return (name, try JSONSerialization.jsonObject(with: Data(text.utf8)))
        }
    }

    @Test func everyKeyIsDescribed() throws {
        let document = try String(contentsOf: Self.root.appending(path: "docs/output.md"), encoding: .utf8)
        let words = Set(document.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
        for (name, answer) in try Self.answers() {
            let missing = Self.keys(answer).subtracting(words)
            #expect(missing.isEmpty, "\(name): docs/output.md does not say what \(missing.sorted()) mean")
        }
    }

    private static let validator = """
        import json, sys, jsonschema
        jsonschema.Draft202012Validator(json.load(open(sys.argv[1]))).validate(json.load(sys.stdin))
        """

    private static func python(_ script: String, _ arguments: [String], input: Data) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", script] + arguments
        let pipe = Pipe()
        process.standardInput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        pipe.fileHandleForWriting.write(input)
        try pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        return process.terminationStatus
    }

    private static let hasValidator = (try? python("import jsonschema", [], input: Data())) == 0

    @Test(.enabled(if: hasValidator, "needs Python with jsonschema: apt-get install python3-jsonschema"))
    func plansKeepToTheirSchema() throws {
        let schema = Self.root.appending(path: "schemas/plan.schema.json").path
        var checked = 0
        for (name, answer) in try Self.answers() {
            guard var plan = (answer as? [String: Any])?["plan"] as? [String: Any] else { continue }
            #expect(try Self.python(Self.validator, [schema], input: JSONSerialization.data(withJSONObject: plan)) == 0)
            // A schema that takes anything would pass as well.
            plan["stranger"] = true
            #expect(
                try Self.python(Self.validator, [schema], input: JSONSerialization.data(withJSONObject: plan)) != 0,
                "\(name)")
            checked += 1
        }
        #expect(checked >= 5)
    }
}
