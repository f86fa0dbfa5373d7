import FoundationEssentials

/// A JSON object of a request, read strictly: what is not known, is of another type, or is missing is an error with the
/// member's name, and all of them are reported at once. A misspelt `oversight_mode` must not be taken for none.
struct RequestObject {
    private let container: KeyedDecodingContainer<AnyKey>
    /// Where the object stands: `attachments[0].`, or nothing.
    private let prefix: String
    private let problems: Problems

    /// What was found wrong, collected over the whole request.
    final class Problems {
        var errors: [Problem.FieldError] = []
        func add(_ field: String, _ reason: String) { errors.append(Problem.FieldError(field: field, reason: reason)) }
    }

    struct AnyKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    /// Reads the whole body; throws one problem with everything that `read` found.
    static func read<Value>(
        _ body: Data, known: Set<String>, _ read: (RequestObject) throws -> Value
    ) throws -> Value {
        let decoder = JSONDecoder()
        let source: Source
        do { source = try decoder.decode(Source.self, from: body) } catch DecodingError.dataCorrupted {
            throw Problem(.malformedRequest, "the body is not JSON")
        } catch {
            throw Problem(.invalidRequest, "the body is to be one JSON object")
        }
        let problems = Problems()
        let object = RequestObject(container: source.container, prefix: "", problems: problems, known: known)
        let value = try read(object)
        guard problems.errors.isEmpty else {
            let first = problems.errors[0]
            throw Problem(.invalidRequest, "\(first.field): \(first.reason)", errors: problems.errors)
        }
        return value
    }

    private struct Source: Decodable {
        let container: KeyedDecodingContainer<AnyKey>
        init(from decoder: any Decoder) throws { container = try decoder.container(keyedBy: AnyKey.self) }
    }

    private init(
        container: KeyedDecodingContainer<AnyKey>, prefix: String, problems: Problems, known: Set<String>
    ) {
        self.container = container
        self.prefix = prefix
        self.problems = problems
        for key in container.allKeys where !known.contains(key.stringValue) {
            // A name of the client's own is shown only as far as it is harmless.
            let name = String(key.stringValue.unicodeScalars.filter { $0.isASCII && $0.value > 0x20 }.prefix(40))
            problems.add(prefix + name, "there is no such member")
        }
    }

    // MARK: members

    func wrong(_ name: String, _ reason: String) { problems.add(prefix + name, reason) }

    func has(_ name: String) -> Bool { container.contains(AnyKey(stringValue: name)) }

    /// nil: not there. Null is not left out: it is a mistake as any other type.
    func text(_ name: String) -> String? {
        value(name, String.self, "text is wanted")
    }

    func flag(_ name: String) -> Bool? { value(name, Bool.self, "true or false is wanted") }

    func integer(_ name: String) -> Int? { value(name, Int.self, "a whole number is wanted") }

    func needed(_ name: String) -> String {
        if let text = text(name) { return text }
        if !container.contains(AnyKey(stringValue: name)) { wrong(name, "it is missing") }
        return ""
    }

    /// A whole message: as text, or as base64 under the name with `_base64` where it is not UTF-8; one of the two.
    func message(_ name: String) -> [UInt8] {
        let (text, base64) = (text(name), text(name + "_base64"))
        guard (text == nil) != (base64 == nil) else {
            wrong(name, "either this or \(name)_base64 is wanted")
            return []
        }
        if let text { return Array(text.utf8) }
        // RFC 4648 §4; Data refuses what is not of that alphabet.
        guard let data = Data(base64Encoded: base64 ?? "") else {
            wrong(name + "_base64", "it is not base64")
            return []
        }
        return [UInt8](data)
    }

    /// One text or a list of them.
    func texts(_ name: String) -> [String] {
        let key = AnyKey(stringValue: name)
        guard container.contains(key) else { return [] }
        if let one = try? container.decode(String.self, forKey: key) { return [one] }
        return value(name, [String].self, "a list of texts is wanted") ?? []
    }

    func objects(_ name: String, known: Set<String>) -> [RequestObject] {
        (value(name, [Source].self, "a list of objects is wanted") ?? []).enumerated().map { index, source in
            RequestObject(
                container: source.container, prefix: "\(prefix)\(name)[\(index)].", problems: problems, known: known)
        }
    }

    private func value<Value: Decodable>(_ name: String, _ type: Value.Type, _ wanted: String) -> Value? {
        let key = AnyKey(stringValue: name)
        guard container.contains(key) else { return nil }
        do { return try container.decode(Value.self, forKey: key) } catch {
            wrong(name, wanted)
            return nil
        }
    }
}
