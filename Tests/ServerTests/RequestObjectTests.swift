import Foundation
import Testing

@testable import Server

/// Bodies are read strictly: every mistake with the member's name, all at once.
@Suite struct RequestObjectTests {
    private static func errors(_ body: String) throws -> [String] {
        do {
            _ = try RequestObject.read(Data(body.utf8), known: ["name", "list", "parts"]) { object in
                _ = object.needed("name")
                _ = object.texts("list", countMax: 3)
                for part in object.objects("parts", known: ["a"], countMax: 60) { _ = part.needed("a") }
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
        (#"{"name":"x","list":["a","b","c"]}"#, []), (#"{"name":"x","list":["a","b","c","d"]}"#, ["list"]),
        (#"{"name":"x","n\u0061me":"y"}"#, ["name"]),
        (#"{"name":"x","parts":[{"a":"1"},{"a":"1","a":"1"}]}"#, ["parts[1].a"]),
    ])
    func mistakesAreNamed(body: String, fields: [String]) throws {
        #expect(try Self.errors(body) == fields)
    }

    /// However much is wrong, the answer is small, and of a list that is too long nothing is looked at.
    @Test func noMoreMistakesAreNamedThanAReaderReads() throws {
        let unknown = "{\"name\":\"x\"," + (0..<9000).map { "\"m\($0)\":1" }.joined(separator: ",") + "}"
        #expect(try Self.errors(unknown).count == RequestObject.Problems.countMax)
        func parts(_ count: Int) -> String {
            #"{"name":"x","parts":["# + Array(repeating: "{}", count: count).joined(separator: ",") + "]}"
        }
        #expect(try Self.errors(parts(50)).count == 50)
        #expect(try Self.errors(parts(60)).count == 50)
        #expect(try Self.errors(parts(61)) == ["parts"])
        let problem = #expect(throws: Problem.self) {
            try RequestObject.read(Data(unknown.utf8), known: ["name"]) { _ in }
        }
        #expect(problem?.detail.hasSuffix("; more than 50 things are wrong, of which errors has the first") == true)
    }

    @Test(arguments: [
        "[" + Array(repeating: "0", count: 10_000).joined(separator: ",") + "]", String(repeating: "[", count: 65),
        "{\"" + String(repeating: "a", count: 257) + "\":1}", String(repeating: "1", count: 257),
        "\"a" + String(repeating: "\u{301}\u{323}", count: 65) + "\"",
    ])
    func whatIsBeyondABoundIsTooLarge(body: String) throws {
        #expect(try Self.errors(body) == ["body_too_large"])
    }

    @Test func aNameOfTheClientsOwnIsShownHarmlessly() throws {
        let errors = try Self.errors("{\"name\":\"x\",\"\\u001b[31m\\n" + String(repeating: "y", count: 99) + "\":1}")
        #expect(errors == ["[31m" + String(repeating: "y", count: 36)])
    }
}
