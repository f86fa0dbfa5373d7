import Foundation
import Testing

@testable import Server

/// Bodies are read strictly: every mistake with the member's name, all at once.
@Suite struct RequestObjectTests {
    private static func errors(_ body: String) throws -> [String] {
        do {
            _ = try RequestObject.read(Data(body.utf8), known: ["name", "list", "parts"]) { object in
                _ = object.needed("name")
                _ = object.texts("list")
                for part in object.objects("parts", known: ["a"]) { _ = part.needed("a") }
            }
            return []
        } catch let problem as Problem {
            return problem.errors.isEmpty ? [problem.code.rawValue] : problem.errors.map(\.field)
        }
    }

    @Test(arguments: [
        (#"{"name":"x"}"#, []), (#"{"name":"x","list":"one"}"#, []), (#"{"name":"x","list":["a","b"]}"#, []),
        (#"{"name":"x","list":null,"parts":null}"#, ["list", "parts"]),
        (#"{"name":"x","parts":[{"a":"1"},{"a":"2"}]}"#, []),
        ("{}", ["name"]), (#"{"name":null}"#, ["name"]), (#"{"name":5}"#, ["name"]), (#"{"name":["x"]}"#, ["name"]),
        (#"{"name":"x","list":[1]}"#, ["list"]), (#"{"name":"x","list":{}}"#, ["list"]),
        (#"{"name":"x","other":1}"#, ["other"]), (#"{"name":"x","Name":"y"}"#, ["Name"]),
        (#"{"name":"x","parts":[{}]}"#, ["parts[0].a"]),
        (#"{"name":"x","parts":[{"a":"1"},{"b":1}]}"#, ["parts[1].b", "parts[1].a"]),
        (#"{"name":"x","parts":{}}"#, ["parts"]), (#"{"list":5,"zzz":1}"#, ["zzz", "name", "list"]),
        ("[]", ["invalid_request"]), ("5", ["invalid_request"]), ("null", ["invalid_request"]),
        ("", ["malformed_request"]), ("{", ["malformed_request"]), (#"{"name":"x"} x"#, ["malformed_request"]),
        (#"{'name':'x'}"#, ["malformed_request"]),
    ])
    func mistakesAreNamed(body: String, fields: [String]) throws {
        #expect(try Self.errors(body) == fields)
    }

    @Test func aNameOfTheClientsOwnIsShownHarmlessly() throws {
        let errors = try Self.errors("{\"name\":\"x\",\"\\u001b[31m\\n" + String(repeating: "y", count: 99) + "\":1}")
        #expect(errors == ["[31m" + String(repeating: "y", count: 36)])
    }
}
