import DNS
import Foundation
import Glibc
import Testing

@testable import Transport

/// PowerDNS and dnsdist from the lab's scripts: what a real server says, and what it says when it misbehaves.
enum Lab {
    static let folder: URL = {
        let shared = ProcessInfo.processInfo.environment["SIGNET_SHARED"].map { URL(fileURLWithPath: $0) }
        // The package's folder, two above this file's.
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        return (shared ?? package.deletingLastPathComponent().appendingPathComponent("shared"))
            .appendingPathComponent("lab")
    }()

    static let isThere: Bool =
        ["pdns.sh", "dnsdist.sh", "dnsfault.sh"].allSatisfy {
            FileManager.default.isReadableFile(atPath: folder.appendingPathComponent($0).path)
        }
        && ["/usr/sbin/pdns_server", "/usr/bin/dnsdist", "/usr/bin/sqlite3", "/usr/bin/curl"].allSatisfy {
            FileManager.default.isExecutableFile(atPath: $0)
        }

    static let absence: Comment =
        "needs pdns-server, dnsdist, sqlite3, curl, and the lab's scripts: set SIGNET_SHARED to the folder that holds lab/"

    /// Runs one of the scripts with ports of these tests' own; throws if it fails. By posix_spawn, because
    /// Foundation's Process waits for the servers that the script leaves behind.
    static func run(_ script: String, _ arguments: [String]) throws {
        let words =
            [
                "env", "DNS_PORT=32253", "API_PORT=32281", "API_KEY=lab-key", "PORT=32353", "BACKEND=127.0.0.1:32253",
                "CONSOLE_PORT=32354", "bash", folder.appendingPathComponent(script).path,
            ] + arguments
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        for descriptor in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] {
            posix_spawn_file_actions_addopen(&actions, descriptor, "/dev/null", O_RDWR, 0)
        }
        // Threads of a test run may block signals; a server must be able to hear SIGTERM.
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))
        var pointers = words.map { strdup($0) } + [nil]
        defer { pointers.forEach { free($0) } }
        var process = pid_t()
        try #require(posix_spawnp(&process, "env", &actions, &attributes, &pointers, environ) == 0)
        var status: Int32 = 0
        while waitpid(process, &status, 0) < 0 && errno == EINTR {}
        try #require(status == 0, "\(script) \(arguments) failed")
    }
}

@Suite("Against PowerDNS and dnsdist", .serialized, .enabled(if: Lab.isThere, Lab.absence), .timeLimit(.minutes(2)))
struct LabTests {
    static func name(_ text: String) -> DomainName { try! DomainName(text) }
    static let direct = ServerAddress("127.0.0.1:32253")!
    static let proxied = ServerAddress("127.0.0.1:32353")!
    /// Every kind of octet, in three strings.
    static let value = TXTValue(joined: (0..<700).map { UInt8(truncatingIfNeeded: $0) })

    @Test("PowerDNS serves what its interface was given; dnsdist's faults are survived or told")
    func faults() async throws {
        let work = FileManager.default.temporaryDirectory.appendingPathComponent("signet-lab-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: work) }
        try Lab.run("pdns.sh", ["start", work + "/pdns"])
        defer { try? Lab.run("pdns.sh", ["stop", work + "/pdns"]) }
        try Lab.run("dnsdist.sh", ["start", work + "/dist"])
        defer { try? Lab.run("dnsdist.sh", ["stop", work + "/dist"]) }
        let dist = work + "/dist"
        try await fillZone()

        func question(_ server: ServerAddress, _ text: String) -> ServerQuestion {
            ServerQuestion(server: server, name: Self.name(text), type: .txt)
        }
        let client = DNSClient(limits: DNSLimits(timeout: .milliseconds(500), attempts: 5), httpClient: HTTPClient())
        let expected = ServerAnswer.Outcome.records(
            RecordSet(Self.name("octets.lab.test"), .txt, timeToLiveSeconds: 300, data: [.txt(Self.value)]))
        let replies = await client.ask([
            question(Self.direct, "octets.lab.test"), question(Self.direct, "none.lab.test"),
            question(Self.direct, "lab.test"), question(Self.direct, "elsewhere.test"),
        ])
        #expect(DNSClientTests.outcome(replies[0]) == expected)
        #expect(DNSClientTests.outcome(replies[1]) == .noSuchName)
        #expect(DNSClientTests.outcome(replies[2]) == .noData)
        #expect(replies[3] == .failed(.responseCode(ResponseCode.refused, nil)))

        let proxied = question(Self.proxied, "octets.lab.test")
        try Lab.run("dnsfault.sh", [dist, "truncate"])
        #expect(DNSClientTests.outcome(await client.ask([proxied])[0]) == expected)
        try Lab.run("dnsfault.sh", [dist, "tcp-off"])
        guard case .failed = await client.ask([proxied])[0] else {
            Issue.record("truncation without TCP was read as an answer")
            return
        }
        try Lab.run("dnsfault.sh", [dist, "clear"])
        try Lab.run("dnsfault.sh", [dist, "servfail"])
        #expect(await client.ask([proxied]) == [.failed(.responseCode(ResponseCode.serverFailure, nil))])
        try Lab.run("dnsfault.sh", [dist, "clear"])
        try Lab.run("dnsfault.sh", [dist, "timeout"])
        #expect(await client.ask([proxied]) == [.failed(.timedOut)])
        try Lab.run("dnsfault.sh", [dist, "clear"])
        // One of five lost, five tries: some three questions in ten thousand fail, and none may be misread.
        try Lab.run("dnsfault.sh", [dist, "lossy", "20"])
        let lossy = await client.ask(Array(repeating: proxied, count: 300))
        #expect(lossy.allSatisfy { DNSClientTests.outcome($0) == expected || $0 == .failed(.timedOut) })
        #expect(lossy.count { DNSClientTests.outcome($0) == expected } >= 290)
    }

    private func fillZone() async throws {
        let api = "http://127.0.0.1:32281/api/v1/servers/localhost/zones"
        let headers = [(name: "X-API-Key", value: "lab-key"), (name: "Content-Type", value: "application/json")]
        let http = HTTPClient()
        let zone = ["name": "lab.test.", "kind": "Native", "nameservers": ["ns1.lab.test."]] as [String: Any]
        let created = try await http.send(
            HTTPRequest("POST", api, headers: headers, body: Array(try JSONSerialization.data(withJSONObject: zone))))
        try #require(created.status == 201)
        let sets =
            [
                "rrsets": [
                    [
                        "name": "octets.lab.test.", "type": "TXT", "ttl": 300, "changetype": "REPLACE",
                        "records": [["content": Self.value.presentation, "disabled": false]],
                    ] as [String: Any]
                ]
            ] as [String: Any]
        let patched = try await http.send(
            HTTPRequest(
                "PATCH", api + "/lab.test.", headers: headers,
                body: Array(try JSONSerialization.data(withJSONObject: sets))))
        try #require(patched.status == 204)
    }
}
