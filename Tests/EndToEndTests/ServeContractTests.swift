import Foundation
import TestSupport
import Testing

/// The running server against schemas/openapi.yaml, by another's reading of it; and every bound, once.
@Suite struct ServeContractTests {
    private static let schemathesis = Workspace.repository.appending(path: ".build-python/bin/st").path

    /// All of its checks; schemathesis.toml beside says what may become of data that fit the schema.
    @Test(
        .enabled(
            if: FileManager.default.fileExists(atPath: schemathesis),
            "schemathesis is not installed: scripts/python-environment"),
        arguments: [["send", "audit", "domains"], ["oversight", "audit"]])
    func schemathesisFindsNothing(scopes: [String]) async throws {
        let place = try ServedPlace()
        let token = try place.token(scopes)
        let result = try ChildProcess.run(
            Self.schemathesis,
            [
                "--config-file",
                Workspace.repository.appending(path: "Tests/EndToEndTests/schemathesis.toml").path, "run",
                Workspace.repository.appending(path: "schemas/openapi.yaml").path, "--url", place.url, "-H",
                "Authorization: Bearer \(token)", "--max-examples", "25", "--workers", "1", "--seed", "5",
            ], in: place.workspace.folder)
        #expect(result.status == 0, "\(result.all.suffix(6000))")
        #expect(try await place.ask("GET", "/readyz").status == 200)
    }

    @Test func everyBoundIsHeldAndNamed() async throws {
        let place = try ServedPlace()
        let token = try place.token(["send"])
        let overseer = try place.token(["oversight"])
        let json = ["Content-Type": "application/json"]
        let large = Data(repeating: UInt8(ascii: " "), count: 70_000)
        let decide = try await place.ask("POST", "/v1/oversight/decide", token: overseer, body: large, headers: json)
        #expect(decide.status == 413 && decide.json["code"].string == "body_too_large", "\(decide.text)")
        let text = try await place.ask(
            "POST", "/v1/send_email", token: token, body: Data("{}".utf8), headers: ["Content-Type": "text/plain"])
        #expect(text.status == 415 && text.json["code"].string == "unsupported_media_type")
        let broken = try await place.ask(
            "POST", "/v1/send_email", token: token, body: Data("{".utf8), headers: json)
        #expect(broken.status == 400 && broken.json["code"].string == "malformed_request")
        let coded = try await place.ask(
            "POST", "/v1/send_email", token: token, body: Data("{}".utf8),
            headers: json.merging(["Content-Encoding": "gzip"]) { $1 })
        #expect(coded.status == 415 && coded.headers["accept-encoding"] == "identity", "\(coded.text)")
        #expect(coded.json["detail"].string?.contains("Content-Encoding") == true, "\(coded.text)")
        let twice = try await place.ask(
            "POST", "/v1/send_email", token: token, body: Data(#"{"to":"good@a.test","to":"evil@a.test"}"#.utf8),
            headers: json)
        #expect(twice.status == 422 && twice.json["errors"][0]["field"].string == "to", "\(twice.text)")
        let empty = Data(
            ("{\"attachments\":[" + Array(repeating: "{}", count: 5000).joined(separator: ",") + "]}").utf8)
        let many = try await place.ask("POST", "/v1/send_email", token: token, body: empty, headers: json)
        #expect(many.status == 422 && many.body.count < 10_000, "\(many.status)")
        let method = try await place.ask("DELETE", "/v1/agents", token: token)
        #expect(method.status == 405 && method.headers["allow"] == "GET, HEAD")
        #expect(try await place.ask("GET", "/v1/nothing", token: token).status == 404)
        #expect(try await place.ask("GET", "/v1/messages/x", token: token).status == 404)
        #expect(try await place.ask("HEAD", "/v1/agents", token: token).status == 200)
        let field = try await place.ask("GET", "/healthz", headers: ["X-Long": String(repeating: "x", count: 9000)])
        #expect(field.status == 431 && field.json["code"].string == "headers_too_large", "\(field.text)")
        #expect(try await place.ask("GET", "/healthz").status == 200)
        // A relay that says no for good, and one that is not there.
        place.sink.stop()
        let deferred = try await place.send("free", "Later", token: token)
        #expect(deferred.status == 202 && deferred.json["status"].string == "deferred", "\(deferred.text)")
    }

    /// Without TLS only on loopback, unless somebody says so; a certificate that is none is told at once.
    @Test func plainHTTPStaysOnLoopback() throws {
        let place = try ServedPlace(serves: false)
        let refused = try place.workspace.signet("serve", "--listen", "0.0.0.0:0")
        #expect(refused.status == 64)
        #expect(refused.error.contains("--allow-plain"))
        for listen in ["x", "127.0.0.1", "localhost:1", "::1:5", "127.0.0.1:99999"] {
            #expect(try place.workspace.signet("serve", "--listen", listen).status == 64, "\(listen)")
        }
        let wrong = try place.workspace.signet(
            "serve", "--listen", "127.0.0.1:0", "--tls-certificate", "alice.pem", "--tls-key", "alice.pem")
        #expect(wrong.status == 1)
        #expect(wrong.error.contains("certificate"), "\(wrong.all)")
    }

    @Test func tlsServesFromCertificateFiles() throws {
        let place = try ServedPlace(serves: false)
        try place.startWithTLS()
        #expect(place.url.hasPrefix("https://"))
        let asked = try ChildProcess.run(
            "/usr/bin/curl", ["-s", "--cacert", place.workspace.path("tls.pem"), place.url + "/healthz"])
        #expect(asked.output == "ok\n", "\(asked.all)")
        let old = try ChildProcess.run(
            "/usr/bin/curl", ["-s", "-k", "--tls-max", "1.1", place.url + "/healthz"])
        #expect(old.status != 0)
    }
}
