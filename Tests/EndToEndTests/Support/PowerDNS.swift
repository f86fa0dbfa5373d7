import Foundation
import TestSupport

/// A PowerDNS of its own with the HTTP API, and that API as somebody else at the provider's console would use it.
final class PowerDNS {
    /// No output may ever show it.
    static let apiKey = "marker-4f9d2c71-api-key"

    let dnsPort = Int(Lab.freePort())
    let apiPort = Int(Lab.freePort())
    private let server: LabServer

    init() throws {
        server = try Lab.start(
            .powerDNS, ["DNS_PORT": "\(dnsPort)", "API_PORT": "\(apiPort)", "API_KEY": Self.apiKey])
    }

    func stop() { server.stop() }

    /// A zone whose absences are cached for `negativeTTL` seconds.
    func createZone(_ name: String, negativeTTL: Int = 1) throws {
        let soa = "ns1.\(name). hostmaster.\(name). 1 10800 3600 604800 \(negativeTTL)"
        try call(
            "POST", "zones",
            [
                "name": "\(name).", "kind": "Native", "nameservers": [String](), "soa_edit_api": "INCREASE",
                "rrsets": [
                    Self.rrset(name, "SOA", ttl: negativeTTL, [soa]), Self.rrset(name, "NS", ttl: 60, ["ns1.\(name)."]),
                    Self.rrset("ns1.\(name)", "A", ttl: 60, ["127.0.0.1"]),
                ],
            ])
    }

    func put(_ zone: String, _ name: String, _ type: String, ttl: Int, _ contents: [String]) throws {
        try call("PATCH", "zones/\(zone).", ["rrsets": [Self.rrset(name, type, ttl: ttl, contents)]])
    }

    func remove(_ zone: String, _ name: String, _ type: String) throws {
        try call(
            "PATCH", "zones/\(zone).",
            [
                "rrsets": [
                    ["name": "\(name).", "type": type, "changetype": "DELETE", "records": [Any]()] as [String: Any]
                ]
            ])
    }

    private static func rrset(_ name: String, _ type: String, ttl: Int, _ contents: [String]) -> [String: Any] {
        [
            "name": "\(name).", "type": type, "ttl": ttl, "changetype": "REPLACE",
            "records": contents.map { ["content": $0, "disabled": false] },
        ]
    }

    struct RecordSet: Equatable {
        var ttl: Int
        /// As the API lists them, sorted.
        var contents: [String]
    }

    /// Everything in a zone but its SOA, NS and the address of its server, by `name type`.
    func recordSets(_ zone: String) throws -> [String: RecordSet] {
        var sets: [String: RecordSet] = [:]
        for set in try call("GET", "zones/\(zone).")["rrsets"].array {
            let name = String((set["name"].string ?? "").dropLast())
            let type = set["type"].string ?? ""
            if type == "SOA" || type == "NS" || name == "ns1.\(zone)" { continue }
            sets["\(name) \(type)"] = RecordSet(
                ttl: set["ttl"].int ?? 0, contents: set["records"].array.compactMap { $0["content"].string }.sorted())
        }
        return sets
    }

    /// Grows by one with every write.
    func serial(_ zone: String) throws -> Int { try call("GET", "zones/\(zone).")["serial"].int ?? -1 }

    @discardableResult
    private func call(_ method: String, _ path: String, _ body: [String: Any]? = nil) throws -> JSON {
        var arguments = [
            "-sS", "--fail-with-body", "-X", method, "-H", "X-API-Key: \(Self.apiKey)",
            "http://127.0.0.1:\(apiPort)/api/v1/servers/localhost/\(path)",
        ]
        var file: URL?
        if let body {
            let url = FileManager.default.temporaryDirectory.appendingPathComponent("signet-\(UUID().uuidString).json")
            try JSONSerialization.data(withJSONObject: body).write(to: url)
            arguments += ["-H", "Content-Type: application/json", "--data-binary", "@\(url.path)"]
            file = url
        }
        defer { if let file { try? FileManager.default.removeItem(at: file) } }
        let result = try ChildProcess.run("/usr/bin/curl", arguments)
        guard result.status == 0 else { throw Lab.Failure(description: "PowerDNS \(method) \(path): \(result.all)") }
        return JSON(try? JSONSerialization.jsonObject(with: Data(result.output.utf8)))
    }

    /// A TXT value in presentation form: strings of 255 octets, everything but plain ASCII as \DDD (RFC 1035 §5.1).
    static func presentation(_ octets: [UInt8]) -> String {
        if octets.isEmpty { return "\"\"" }
        return stride(from: 0, to: octets.count, by: 255).map { start in
            let text = octets[start..<min(start + 255, octets.count)].map { octet -> String in
                switch octet {
                case UInt8(ascii: "\""), UInt8(ascii: "\\"): "\\" + String(UnicodeScalar(octet))
                case 0x20...0x7E: String(UnicodeScalar(octet))
                default: "\\" + String(repeating: "0", count: 3 - String(octet).count) + String(octet)
                }
            }
            return "\"" + text.joined() + "\""
        }.joined(separator: " ")
    }
}
