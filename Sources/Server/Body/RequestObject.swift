import FoundationEssentials

/// A JSON object of a request, read strictly: what is not known, is of another type, or is missing is an error with the
/// member's name, and they are reported together. A misspelt `oversight_mode` must not be taken for none.
struct RequestObject {
    private let members: [String: JSONTree]
    /// Where the object stands: `attachments[0].`, or nothing.
    private let prefix: String
    private let problems: Problems

    /// What was found wrong, collected over the whole request.
    final class Problems {
        /// More are not named: an answer is not to be larger than what was sent.
        static let countMax = 50

        private(set) var errors: [Problem.FieldError] = []
        private(set) var hasMore = false

        func add(_ field: String, _ reason: String) {
            guard errors.count < Self.countMax else {
                hasMore = true
                return
            }
            errors.append(Problem.FieldError(field: field, reason: reason))
        }

        var problem: Problem? {
            guard let first = errors.first else { return nil }
            let more = hasMore ? "; more than \(Self.countMax) things are wrong, of which errors has the first" : ""
            return Problem(.invalidRequest, "\(first.field): \(first.reason)\(more)", errors: errors)
        }
    }

    /// Reads the whole body; throws one problem with what `read` found.
    static func read<Value>(
        _ body: Data, known: Set<String>, _ read: (RequestObject) throws -> Value
    ) throws -> Value {
        let tree: JSONTree
        do throws(JSONTreeFault) { tree = try JSONTreeReader.read(body) } catch { throw Problem(error) }
        guard case .object(let members) = tree else {
            throw Problem(.invalidRequest, "the body is to be one JSON object")
        }
        return try Self.read(members, known: known, read)
    }

    /// The same for an object that was part of something else.
    static func read<Value>(
        _ members: [String: JSONTree], known: Set<String>, _ read: (RequestObject) throws -> Value
    ) throws -> Value {
        let problems = Problems()
        let value = try read(RequestObject(members, prefix: "", problems: problems, known: known))
        if let problem = problems.problem { throw problem }
        return value
    }

    private init(_ members: [String: JSONTree], prefix: String, problems: Problems, known: Set<String>) {
        self.members = members
        self.prefix = prefix
        self.problems = problems
        for name in members.keys.filter({ !known.contains($0) }).sorted() {
            problems.add(prefix + Problem.FieldError.harmless(name), "there is no such member")
        }
    }

    // MARK: members

    func wrong(_ name: String, _ reason: String) { problems.add(prefix + name, reason) }

    func has(_ name: String) -> Bool { members[name] != nil }

    /// nil: not there. Null is not left out: it is a mistake as any other type.
    func text(_ name: String) -> String? {
        switch members[name] {
        case nil: return nil
        case .text(let text): return text
        default:
            wrong(name, "text is wanted")
            return nil
        }
    }

    func flag(_ name: String) -> Bool? {
        switch members[name] {
        case nil: return nil
        case .bool(let flag): return flag
        default:
            wrong(name, "true or false is wanted")
            return nil
        }
    }

    func integer(_ name: String) -> Int? {
        switch members[name] {
        case nil: return nil
        case .integer(let integer): return Int(integer)
        default:
            wrong(name, "a whole number is wanted")
            return nil
        }
    }

    func needed(_ name: String) -> String {
        if let text = text(name) { return text }
        if !has(name) { wrong(name, "it is missing") }
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
    ///
    /// - Parameter countMax: of a longer list nothing is read.
    func texts(_ name: String, countMax: Int) -> [String] {
        if case .text(let one) = members[name] { return [one] }
        let texts = list(name, countMax: countMax, "a list of texts is wanted", \.text)
        return texts ?? []
    }

    /// - Parameter countMax: of a longer list nothing is read.
    func objects(_ name: String, known: Set<String>, countMax: Int) -> [RequestObject] {
        let objects = list(name, countMax: countMax, "a list of objects is wanted", \.members) ?? []
        return objects.enumerated().map { index, members in
            RequestObject(members, prefix: "\(prefix)\(name)[\(index)].", problems: problems, known: known)
        }
    }

    private func list<Element>(
        _ name: String, countMax: Int, _ wanted: String, _ element: (JSONTree) -> Element?
    ) -> [Element]? {
        guard let member = members[name] else { return nil }
        guard case .list(let values) = member else {
            wrong(name, wanted)
            return nil
        }
        guard values.count <= countMax else {
            wrong(name, "\(values.count) are more than \(countMax)")
            return nil
        }
        let elements = values.compactMap(element)
        guard elements.count == values.count else {
            wrong(name, wanted)
            return nil
        }
        return elements
    }
}

extension Problem {
    /// Of a body that cannot be read.
    init(_ fault: JSONTreeFault) {
        switch fault {
        case .malformed: self.init(.malformedRequest, "the body is not JSON")
        case .tooLarge(let what): self.init(.bodyTooLarge, "the body has \(what)")
        case .repeatedMember(let name): self = .field(name, "it stands twice")
        }
    }
}
