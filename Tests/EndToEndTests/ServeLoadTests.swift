import Foundation
import TestSupport
import Testing

/// scripts/loadtest and scripts/killtest-serve as tests: the server at saturation, and killed there.
@Suite(.serialized) struct ServeLoadTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// Seconds; `scripts/loadtest` by itself takes two minutes.
    private static let load = environment["SIGNET_LOAD"] ?? "5"
    private static let kills = environment["SIGNET_SERVE_KILLS"] ?? "4"

    private static func run(_ script: String, _ argument: String) throws -> ChildProcess.Result {
        let result = try ChildProcess.run(
            Workspace.repository.appending(path: "scripts/\(script)").path, [argument],
            environment: ["SIGNET_BINARY": Workspace.binary])
        print(result.output)
        return result
    }

    @Test(
        .enabled(
            if: FileManager.default.isExecutableFile(atPath: "/usr/bin/wrk") || Lab.isContinuousIntegration,
            "wrk is not installed: scripts/install-dependencies --test"))
    func saturatedItMakesNoErrorAndItsMemoryIsFlat() throws {
        let result = try Self.run("loadtest", Self.load)
        #expect(result.status == 0, "\(result.all)")
    }

    @Test func killedUnderLoadItLosesNothing() throws {
        let result = try Self.run("killtest-serve", Self.kills)
        #expect(result.status == 0, "\(result.all)")
        #expect(result.output.contains("\(Self.kills) kills of the server"))
    }
}
