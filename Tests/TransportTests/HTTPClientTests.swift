import Synchronization
import Testing

@testable import Transport

@Suite("HTTP client", .timeLimit(.minutes(1)))
struct HTTPClientTests {
    static func echo(_ request: FakeHTTPServer.Request) -> FakeHTTPServer.Reaction {
        let text = "\(request.method) \(request.path) \(request.headers["x-token"] ?? "-") "
        return .respond(
            status: 201, headers: [("X-Two", "a"), ("x-two", " b "), ("Empty", "")],
            body: Array(text.utf8) + request.body)
    }

    @Test(
        "Method, path, headers and body arrive, status, headers and body come back",
        arguments: [
            ("GET", ""), ("POST", "body"), ("PUT", "body"), ("PATCH", "body"), ("DELETE", ""), ("DELETE", "body"),
            ("POST", ""),
        ])
    func exchange(method: String, body: String) async throws {
        let server = FakeHTTPServer(Self.echo)
        let client = HTTPClient()
        let response = try await client.send(
            HTTPRequest(method, server.url("/a?b=c"), headers: [("X-Token", "secret")], body: Array(body.utf8)))
        #expect(response.status == 201)
        #expect(String(decoding: response.body, as: UTF8.self) == "\(method) /a?b=c secret \(body)")
        #expect(response.headers.filter { $0.name == "x-two" }.map(\.value) == ["a", "b"])
        #expect(response.header("empty") == "")
        #expect(response.header("X-Two") == nil)
    }

    @Test("The agent is named; no content type is made up; HEAD has no body")
    func defaults() async throws {
        let server = FakeHTTPServer { request in
            .respond(
                status: 200,
                headers: [
                    ("agent", request.headers["user-agent"] ?? ""), ("type", request.headers["content-type"] ?? "none"),
                ],
                body: [1])
        }
        let client = HTTPClient(userAgent: "signet/9")
        let response = try await client.send(HTTPRequest("POST", server.url("/"), body: [1]))
        #expect(response.header("agent") == "signet/9")
        #expect(response.header("type") == "none")
        #expect(try await client.send(HTTPRequest("HEAD", server.url("/"))).body.isEmpty)
    }

    @Test("Redirects are not followed")
    func redirect() async throws {
        let server = FakeHTTPServer { request in
            request.path == "/" ? .respond(status: 302, headers: [("Location", "/elsewhere")]) : .respond(status: 200)
        }
        #expect(try await HTTPClient().send(HTTPRequest("GET", server.url("/"))).status == 302)
    }

    @Test("Two thousand small requests share the allowed connections")
    func many() async throws {
        let server = FakeHTTPServer { .respond(status: 200, body: Array($0.path.utf8)) }
        let client = HTTPClient(limits: HTTPClient.Limits(concurrentPerHostMax: 8))
        let good = await withTaskGroup(of: Bool.self) { group in
            for number in 0..<2000 {
                group.addTask {
                    let response = try? await client.send(HTTPRequest("GET", server.url("/\(number)")))
                    return response?.body == Array("/\(number)".utf8)
                }
            }
            return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
        }
        #expect(good == 2000)
        #expect((1...8).contains(server.connectionCount))
    }

    @Test("Each failure has its code, and says whether the request may have arrived")
    func failures() async throws {
        let server = FakeHTTPServer { request in
            switch request.path {
            case "/hangup?secret": .hangUp
            case "/cut": .cut
            case "/silence": .silence
            default: .respond(status: 200, body: [UInt8](repeating: 0x61, count: 100_000))
            }
        }
        let client = HTTPClient()
        func failure(_ request: HTTPRequest) async -> (HTTPError.Code?, Bool?) {
            do throws(HTTPError) {
                _ = try await client.send(request)
                return (nil, nil)
            } catch {
                #expect(!error.message.contains("secret"))
                return (error.code, error.mayHaveArrived)
            }
        }
        let secret = [(name: "authorization", value: "secret")]
        #expect(
            await failure(HTTPRequest("POST", server.url("/hangup?secret"), headers: secret, body: [1])) == (
                .connectionLost, true
            ))
        #expect(await failure(HTTPRequest("GET", server.url("/cut"), headers: secret)) == (.connectionLost, true))
        #expect(
            await failure(HTTPRequest("POST", server.url("/silence"), body: [1], timeout: .milliseconds(200)))
                == (.timedOut, true))
        #expect(await failure(HTTPRequest("GET", server.url("/"), bodyOctetsMax: 99_999)) == (.tooLarge, true))
        #expect(await failure(HTTPRequest("GET", server.url("/"), bodyOctetsMax: 100_000)) == (nil, nil))
        // Port 1 of our own machine: nobody listens.
        #expect(await failure(HTTPRequest("POST", "http://127.0.0.1:1/", body: [1])) == (.couldNotConnect, false))
        #expect(await failure(HTTPRequest("GET", "https://127.0.0.1:\(server.port)/")) == (.tls, false))
        #expect(await failure(HTTPRequest("GET", "http://name.invalid/")) == (.couldNotResolve, false))
    }

    @Test(
        "What must not be sent is refused before anything is",
        arguments: [
            HTTPRequest("GET", "ftp://127.0.0.1/"), HTTPRequest("GET", "file:///etc/passwd"),
            HTTPRequest("GET", "/relative"),
            HTTPRequest("GET", "http://user:secret@127.0.0.1/"), HTTPRequest("GET", "http://127.0.0.1/ x"),
            HTTPRequest("GET", "http:///"), HTTPRequest("get", "http://127.0.0.1/"),
            HTTPRequest("GET", "http://127.0.0.1/", headers: [("a", "b\r\nc: d")]),
            HTTPRequest("GET", "http://127.0.0.1/", headers: [("a b", "c")]),
            HTTPRequest("GET", "http://127.0.0.1/", headers: [("", "c")]),
        ])
    func refuses(request: HTTPRequest) async {
        let error = await #expect(throws: HTTPError.self) { try await HTTPClient().send(request) }
        #expect(error?.code == .invalidRequest)
    }

    @Test("A request that is cancelled before it is handed over does not wait for its turn")
    func cancelledBeforehand() async throws {
        let isAsked = Atomic(false)
        let server = FakeHTTPServer { _ in
            isAsked.store(true, ordering: .releasing)
            return .silence
        }
        let engine = HTTPEngine(
            userAgent: "test", limits: HTTPClient.Limits(concurrentPerHostMax: 1), certificateAuthorities: nil)
        engine.start()
        defer { engine.stop() }
        func result(of transfer: HTTPTransfer) async -> Result<HTTPResponse, HTTPError> {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                engine.submit(transfer)
            }
        }
        let request = HTTPRequest("GET", server.url("/"))
        let (first, second) = (try HTTPTransfer(request), try HTTPTransfer(request))
        async let firstResult = result(of: first)
        while !isAsked.load(ordering: .acquiring) { try await Task.sleep(for: .milliseconds(1)) }
        engine.cancel(second)
        // The engine's thread has seen that before the request comes.
        try await Task.sleep(for: .milliseconds(50))
        let secondResult = await result(of: second)
        #expect(throws: HTTPError(.cancelled, "cancelled")) { try secondResult.get() }
        // Still under way: the other did not have to wait for its end.
        engine.cancel(first)
        let answer = await firstResult
        #expect(throws: HTTPError(.cancelled, "cancelled")) { try answer.get() }
    }

    @Test("Cancelling a task and closing the client end what runs and what waits")
    func cancelling() async throws {
        let server = FakeHTTPServer { _ in .silence }
        let client = HTTPClient(limits: HTTPClient.Limits(concurrentPerHostMax: 1))
        let tasks = (0..<3).map { _ in
            Task { () async -> HTTPError.Code? in
                do throws(HTTPError) {
                    _ = try await client.send(HTTPRequest("GET", server.url("/")))
                    return nil
                } catch { return error.code }
            }
        }
        tasks[1].cancel()
        #expect(await tasks[1].value == .cancelled)
        client.close()
        #expect(await tasks[0].value == .cancelled)
        #expect(await tasks[2].value == .cancelled)
        let error = await #expect(throws: HTTPError.self) { try await client.send(HTTPRequest("GET", server.url("/"))) }
        #expect(error?.code == .cancelled)
    }
}
