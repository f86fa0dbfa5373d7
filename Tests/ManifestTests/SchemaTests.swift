import Diagnostics
import Foundation
import Manifest
import Testing

@Suite("JSON Schema")
struct SchemaTests {
    private static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    private static let file = root.appending(path: "schemas/manifest.schema.json")

    @Test("The file is what the loader's table says")
    func fresh() throws {
        if ProcessInfo.processInfo.environment["RECORD"] == "1" {
            try ManifestSchema.json().write(to: Self.file, atomically: true, encoding: .utf8)
        }
        #expect(try String(contentsOf: Self.file, encoding: .utf8) == ManifestSchema.json(), "RECORD=1 rewrites it")
    }

    @Test("It is JSON, and describes every key")
    func described() throws {
        let schema = try #require(
            try JSONSerialization.jsonObject(with: Data(ManifestSchema.json().utf8)) as? [String: Any])
        var keys = 0
        func walk(_ value: Any) {
            if let object = value as? [String: Any] {
                for (_, property) in object["properties"] as? [String: Any] ?? [:] {
                    keys += 1
                    let text = (property as? [String: Any])?["description"] as? String
                    #expect((text?.count ?? 0) > 10)
                }
                object.values.forEach(walk)
            } else if let array = value as? [Any] {
                array.forEach(walk)
            }
        }
        walk(schema)
        #expect(keys > 70)
    }

    private static func python(_ arguments: [String]) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = ["python3"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        guard (try? process.run()) != nil else { return (127, "") }
        let data = pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: data, as: UTF8.self))
    }

    private static let hasValidator = python(["-c", "import jsonschema, yaml"]).status == 0

    /// Reads YAML as 1.2's core schema does, and prints for each file whether the schema accepts it.
    private static let script = """
        import json, re, sys, jsonschema, yaml
        class Core(yaml.SafeLoader): pass
        Core.yaml_implicit_resolvers = {}
        Core.add_implicit_resolver('tag:yaml.org,2002:bool', re.compile('^(true|false)$'), list('tf'))
        Core.add_implicit_resolver('tag:yaml.org,2002:null', re.compile('^(null|~|)$'), ['n', '~', ''])
        Core.add_implicit_resolver('tag:yaml.org,2002:int', re.compile('^[-+]?[0-9]+$'), list('-+0123456789'))
        Core.add_implicit_resolver('tag:yaml.org,2002:float', re.compile('^[-+]?[0-9]+([.][0-9]*)?[eE][0-9]+$'), list('-+0123456789'))
        Core.add_implicit_resolver('tag:yaml.org,2002:merge', re.compile('^<<$'), ['<'])
        Core.add_constructor('tag:yaml.org,2002:int', lambda l, n: int(n.value))
        validator = jsonschema.Draft202012Validator(json.load(open(sys.argv[1])))
        def text(v):
            # JSON has text keys only.
            if isinstance(v, dict): return {str(k): text(x) for k, x in v.items()}
            return [text(x) for x in v] if isinstance(v, list) else v
        for path in sys.argv[2:]:
            errors = list(validator.iter_errors(text(yaml.load(open(path), Core))))
            print(path.split('/')[-1], 'accepted' if not errors else 'rejected ' + errors[0].message[:200].replace(chr(10), ' '))
        """

    private func verdicts(_ paths: [String]) -> [String] {
        Self.python(["-c", Self.script, Self.file.path] + paths).output.split(separator: "\n").map(String.init)
    }

    @Test(
        "Accepts every good manifest",
        .enabled(if: hasValidator, "needs Python with jsonschema and PyYAML: pip install jsonschema pyyaml"))
    func accepts() {
        let folder = Fixture.folder.appending(path: "good")
        let paths = Fixture.good.flatMap { $0.files.map { folder.appending(path: $0.path).path } }
        let verdicts = verdicts(paths)
        #expect(verdicts.count == paths.count)
        for verdict in verdicts { #expect(verdict.hasSuffix(" accepted"), "\(verdict)") }
    }

    @Test(
        "Rejects what has the wrong structure",
        .enabled(if: hasValidator, "needs Python with jsonschema and PyYAML: pip install jsonschema pyyaml"),
        arguments: [
            "unknown-keys", "wrong-types", "wrong-types-below", "missing-keys", "booleans", "integers", "durations",
            "unknown-values",
            "version-2", "version-quoted", "out-of-range", "empty-lists", "provider-types", "provider-keys",
            "literal-secrets",
            "secret-references", "dmarc-retired", "dkim-no-keys", "agent-keys", "mail-addresses", "identifiers",
        ])
    func rejects(name: String) throws {
        let path = Fixture.folder.appending(path: "bad/\(name).yaml").path
        let verdicts = verdicts([path])
        #expect(verdicts.count == 1)
        #expect(verdicts.first?.contains(" rejected ") == true, "\(verdicts)")
    }
}
