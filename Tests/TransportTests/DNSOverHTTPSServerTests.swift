import DNS
import Foundation
import TestSupport
import Testing

@testable import Transport

/// A resolver that is named by its URL, as Debian's unbound serves one (HTTP/2 and TLS), with a certificate that no
/// authority of the system has signed.
@Suite(
    .enabled(
        if: isUnboundInstalled || TestSupport.Lab.isContinuousIntegration, "unbound is not installed"),
    .timeLimit(.minutes(2)))
struct DNSOverHTTPSServerTests {
    private static let text = TXTValue(joined: (0..<600).map { UInt8(0x61 + $0 % 26) })
    private static let limits = DNSLimits(timeout: .milliseconds(2000), attempts: 2)

    /// unbound on a port of its own, in a folder with `ca.pem`, its authority, and `tls.pem`, its certificate.
    private final class Server {
        let folder: URL
        let port: UInt16
        private let process: ChildProcess

        init() throws {
            folder = FileManager.default.temporaryDirectory.appending(path: "signet-doh-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            port = TestSupport.Lab.freePort()
            let commands = [
                "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=Authority "
                    + "-keyout ca.key -out ca.pem",
                "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=resolver "
                    + "-keyout tls.key -out tls.csr",
                "x509 -req -in tls.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile names -out tls.pem",
            ]
            try Data("subjectAltName=IP:127.0.0.1\n".utf8).write(to: folder.appending(path: "names"))
            for command in commands {
                let made = try ChildProcess.run(
                    "/usr/bin/openssl", command.split(separator: " ").map(String.init), in: folder)
                guard made.status == 0 else { throw TestSupport.Lab.Failure(description: made.all) }
            }
            let strings = DNSOverHTTPSServerTests.text.strings.map { "\"\(String(decoding: $0, as: UTF8.self))\"" }
            let configuration = """
                server:
                  directory: "\(folder.path)"
                  interface: 127.0.0.1@\(port)
                  https-port: \(port)
                  tls-service-key: "tls.key"
                  tls-service-pem: "tls.pem"
                  chroot: ""
                  username: ""
                  pidfile: ""
                  use-syslog: no
                  do-daemonize: no
                  num-threads: 1
                  local-zone: "doh.test." static
                  local-data: 'doh.test. 300 IN SOA ns.doh.test. root.doh.test. 1 3600 600 86400 60'
                  local-data: 'long.doh.test. 300 IN TXT \(strings.joined(separator: " "))'
                """
            let file = folder.appending(path: "unbound.conf")
            try Data((configuration + "\n").utf8).write(to: file)
            process = try ChildProcess("/usr/sbin/unbound", ["-d", "-c", file.path])
            try poll("unbound listens") {
                guard process.isRunning else { throw TestSupport.Lab.Failure(description: process.wait().all) }
                return try ChildProcess.run(
                    "/usr/bin/curl",
                    ["-s", "-o", "/dev/null", "--cacert", path("ca.pem"), "https://127.0.0.1:\(port)/"]
                ).status == 0
            }
        }

        func path(_ name: String) -> String { folder.appending(path: name).path }

        deinit {
            process.signal(SIGTERM)
            process.wait()
            try? FileManager.default.removeItem(at: folder)
        }
    }

    private static let questions: [(DomainName, RecordType)] = [
        (try! DomainName("long.doh.test"), .txt), (try! DomainName("none.doh.test"), .txt),
        (try! DomainName("long.doh.test"), .mx),
    ]

    private func ask(_ url: String, trusting authorities: String?) async -> [ServerReply] {
        let client = DNSClient(
            limits: Self.limits, httpClient: HTTPClient(certificateAuthorities: authorities))
        return await client.ask(.https(url), Self.questions)
    }

    @Test func aResolverIsBelievedOnlyWithACertificateThatHolds() async throws {
        let server = try Server()
        let place = "127.0.0.1:\(server.port)/dns-query"
        let answers = await ask("https://\(place)", trusting: server.path("ca.pem"))
        #expect(
            DNSClientTests.outcome(answers[0])
                == .records(
                    RecordSet(Self.questions[0].0, .txt, timeToLiveSeconds: 300, data: [.txt(Self.text)])))
        #expect(DNSClientTests.outcome(answers[1]) == .noSuchName)
        #expect(DNSClientTests.outcome(answers[2]) == .noData)

        // Whoever cannot be verified has said nothing, about names that are there and names that are not.
        let unverified: [(url: String, authorities: String?)] = [
            ("https://\(place)", nil), ("https://\(place)", server.path("tls.pem.none")),
            // The right authority, and a certificate of another name.
            ("https://localhost:\(server.port)/dns-query", server.path("ca.pem")),
            ("http://192.0.2.1:\(server.port)/dns-query", server.path("ca.pem")),
        ]
        for (url, authorities) in unverified {
            for reply in await ask(url, trusting: authorities) {
                guard case .failed(.unreachable(let reason)) = reply else {
                    Issue.record("\(url), trusting \(authorities ?? "the system's"): \(reply)")
                    continue
                }
                #expect(!reason.isEmpty)
            }
        }
        // The same server, another path: HTTP's "not found" is no answer about a name.
        for reply in await ask("https://127.0.0.1:\(server.port)/elsewhere", trusting: server.path("ca.pem")) {
            #expect(reply == .failed(.unreachable("HTTP status 404")))
        }
    }
}

private let isUnboundInstalled = FileManager.default.isExecutableFile(atPath: "/usr/sbin/unbound")
