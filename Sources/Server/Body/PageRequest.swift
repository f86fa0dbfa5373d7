import FoundationEssentials
import Hummingbird

/// A request's query, read strictly: what is not known or stands twice is an error with its name.
struct QueryParameters {
    private var values: [String: String] = [:]

    init(_ request: Request, known: Set<String>) throws {
        for (key, value) in request.uri.queryParameters {
            let name = String(key)
            guard known.contains(name) else {
                throw Problem.field(Problem.FieldError.harmless(name), "there is no such parameter")
            }
            guard values[name] == nil else { throw Problem.field(name, "it stands twice") }
            values[name] = String(value)
        }
    }

    /// What was read, and checked, from elsewhere.
    init(_ values: [String: String]) { self.values = values }

    subscript(_ name: String) -> String? { values[name] }
}

/// Which page of a list is wanted: `limit` and `cursor`.
struct PageRequest {
    static let parameters: Set<String> = ["limit", "cursor"]

    var limit: Int
    /// The parts of the cursor; nil: the first page.
    var cursor: [String]?

    /// - Parameter cursorParts: of which a cursor of this list is made.
    init(_ query: QueryParameters, cursorParts: Int) throws {
        limit = ServerLimits.pageDefault
        if let text = query["limit"] {
            guard let limit = Int(text), (1...ServerLimits.pageMax).contains(limit) else {
                throw Problem.field("limit", "a number from 1 to \(ServerLimits.pageMax) is wanted")
            }
            self.limit = limit
        }
        if let text = query["cursor"] {
            guard let octets = Data(base64Encoded: Self.padded(text)),
                let parts = String(validating: octets, as: UTF8.self)?
                    .split(separator: " ", omittingEmptySubsequences: false).map(String.init),
                parts.count == cursorParts
            else { throw Self.badCursor }
            cursor = parts
        }
    }

    static var badCursor: Problem { .field("cursor", "it is none that this list has given") }

    /// Opaque to clients: base64url (RFC 4648 §5).
    static func cursor(_ parts: String...) -> String {
        Data(parts.joined(separator: " ").utf8).base64EncodedString().compactMap { character in
            switch character {
            case "+": "-"
            case "/": "_"
            case "=": nil
            default: String(character)
            }
        }.joined()
    }

    private static func padded(_ text: String) -> String {
        let plain = text.map { $0 == "-" ? "+" : $0 == "_" ? "/" : String($0) }.joined()
        return plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4)
    }
}
