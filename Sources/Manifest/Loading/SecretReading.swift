import Diagnostics

extension ManifestReader {
    /// A reference to a secret. A literal is a finding that quotes nothing; `SecretPlaces` masks it wherever its line
    /// is shown.
    mutating func secret(_ node: Int32) -> SecretReference? {
        let target = arena.resolved(node)
        switch arena.nodes[Int(target)].kind {
        case .alias: return nil
        case .scalar, .sequence:
            if isEmpty(node) {
                missingValue(node, "a reference to a secret")
            } else {
                sink.report(
                    .literalSecret, at: arena.span(node), label: "is not shown",
                    notes: ["a manifest stands in git; if this was ever committed, replace the secret at its source"],
                    helps: ["write `{ env: NAME }`, `{ file: /path }` or `{ command: [program, argument] }`"])
            }
            return nil
        case .mapping: break
        }
        var fields = Fields<SecretKey>()
        add(node, to: &fields)
        let given = SecretKey.allCases.filter { fields.has($0) }
        guard let kind = given.first, given.count == 1, let value = fields[kind] else {
            let isEmptyMapping = arena.nodes[Int(target)].length == 0
            // An unknown key has its finding already.
            if given.count > 1 || isEmptyMapping {
                let span = given.count > 1 ? arena.span(fields.key(given[1])!) : arena.span(node)
                sink.report(
                    .secretReference, at: span, label: given.count > 1 ? "a second source" : "names no source",
                    helps: ["keep exactly one of `env`, `file` and `command`"])
            }
            return nil
        }
        switch kind {
        case .env: return environmentVariable(value)
        case .file: return text(value, .path).map { .file($0) }
        case .command:
            return list(value, of: "the program and its arguments", minimum: 1) { $0.text($1, .free) }.map {
                .command($0)
            }
        }
    }

    private mutating func environmentVariable(_ node: Int32) -> SecretReference? {
        guard let name = text(node, TextKind(name: "a variable's name", pattern: nil)) else { return nil }
        let octets = name.utf8
        let isName = octets.allSatisfy {
            $0 == 0x5F || $0 >= 0x30 && $0 <= 0x39 || $0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A
        }
        guard isName, octets.first.map({ $0 > 0x39 }) == true else {
            sink.report(
                .secretReference, at: arena.span(node), label: "is not a variable's name",
                helps: ["write the name only: letters, digits and `_`, without `$`"])
            return nil
        }
        return .environment(name)
    }
}
