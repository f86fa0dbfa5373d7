import Foundation
import TestSupport
import Testing

/// Clients that are slow, silent or malformed: each is cut off or told so, and others are served meanwhile.
@Suite struct ServeSlowClientTests {
    /// Far beyond any of the server's limits here: only a test that fails waits for so long.
    private static let patience = 30.0

    private static func place() throws -> ServedPlace {
        try ServedPlace(arguments: ["--request-time", "2s", "--idle-time", "2s"])
    }

    /// Sends piece after piece until the server has closed the connection; nil: it did not.
    private static func trickle(_ connection: RawConnection, _ piece: String) -> String? {
        let end = Date().addingTimeInterval(patience)
        while Date() < end {
            connection.write(piece)
            if let said = connection.readToEnd(seconds: 0.2) { return said }
        }
        return nil
    }

    @Test func slowAndSilentClientsAreCutOff() async throws {
        let place = try Self.place()
        let token = try place.token(["send"])
        let post =
            "POST /v1/send_email HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
        // Slow headers, slow bodies with a length and without one, and silence at each point.
        let table: [(start: String, piece: String)] = [
            ("GET /healthz HTTP/1.1\r\n", "X-A: b\r\n"), ("", "G"), ("", ""), ("GET /healthz HTTP/1.1\r\n", ""),
            (post + "Content-Length: 100000\r\n\r\n{", " "), (post + "Content-Length: 100000\r\n\r\n{", ""),
            (post + "Transfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
            (post + "Transfer-Encoding: chunked\r\n\r\n", ""),
        ]
        try await withThrowingTaskGroup(of: (String, String?).self) { group in
            for (start, piece) in table {
                group.addTask {
                    let connection = try place.connect()
                    connection.write(start)
                    return (start + piece, Self.trickle(connection, piece))
                }
            }
            for number in 0..<5 {
                let sent = try await place.send("free", "Meanwhile \(number)", token: token)
                #expect(sent.status == 200, "\(sent.text)")
            }
            for try await (request, said) in group {
                #expect(said?.contains(" 200 ") == false, "\(request): \(said ?? "it was not cut off")")
            }
        }
        #expect(try place.sink.arrived().count == 5)
        // What they held is given back.
        let auditor = try place.token(["audit"])
        try await pollAsync("the bodies' memory is free") {
            try await place.ask("GET", "/metrics", token: auditor).text.contains(
                "\nsignet_http_body_octets_in_flight 0\n")
        }
        try place.expectNoErrors()
    }

    /// A client that asks and does not read: its answers do not pile up, and it is cut off.
    @Test func aClientThatDoesNotReadIsCutOff() async throws {
        let place = try Self.place()
        let token = try place.token(["audit"])
        let connection = try place.connect()
        let request = "GET /v1/audit?limit=10 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\r\n"
        let page = try #require(try place.connect().asking(request, until: "next_cursor"))
        let wanted = 20_000_000 / page.utf8.count
        let asked = Task.detached { (0..<wanted).prefix { _ in connection.write(request) }.count }
        // Nothing is read until the server takes no more, which it says by closing.
        try await pollAsync("it is cut off", seconds: Self.patience) { !connection.write("") || connection.isCutOff }
        let said = try #require(connection.readToEnd(seconds: Self.patience))
        #expect(said.utf8.count < wanted * page.utf8.count)
        _ = await asked.value
        #expect(try await place.ask("GET", "/v1/audit", token: token).status == 200)
        try place.expectNoErrors()
    }

    @Test func manyIdleConnectionsKeepNobodyOut() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let idle = try (0..<500).map { _ in try place.connect() }
        let sent = try await place.send("free", "Hi", token: token)
        #expect(sent.status == 200, "\(sent.text)")
        // One that has been half closed is still answered.
        let half = try place.connect()
        half.write("GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        half.finishWriting()
        #expect(half.readToEnd(seconds: Self.patience)?.hasPrefix("HTTP/1.1 200 OK\r\n") == true)
        withExtendedLifetime(idle) {}
    }

    /// More connections than the system allows descriptors: those beyond wait, and the work goes on.
    @Test func descriptorsAreKeptForTheWork() async throws {
        let place = try ServedPlace(serves: false)
        try place.start(["--idle-time", "2s"], descriptorsMax: 256)
        let token = try place.token(["send"])
        let idle = try (0..<300).map { _ in try place.connect() }
        // Taken once those before it are cut off.
        let sent = try await place.send("free", "Hi", token: token)
        #expect(sent.status == 200, "\(sent.text)")
        try place.expectNoErrors()
        withExtendedLifetime(idle) {}
    }

    /// What no handler sees is a problem too, with its id, and the connection ends.
    @Test func whatIsNoRequestIsToldSo() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let post =
            "POST /v1/send_email HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
        let get = "GET /healthz HTTP/1.1\r\nHost: x\r\n"
        let long = String(repeating: "x", count: 9000)
        let many = (0..<101).map { "X-\($0): y\r\n" }.joined()
        let wide = (0..<10).map { "X-\($0): \(String(repeating: "y", count: 4000))\r\n" }.joined()
        let chunks = String(repeating: "10000\r\n\(String(repeating: " ", count: 65536))\r\n", count: 577)
        let table: [(request: String, status: String, code: String)] = [
            ("\u{16}\u{3}\u{1}\r\n\r\n", "400", "malformed_request"),
            ("GET\r\n\r\n", "400", "malformed_request"),
            (get + "X Y: z\r\n\r\n", "400", "malformed_request"),
            (get + "X-Long: \(long)\r\n\r\n", "431", "headers_too_large"),
            (get + "X-Endless: \(long)", "431", "headers_too_large"),
            ("GET /\(long) HTTP/1.1\r\n", "431", "headers_too_large"),
            (get + many + "\r\n", "431", "headers_too_large"),
            (get + wide + "\r\n", "431", "headers_too_large"),
            ("GET /healthz HTTP/1.1\r\n\r\n", "400", "malformed_request"),
            (get + "Host: y\r\n\r\n", "400", "malformed_request"),
            ("POST /v1/send_email HTTP/1.1\r\nHost: a b\r\n\r\n", "400", "malformed_request"),
            (post + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", "400", "malformed_request"),
            (post + "Content-Length: -1\r\n\r\n", "400", "malformed_request"),
            (post + "Content-Length: 99999999999\r\n\r\n", "413", "body_too_large"),
            (post + "Transfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\n", "413", "body_too_large"),
        ]
        for (request, status, code) in table {
            let what = "\(request.prefix(200))"
            let said = try #require(try place.connect().asking(request, until: "\"title\""), "\(what)")
            let parts = said.components(separatedBy: "\r\n\r\n")
            #expect(parts[0].hasPrefix("HTTP/1.1 \(status) "), "\(what): \(said)")
            #expect(parts[0].lowercased().contains("content-type: application/problem+json"), "\(what): \(said)")
            #expect(parts[0].lowercased().contains("\r\ndate: "), "\(what): \(said)")
            let problem = JSON(try? JSONSerialization.jsonObject(with: Data(parts.last?.utf8 ?? "".utf8)))
            #expect(problem["code"].string == code, "\(what): \(said)")
            let id = problem["request_id"].string ?? "none"
            #expect(parts[0].lowercased().contains("x-request-id: \(id)"), "\(what): \(said)")
            try poll("the log's line") { place.said.contains("\"request_id\":\"\(id)\"") }
        }
        try place.expectNoErrors()
    }
}
