import Foundation
import TestSupport
import Testing

/// Several requests on one connection, octet by octet: each answer ends where the next begins.
@Suite struct ServeConnectionTests {
    /// RFC 9110 §9.3.2. Content behind an answer to HEAD would be the beginning of the next.
    @Test func noAnswerToHEADHasContent() async throws {
        let place = try ServedPlace()
        let paths = [
            ("/healthz", "200"), ("/nothing", "404"), ("/v1/send_email", "405"), ("/v1/agents", "401"),
            ("/metrics", "401"), ("/v1/messages/x", "401"), ("/", "303"), ("/sign-in", "200"), ("/web/nothing", "404"),
        ]
        let connection = try place.connect()
        for (path, status) in paths {
            let request = "HEAD \(path) HTTP/1.1\r\nHost: x\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
            let said = try #require(connection.asking(request, until: "\r\n\r\nok\n"), "\(path)")
            let parts = said.components(separatedBy: "\r\n\r\n")
            #expect(parts.count == 3 && parts[0].hasPrefix("HTTP/1.1 \(status) "), "\(path): \(said)")
            #expect(parts[1].hasPrefix("HTTP/1.1 200 "), "\(path): \(said)")
            // That of the content which a GET would have got: what only leads elsewhere has none.
            let length = parts[0].lowercased().components(separatedBy: "content-length: ").last.flatMap {
                Int($0.prefix { $0.isNumber })
            }
            #expect(status == "303" ? length == 0 : (length ?? 0) > 0, "\(path): \(said)")
        }
        try place.expectNoErrors()
    }

    /// RFC 9110 §10.1.1, on one connection.
    @Test func aClientThatWaitsIsToldToGoOn() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let connection = try place.connect()
        let body = #"{"agent_id":"free","to":"ada@example.net","subject":"Hi","text":"x"}"#
        func head(_ token: String, version: String = "1.1", length: Int? = nil) -> String {
            "POST /v1/send_email HTTP/\(version)\r\nHost: x\r\nAuthorization: Bearer \(token)\r\nExpect: 100-Continue\r\n"
                + "Content-Type: application/json\r\nContent-Length: \(length ?? body.utf8.count)\r\n\r\n"
        }
        let told = "HTTP/1.1 100 Continue\r\n\r\n"
        #expect(connection.asking(head(token), until: "\r\n\r\n") == told)
        let sent = try #require(connection.asking(body, until: "\"status\":\"sent\""))
        #expect(sent.hasPrefix("HTTP/1.1 200 "), "\(sent)")
        // Who does not wait is served as well, told so or not, and the connection goes on.
        let eager = try #require(connection.asking(head(token) + body, until: "\"status\":\"sent\""))
        #expect(eager.hasPrefix("HTTP/1.1 200 ") || eager.hasPrefix(told + "HTTP/1.1 200 "), "\(eager)")
        #expect(connection.asking(head(token), until: "\r\n\r\n") == told)
        #expect(connection.asking(body, until: "\"status\":\"sent\"")?.hasPrefix("HTTP/1.1 200 ") == true)
        // What is refused is refused at once, without its body.
        let wrong = try #require(try place.connect().asking(head("x"), until: "\"unauthenticated\""))
        #expect(wrong.hasPrefix("HTTP/1.1 401 "), "\(wrong)")
        let large = try #require(
            try place.connect().asking(head(token, length: 99_999_999), until: "\"body_too_large\""))
        #expect(large.hasPrefix("HTTP/1.1 413 "), "\(large)")
        // In HTTP/1.0 the field means nothing.
        let old = try #require(
            try place.connect().asking(head(token, version: "1.0") + body, until: "\"status\":\"sent\""))
        #expect(old.hasPrefix("HTTP/1.1 200 "), "\(old)")
        #expect(try place.sink.arrived().count == 4)
        try place.expectNoErrors()
    }

    /// What stands before us may have taken what follows for another's.
    @Test func nothingIsReadBehindARefusedHost() throws {
        let place = try ServedPlace()
        let good = "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
        let bad = "GET /healthz HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n"
        for requests in [good + bad, good + bad + good, bad + good] {
            let connection = try place.connect()
            connection.write(requests)
            let said = try #require(connection.readToEnd(seconds: 30), "\(requests)")
            let answers = said.components(separatedBy: "HTTP/1.1 ").dropFirst().map { $0.prefix(3) }
            #expect(answers == (requests.hasPrefix(good) ? ["200", "400"] : ["400"]), "\(requests): \(said)")
            #expect(said.contains("\"malformed_request\""), "\(said)")
        }
    }

    /// A body is asked for when its request's turn has come.
    @Test func whoWaitsBehindAnotherRequestIsToldInTurn() throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let body = #"{"agent_id":"free","to":"ada@example.net","subject":"Hi","text":"x","dry_run":true}"#
        let head =
            "POST /v1/send_email HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n"
        let connection = try place.connect()
        let waiting = head + "\r\n" + body + head + "Expect: 100-continue\r\n\r\n"
        let first = try #require(connection.asking(waiting, until: "HTTP/1.1 100 Continue\r\n\r\n"))
        #expect(first.hasPrefix("HTTP/1.1 200 ") && first.contains("\"trial\""), "\(first)")
        let second = try #require(connection.asking(body, until: "\"trial\""))
        #expect(second.hasPrefix("HTTP/1.1 200 "), "\(second)")
        try place.expectNoErrors()
    }

    /// RFC 9112 §3.2 is about HTTP/1.1: an older client has no Host.
    @Test func anOlderClientNeedsNoHost() throws {
        let place = try ServedPlace()
        #expect(try place.connect().asking("GET /healthz HTTP/1.0\r\n\r\n", until: "ok\n")?.contains(" 200 ") == true)
    }
}
