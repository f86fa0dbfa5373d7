import Foundation
import HTTPTypes
import Operations
import TestSupport
import Testing

@testable import Server

/// schemas/openapi.yaml and the router say the same, both ways; docs/api.md lists every problem.
@Suite struct APIContractTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// By another reader of YAML than ours.
    private static func contract() throws -> [String: Any] {
        let read = try ChildProcess.run(
            "/usr/bin/env",
            [
                "python3", "-c",
                "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout, default=str)",
                root.appending(path: "schemas/openapi.yaml").path,
            ])
        let data = Data(read.output.utf8)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private static func operations() throws -> [String: [String: Any]] {
        let paths = try #require(try contract()["paths"] as? [String: [String: [String: Any]]])
        var found: [String: [String: Any]] = [:]
        for (path, methods) in paths {
            for (method, operation) in methods { found["\(method.uppercased()) \(path)"] = operation }
        }
        return found
    }

    @Test func theContractHasEveryRouteAndNoOther() throws {
        let routes = Set(Route.allCases.map { "\($0.method.rawValue) \($0.path)" })
        #expect(routes.count == Route.allCases.count)
        #expect(Set(try Self.operations().keys) == routes)
    }

    @Test func theContractSaysWhoNeedsAToken() throws {
        let operations = try Self.operations()
        for route in Route.allCases {
            let operation = try #require(operations["\(route.method.rawValue) \(route.path)"])
            let isOpen = (operation["security"] as? [Any])?.isEmpty == true
            #expect(isOpen == (route.action.need == .nothing), "\(route.path)")
            let responses = try #require(operation["responses"] as? [String: Any])
            #expect((responses["401"] != nil) == !isOpen, "\(route.path)")
            if !isOpen { #expect(responses["403"] != nil && responses["429"] != nil, "\(route.path)") }
        }
    }

    @Test func theContractListsEveryProblem() throws {
        let schemas = try #require(
            (try Self.contract()["components"] as? [String: Any])?["schemas"] as? [String: [String: Any]])
        let properties = try #require(schemas["Problem"]?["properties"] as? [String: [String: Any]])
        let codes = try #require(properties["code"]?["enum"] as? [String])
        #expect(Set(codes) == Set(ProblemCode.allCases.map(\.rawValue)))
        #expect(codes.count == ProblemCode.allCases.count)
    }

    @Test func theHandbookListsEveryProblemWithItsStatus() throws {
        let text = try String(contentsOf: Self.root.appending(path: "docs/api.md"), encoding: .utf8)
        for code in ProblemCode.allCases {
            #expect(text.contains("| `\(code.rawValue)` | \(code.status.code) |"), "\(code.rawValue)")
        }
        let rows = text.split(separator: "\n").filter {
            $0.hasPrefix("| `") && $0.contains("` | 4") || $0.contains("` | 5")
        }
        #expect(rows.count == ProblemCode.allCases.count)
    }

    @Test func theContractHasTheServersLimits() throws {
        let components = try #require(try Self.contract()["components"] as? [String: Any])
        let parameters = try #require(components["parameters"] as? [String: [String: Any]])
        let limit = try #require(parameters["limit"]?["schema"] as? [String: Any])
        #expect(limit["maximum"] as? Int == ServerLimits.pageMax)
        #expect(limit["default"] as? Int == ServerLimits.pageDefault)
    }
}
