/// The JSON Schema (2020-12) that editors complete and check manifests with, written from the loader's own table.
///
/// It describes one file, so it cannot ask for what a folder needs only once; the loader's rules go further than any
/// schema can.
package enum ManifestSchema {
    /// The text of schemas/manifest.schema.json, ending in a line end. The same for every call.
    package static func json() -> String {
        var members: [(String, JSONText)] = [
            ("$schema", .string("https://json-schema.org/draft/2020-12/schema")),
            ("title", .string("Signet manifest")),
            ("description", .string("Domains, agents, oversight and approvers, kept in git.")),
        ]
        members += object(RootKey.shape)
        members.append(
            (
                "$defs",
                .object([
                    ("secret", secret),
                    (
                        "duration",
                        .object([
                            ("type", .string("string")),
                            ("pattern", .string("^ *([0-9]+[wdhms] *)+$")),
                            ("examples", .array([.string("90d"), .string("12h 30m")])),
                        ])
                    ),
                ])
            ))
        return JSONText.object(members).written() + "\n"
    }

    private static func object(_ shape: ObjectShape) -> [(String, JSONText)] {
        let required = shape.fields.filter(\.isRequired).map { JSONText.string($0.name) }
        return [
            ("type", .string("object")), ("additionalProperties", .boolean(false)),
        ] + (required.isEmpty ? [] : [("required", .array(required))]) + [
            (
                "properties",
                .object(
                    shape.fields.map { field in
                        (field.name, .object([("description", .string(field.documentation))] + value(field.value)))
                    })
            )
        ]
    }

    private static func value(_ shape: ValueShape) -> [(String, JSONText)] {
        switch shape {
        case .text(let kind):
            let type =
                kind.isAnyScalar
                ? JSONText.array([.string("string"), .string("number"), .string("boolean")]) : .string("string")
            return [("type", type)] + (kind.pattern.map { [("pattern", .string($0))] } ?? [])
        case .boolean: return [("type", .string("boolean"))]
        case .integer(let range):
            return [
                ("type", .string("integer")), ("minimum", .integer(range.lowerBound)),
                ("maximum", .integer(range.upperBound)),
            ]
        case .duration: return [("$ref", .string("#/$defs/duration"))]
        case .choice(let words):
            // `0` and `1` are texts here, and plain YAML reads them as numbers.
            let numbers = words.compactMap { Int($0) }.map { JSONText.integer($0) }
            return [("enum", .array(words.map { JSONText.string($0) } + numbers))]
        case .list(let element, let minimum):
            return [("type", .string("array"))] + (minimum > 0 ? [("minItems", .integer(minimum))] : []) + [
                ("items", .object(value(element)))
            ]
        case .object(let shape): return object(shape)
        case .entries(let key, let element):
            return [
                ("type", .string("object")),
                ("propertyNames", .object(key.pattern.map { [("pattern", .string($0))] } ?? [])),
                ("additionalProperties", .object(entry(element))),
            ]
        case .variants(let variants):
            return [("oneOf", .array(variants.map { .object(object($0.shape)) }))]
        case .secret: return [("$ref", .string("#/$defs/secret"))]
        case .either(let first, let second):
            return [("anyOf", .array([.object(value(first)), .object(value(second))]))]
        }
    }

    /// An entry whose keys are all optional may have no value at all: `example.com:`.
    private static func entry(_ shape: ValueShape) -> [(String, JSONText)] {
        guard case .object(let object) = shape, !object.fields.contains(where: \.isRequired) else {
            return value(shape)
        }
        return value(shape).map { $0.0 == "type" ? ("type", .array([.string("object"), .string("null")])) : $0 }
    }

    private static let secret = JSONText.object([
        ("description", .string("Where the secret is, never the secret itself.")),
        ("type", .string("object")), ("additionalProperties", .boolean(false)), ("minProperties", .integer(1)),
        ("maxProperties", .integer(1)),
        (
            "properties",
            .object(
                SecretKey.shape.fields.map { field in
                    (field.name, .object([("description", .string(field.documentation))] + value(field.value)))
                })
        ),
    ])
}

enum SecretKey: Int, ManifestKey {
    case env, file, command

    static let shape = makeShape("a reference to a secret")

    var field: Field {
        switch self {
        case .env:
            Field(
                "env", .text(TextKind(name: "a variable's name", pattern: "^[A-Za-z_][A-Za-z0-9_]*$")),
                "An environment variable's name.")
        case .file:
            Field(
                "file", .text(.path),
                "A file's path, relative to the manifest's folder; one trailing line end is dropped.")
        case .command:
            Field(
                "command", .list(.text(.free), minimum: 1),
                "A program and its arguments, run without a shell; its output is the secret.")
        }
    }
}
