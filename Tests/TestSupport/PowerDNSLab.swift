package import DNS
import Foundation

/// A real PowerDNS, shared by the tests of a process, and a way into it that is not ours: curl.
package final class PowerDNSLab: Sendable {
    package struct Answer: Sendable {
        package var status: Int
        package var body: String
    }

    package static let apiKey = "lab-key-of-this-run"

    private static let started = Result { try PowerDNSLab() }
    package static func shared() throws -> PowerDNSLab { try started.get() }

    package let apiPort = Lab.freePort()
    package let dns: ServerAddress
    private let server: LabServer

    package var url: String { "http://127.0.0.1:\(apiPort)" }

    private init() throws {
        dns = ServerAddress(address: .v4(0x7F00_0001), port: Lab.freePort())
        server = try Lab.start(
            .powerDNS, ["API_PORT": "\(apiPort)", "DNS_PORT": "\(dns.port)", "API_KEY": Self.apiKey])
    }

    /// `path` follows `/api/v1/servers/localhost`.
    @discardableResult
    package func ask(_ method: String, _ path: String, _ body: String = "") throws -> Answer {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("signet-body-\(UUID().uuidString)")
        try Data(body.utf8).write(to: file)
        defer { try? FileManager.default.removeItem(at: file) }
        let output = try ChildProcess.run(
            "/usr/bin/curl",
            [
                "-sS", "-X", method, "-H", "X-API-Key: \(Self.apiKey)",
                "-H", "Content-Type: application/json", "--data-binary", "@\(file.path)", "-w", "\n%{http_code}",
                "\(url)/api/v1/servers/localhost\(path)",
            ]
        ).output
        let lines = output.split(separator: "\n", omittingEmptySubsequences: false)
        return Answer(status: Int(lines.last ?? "") ?? 0, body: lines.dropLast().joined(separator: "\n"))
    }

    /// A new zone with one name server, of a name that nobody else has.
    package func makeZone() throws -> DomainName {
        let zone = try DomainName("z\(UUID().uuidString.prefix(8).lowercased()).example")
        let answer = try ask(
            "POST", "/zones",
            #"{"name":"\#(zone).","kind":"Native","nameservers":["ns1.\#(zone)."],"soa_edit_api":"INCREASE"}"#)
        guard answer.status == 201 else { throw Lab.Failure(description: "\(answer)") }
        return zone
    }

    /// Puts record sets by PowerDNS' own text.
    package func put(_ zone: DomainName, _ json: String) throws {
        let answer = try ask("PATCH", "/zones/\(zone).", #"{"rrsets":[\#(json)]}"#)
        guard answer.status == 204 else { throw Lab.Failure(description: "\(answer)") }
    }

    /// Grows by one with each PATCH that was carried out.
    package func serial(_ zone: DomainName) throws -> Int {
        let answer = try ask("GET", "/zones/\(zone).?rrsets=false")
        guard
            let found = answer.body.firstRange(of: #""edited_serial": "#)
                ?? answer.body.firstRange(of: #""edited_serial":"#)
        else { throw Lab.Failure(description: "\(answer)") }
        return Int(answer.body[found.upperBound...].prefix { $0.isNumber }) ?? 0
    }
}

/// nginx before PowerDNS' API, which does what it is told to do wrong.
package final class FaultProxyLab: Sendable {
    package let url: String
    private let server: LabServer

    package init(before lab: PowerDNSLab) throws {
        let port = Lab.freePort()
        url = "http://127.0.0.1:\(port)"
        server = try Lab.start(.faultProxy, ["PORT": "\(port)", "UPSTREAM": "127.0.0.1:\(lab.apiPort)"])
    }

    /// As lab/httpfault.sh describes; no words: behave.
    package func fault(_ words: String...) throws { try fault(words) }

    package func fault(_ words: [String]) throws { try Lab.run(named: "httpfault.sh", [url] + words) }

    /// The requests of a method for a zone, each with the status that it was answered with, as nginx saw them.
    package func statuses(_ method: String, _ zone: DomainName) throws -> [Int] {
        let log = try String(contentsOf: server.workFolder.appendingPathComponent("access.log"), encoding: .utf8)
        return log.split(separator: "\n").compactMap { line in
            guard line.contains(#""\#(method) "#), line.contains("/zones/\(zone)."),
                let quote = line.firstRange(of: #" HTTP/1.1" "#)
            else { return nil }
            return Int(line[quote.upperBound...].prefix { $0.isNumber })
        }
    }
}
