import Foundation
import Glibc

/// A program that runs beside the test, its output in files so that no pipe can fill up.
final class ChildProcess {
    struct Result {
        var status: Int32
        var output: String
        var error: String
        var all: String { output + error }
    }

    private let process = Process()
    private let outputFile: URL
    private let errorFile: URL

    /// - Parameter environment: all of it; nothing is inherited but `PATH` and `HOME`.
    init(_ program: String, _ arguments: [String], in folder: URL, environment: [String: String] = [:]) throws {
        let id = UUID().uuidString
        outputFile = FileManager.default.temporaryDirectory.appendingPathComponent("signet-\(id).out")
        errorFile = FileManager.default.temporaryDirectory.appendingPathComponent("signet-\(id).err")
        let inherited = ProcessInfo.processInfo.environment.filter { ["PATH", "HOME"].contains($0.key) }
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.currentDirectoryURL = folder
        process.environment = inherited.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        for file in [outputFile, errorFile] { FileManager.default.createFile(atPath: file.path, contents: nil) }
        process.standardOutput = try FileHandle(forWritingTo: outputFile)
        process.standardError = try FileHandle(forWritingTo: errorFile)
        try process.run()
    }

    deinit {
        try? FileManager.default.removeItem(at: outputFile)
        try? FileManager.default.removeItem(at: errorFile)
    }

    var pid: Int32 { process.processIdentifier }
    var isRunning: Bool { process.isRunning }

    func signal(_ number: Int32) { Glibc.kill(pid, number) }

    /// What it has written to standard error so far.
    var errorSoFar: String { (try? String(contentsOf: errorFile, encoding: .utf8)) ?? "" }

    @discardableResult
    func wait() -> Result {
        process.waitUntilExit()
        // Octets that are no UTF-8 are replaced, not dropped: a search for a marker must see all of it.
        let output = (try? Data(contentsOf: outputFile)) ?? Data()
        let error = (try? Data(contentsOf: errorFile)) ?? Data()
        return Result(
            status: process.terminationReason == .exit ? process.terminationStatus : 128 + process.terminationStatus,
            output: String(decoding: output, as: UTF8.self), error: String(decoding: error, as: UTF8.self))
    }

    static func run(
        _ program: String, _ arguments: [String], in folder: URL = FileManager.default.temporaryDirectory,
        environment: [String: String] = [:]
    ) throws -> Result {
        try ChildProcess(program, arguments, in: folder, environment: environment).wait()
    }
}

struct LabError: Error, CustomStringConvertible {
    var description: String
    init(_ description: String) { self.description = description }
}

/// Asks again and again until it holds. The limit only ends a test that would fail anyway.
func poll(_ what: String, seconds: Double = 30, _ holds: () throws -> Bool) throws {
    let end = Date().addingTimeInterval(seconds)
    while try !holds() {
        guard Date() < end else { throw LabError("waited \(seconds) s for \(what)") }
        usleep(20_000)
    }
}
