import Foundation
import TestSupport

/// Chromium without a window, driven by ChromeDriver over W3C WebDriver.
///
/// Unchecked: one test at a time uses it.
final class Browser: @unchecked Sendable {
    static let isInstalled = ["/usr/bin/chromium", "/usr/bin/chromedriver"].allSatisfy {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// W3C WebDriver §11: the name under which an element's id stands.
    private static let elementKey = "element-6066-11e4-a52e-4f735466cecf"

    private let driver: ChildProcess
    private let profile: URL
    private var session = ""

    init() async throws {
        profile = FileManager.default.temporaryDirectory.appending(path: "signet-browser-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: profile, withIntermediateDirectories: true)
        driver = try ChildProcess("/usr/bin/chromedriver", ["--port=0"])
        var port = ""
        try poll("ChromeDriver listens") {
            guard driver.isRunning else { throw Lab.Failure(description: driver.wait().all) }
            let said = driver.outputSoFar
            guard let range = said.range(of: "successfully on port ") else { return false }
            port = String(said[range.upperBound...].prefix { $0.isNumber })
            return said[range.upperBound...].contains(".")
        }
        session = "http://127.0.0.1:\(port)/session"
        // As root there is no sandbox; the pages are our own.
        let arguments = [
            "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--window-size=1000,1400",
            "--user-data-dir=\(profile.path)",
        ]
        let made = try await command(
            "POST", "",
            [
                "capabilities": [
                    "alwaysMatch": [
                        "goog:chromeOptions": ["binary": "/usr/bin/chromium", "args": arguments],
                        "goog:loggingPrefs": ["browser": "ALL"],
                    ]
                ]
            ])
        guard let id = made["sessionId"].string else { throw Lab.Failure(description: "\(made.value ?? "nothing")") }
        session += "/\(id)"
    }

    /// Ends the browser, then the driver.
    func close() async {
        _ = try? await command("DELETE", "")
        driver.signal(SIGTERM)
        driver.wait()
        try? FileManager.default.removeItem(at: profile)
    }

    private func command(_ method: String, _ path: String, _ body: [String: Any]? = nil) async throws -> JSON {
        // By curl: swift-corelibs-foundation's URLSession does not take ChromeDriver's header.
        let file = profile.appending(path: "command.json")
        var words = ["-s", "-m", "120", "-X", method, "-w", "\n%{http_code}", session + path]
        if method == "POST" {
            try JSONSerialization.data(withJSONObject: body ?? [:]).write(to: file)
            words += ["-H", "Content-Type: application/json", "--data-binary", "@\(file.path)"]
        }
        let asked = try ChildProcess.run("/usr/bin/curl", words)
        let end = asked.output.lastIndex(of: "\n") ?? asked.output.startIndex
        let (text, status) = (asked.output[..<end], asked.output[end...].dropFirst())
        guard status == "200" else {
            throw Lab.Failure(description: "\(method) \(path): \(status) \(text.prefix(800)) \(asked.error)")
        }
        let value = JSON(try JSONSerialization.jsonObject(with: Data(text.utf8)))["value"]
        return value
    }

    func open(_ url: String) async throws { _ = try await command("POST", "/url", ["url": url]) }

    private func element(_ selector: String) async throws -> String {
        let found = try await command("POST", "/element", ["using": "css selector", "value": selector])
        return found[Self.elementKey].string ?? ""
    }

    func click(_ selector: String) async throws {
        _ = try await command("POST", "/element/\(try await element(selector))/click")
    }

    func type(_ text: String, into selector: String) async throws {
        _ = try await command("POST", "/element/\(try await element(selector))/value", ["text": text])
    }

    /// As a keyboard would, wherever the focus is.
    func press(_ key: String) async throws {
        let actions = ["keyDown", "keyUp"].map { ["type": $0, "value": key] }
        _ = try await command("POST", "/actions", ["actions": [["type": "key", "id": "keyboard", "actions": actions]]])
    }

    func text(_ selector: String) async throws -> String {
        try await command("GET", "/element/\(try await element(selector))/text").string ?? ""
    }

    /// What an expression of the page's comes to.
    func value(_ expression: String) async throws -> JSON {
        try await command("POST", "/execute/sync", ["script": "return \(expression)", "args": [Any]()])
    }

    /// What the browser had to complain about since it was last asked: errors of scripts, what a policy forbade.
    func complaints() async throws -> [String] {
        try await command("POST", "/se/log", ["type": "browser"]).array.compactMap(\.["message"].string)
    }

    func emulate(dark: Bool) async throws {
        let features = [["name": "prefers-color-scheme", "value": dark ? "dark" : "light"]]
        _ = try await command(
            "POST", "/goog/cdp/execute",
            ["cmd": "Emulation.setEmulatedMedia", "params": ["features": features]])
    }

    /// For the pages that are opened from now on; the driver's own scripts go on working.
    func disableScripts() async throws {
        _ = try await command(
            "POST", "/goog/cdp/execute", ["cmd": "Emulation.setScriptExecutionDisabled", "params": ["value": true]])
    }

    /// Into `SIGNET_SCREENSHOTS`, or `.build/screenshots`.
    func screenshot(_ name: String) async throws {
        let folder =
            ProcessInfo.processInfo.environment["SIGNET_SCREENSHOTS"].map { URL(fileURLWithPath: $0) }
            ?? Workspace.repository.appending(path: ".build/screenshots")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        let height = try await value("Math.min(6000, document.documentElement.scrollHeight)").int ?? 1400
        let shot = try await command(
            "POST", "/goog/cdp/execute",
            [
                "cmd": "Page.captureScreenshot",
                "params": [
                    "captureBeyondViewport": true,
                    "clip": ["x": 0, "y": 0, "width": 1000, "height": height, "scale": 1],
                ],
            ])
        guard let png = Data(base64Encoded: shot["data"].string ?? ""), png.count > 1000 else {
            throw Lab.Failure(description: "no picture of \(name)")
        }
        try png.write(to: folder.appending(path: "\(name).png"))
    }
}
