import Foundation
import Hummingbird
import Logging
import TestSupport
import Testing

@testable import Server

/// Every code that the API documents, produced by a running server: a code without a case here does not compile, and one
/// that cannot be produced does not exist.
@Suite struct ServeProblemTests {
    @Test func everyCodeIsProduced() async throws {
        let stage = try Stage()
        for code in ProblemCode.allCases {
            let answer = try await stage.produce(code)
            #expect(answer.status == code.status.code, "\(code): \(answer.text)")
            #expect(answer.json["code"].string == code.rawValue, "\(code): \(answer.text)")
            #expect(answer.json["status"].int == code.status.code, "\(code)")
            #expect(answer.json["title"].string == code.status.reasonPhrase, "\(code)")
            #expect(answer.json["detail"].string?.isEmpty == false, "\(code)")
            #expect(answer.headers["content-type"] == "application/problem+json", "\(code)")
            #expect(answer.headers["cache-control"] == "no-store", "\(code)")
            // What a client may do again, it is told when.
            if [429, 503].contains(answer.status) {
                #expect(Int(answer.headers["retry-after"] ?? "") ?? 0 > 0, "\(code)")
            }
            let id = answer.headers["x-request-id"] ?? "none"
            #expect(answer.json["request_id"].string == id, "\(code)")
            try poll("the log's line about \(code)") {
                stage.said.split(separator: "\n").contains { line in
                    let entry = JSON(try? JSONSerialization.jsonObject(with: Data(line.utf8)))
                    return entry["request_id"].string == id && entry["code"].string == code.rawValue
                        && entry["message"].string == "request"
                }
            }
            for word in stage.secrets + ["ada@example.net", "state.db", "signet.yaml", stage.folder, "SQL"] {
                #expect(!answer.text.contains(word), "\(code): \(answer.text)")
            }
        }
        for secret in stage.secrets { #expect(!stage.said.contains(secret)) }
    }

    /// A server, and what makes it answer with each code. Whatever that needs is put back afterwards.
    private struct Stage {
        private let place: ServedPlace
        private let failing = FailingDoor()
        private let sender: String
        private let bound: String
        private let overseer: String

        init() throws {
            place = try ServedPlace()
            sender = try place.token(["send"])
            bound = try place.token(["send"], agents: ["gated"])
            overseer = try place.token(["oversight"])
        }

        var said: String { place.said + failing.said }
        var folder: String { place.workspace.folder.path }
        var secrets: [String] {
            [Workspace.keyEncryptionKey] + [sender, bound, overseer].map { String($0.suffix(52)) }
        }

        func produce(_ code: ProblemCode) async throws -> ServedPlace.Answer {
            switch code {
            case .malformedRequest: try await post("{")
            case .invalidRequest: try await place.send("free", "Hi", token: sender, ["to": "nobody"])
            case .unsupportedMediaType: try await post("{}", type: "text/plain")
            case .bodyTooLarge:
                try await place.ask(
                    "POST", "/v1/oversight/decide", token: overseer,
                    body: Data(repeating: UInt8(ascii: " "), count: ServerLimits.bodyOctetsMax + 1),
                    headers: ["Content-Type": "application/json"])
            case .headersTooLarge:
                try await place.ask(
                    "GET", "/healthz",
                    headers: ["X-Long": String(repeating: "x", count: ServerLimits.headerFieldOctetsMax + 1)])
            case .notFound: try await place.ask("GET", "/v1/messages/x", token: sender)
            case .methodNotAllowed: try await place.ask("DELETE", "/v1/agents", token: sender)
            case .unauthenticated: try await place.ask("GET", "/v1/agents")
            case .scopeMissing: try await place.ask("GET", "/v1/audit", token: sender)
            case .foreignAgent: try await place.send("free", "Hi", token: bound)
            case .foreignOrigin:
                try await place.ask(
                    "POST", "/mcp", token: sender, json: [String: Any](), headers: ["Origin": "https://evil.example"])
            case .tooManyFailures:
                try await last(ServerLimits.tokenFailuresMax + 1) {
                    try await place.ask("GET", "/v1/agents", token: "sgt_wrong")
                }
            case .tooManyRequests:
                try await last(ServerLimits.publicRequestsMax + 1) {
                    try await place.ask("GET", "/v1/identity/pubkey/nobody")
                }
            case .idempotencyConflict:
                try await last(2) { number in
                    try await place.send("free", "Number \(number)", token: sender, ["idempotency_key": "k"])
                }
            case .conflict: try await conflicts()
            case .refused: try await place.send("silent", "Never", token: sender)
            case .bounced: try await place.send("free", "Hi", token: sender, ["to": "no-such@example.net"])
            case .unfinished: try await storedAndNotDecided()
            case .manifestInvalid: try await withManifest { $0 + "nonsense: 1\n" }
            case .keyringUnavailable: try await withAnotherKey()
            case .logUnavailable:
                // A stranger is refused before anything is stored, and the refusal is to stand in the log.
                try await refusing("log_entry") {
                    try await place.send("nobody", "Hi", token: sender, ["from": "nobody@s.test"])
                }
            case .storeUnavailable: try await refusing("outbox") { try await place.send("free", "Hi", token: sender) }
            case .unavailable: try await unverifiable()
            case .busy: try await locked()
            case .overloaded: try await withSlowBodies()
            case .internalError: try await failing.ask()
            }
        }

        private func post(_ body: String, type: String = "application/json") async throws -> ServedPlace.Answer {
            try await place.ask(
                "POST", "/v1/send_email", token: sender, body: Data(body.utf8), headers: ["Content-Type": type])
        }

        /// The answer to the last of so many.
        private func last(
            _ count: Int, _ ask: (Int) async throws -> ServedPlace.Answer
        ) async throws -> ServedPlace.Answer {
            for number in 1..<count { _ = try await ask(number) }
            return try await ask(count)
        }

        private func last(_ count: Int, _ ask: () async throws -> ServedPlace.Answer) async throws -> ServedPlace.Answer
        {
            try await last(count) { _ in try await ask() }
        }

        private func conflicts() async throws -> ServedPlace.Answer {
            let second = try await answerTwice()
            #expect(second.json["code"].string == "conflict", "\(second.text)")
            return try await withoutRelay()
        }

        private func answerTwice() async throws -> ServedPlace.Answer {
            try await place.send("gated", "Held", token: sender)
            let list = try await place.ask("GET", "/v1/oversight/pending", token: overseer)
            let answers = try ["deny", "approve"].map {
                try place.statement(list.json["approvals"][0], answer: $0)
            }
            return try await last(2) { number in
                try await place.ask("POST", "/v1/oversight/decide", token: overseer, json: answers[number - 1])
            }
        }

        /// While the state file takes no row of this table.
        private func refusing(
            _ table: String, _ ask: () async throws -> ServedPlace.Answer
        ) async throws -> ServedPlace.Answer {
            try place.sql("CREATE TRIGGER t BEFORE INSERT ON \(table) BEGIN SELECT RAISE(ABORT, 'x'); END")
            let answer = try await ask()
            try place.sql("DROP TRIGGER t")
            return answer
        }

        private func storedAndNotDecided() async throws -> ServedPlace.Answer {
            let arrived = try place.sink.arrived().count
            let answer = try await refusing("log_entry") { try await place.send("free", "Unlogged", token: sender) }
            #expect(try place.sink.arrived().count == arrived)
            let id = answer.json["message_id"].string ?? "none"
            let stored = try await place.ask("GET", "/v1/messages/\(id)", token: sender)
            #expect(stored.json["status"].string == "deferred", "\(stored.text)")
            return answer
        }

        /// Registered still, and its domain sends no more.
        private func withoutRelay() async throws -> ServedPlace.Answer {
            try await withManifest(status: 409) { manifest in
                String(manifest.prefix(upTo: manifest.range(of: "agents:")!.lowerBound))
                    .replacing("relay: sink, ", with: "spf: { ip4: [192.0.2.10] }, ")
            }
        }

        /// To be sealed, and signed with a key that nobody can be asked for.
        private func unverifiable() async throws -> ServedPlace.Answer {
            let original = """
                DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=dead.test; s=s; h=from;
                  bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA
                From: ada@dead.test


                """.replacing("\n", with: "\r\n")
            return try await withManifest {
                $0.replacing("dmarc: { policy: none } }", with: "dmarc: { policy: none }, arc: forwarded }")
                    .replacing("resolvers: []", with: "resolvers: [], stubs: { dead.test: [\"127.0.0.1:1\"] }")
            } ask: {
                try await place.ask(
                    "POST", "/v1/forward_email", token: sender,
                    json: ["agent_id": "free", "to": "ada@example.net", "original": original])
            }
        }

        private func withManifest(
            status: Int = 503, _ change: (String) -> String, ask: (() async throws -> ServedPlace.Answer)? = nil
        ) async throws -> ServedPlace.Answer {
            let manifest = try place.workspace.read("signet.yaml")
            try place.workspace.write("signet.yaml", change(manifest))
            var answer: ServedPlace.Answer?
            try await pollAsync("the server closes") {
                if let ask {
                    answer = try await ask()
                } else {
                    answer = try await place.send("free", "Closed", token: sender)
                }
                return answer?.status == status
            }
            try place.workspace.write("signet.yaml", manifest)
            try await pollAsync("the server opens again") {
                try await place.send("free", "Open", token: sender).status == 200
            }
            return try #require(answer)
        }

        /// The server opens the keyring anew where the manifest has changed.
        private func withAnotherKey() async throws -> ServedPlace.Answer {
            try place.workspace.write("kek", String(repeating: "0", count: 64) + "\n")
            let manifest = try place.workspace.read("signet.yaml")
            try place.workspace.write("signet.yaml", manifest + "\n")
            var answer: ServedPlace.Answer?
            try await pollAsync("the server closes") {
                answer = try await place.send("free", "Closed", token: sender)
                return answer?.status == 503
            }
            try place.workspace.write("kek", Workspace.keyEncryptionKey + "\n")
            try place.workspace.write("signet.yaml", manifest)
            try await pollAsync("the server opens again") {
                try await place.send("free", "Open", token: sender).status == 200
            }
            return try #require(answer)
        }

        private func locked() async throws -> ServedPlace.Answer {
            let arrived = try place.sink.arrived().count
            let lock = try place.lock()
            let answer = try await place.send("free", "Locked", token: sender)
            lock.signal(SIGKILL)
            lock.wait()
            #expect(try place.sink.arrived().count == arrived)
            return answer
        }

        /// Bodies that are announced and do not come, as many as one token may hold.
        private func withSlowBodies() async throws -> ServedPlace.Answer {
            let octets = ServerLimits.messageBodyOctetsMax
            let slow = try (0..<ServerLimits.bodiesOfOneTokenOctetsMax / octets).map { _ in
                let connection = try place.connect()
                connection.write(
                    "POST /v1/send_email HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(sender)\r\n"
                        + "Content-Type: application/json\r\nContent-Length: \(octets)\r\n\r\n{")
                return connection
            }
            let large = Data("{}".utf8) + Data(repeating: UInt8(ascii: " "), count: octets - 2)
            var answer: ServedPlace.Answer?
            try await pollAsync("no room is left") {
                answer = try await place.ask(
                    "POST", "/v1/send_email", token: sender, body: large,
                    headers: ["Content-Type": "application/json"])
                return answer?.status == 503
            }
            let other = try await place.send("free", "Meanwhile", token: place.token(["send"]))
            #expect(other.status == 200, "\(other.text)")
            withExtendedLifetime(slow) {}
            return try #require(answer)
        }
    }

    /// The server's door before a handler with a bug, because no handler of ours is known to have one.
    private final class FailingDoor: Sendable {
        private struct Bug: Error {
            let secret = Workspace.keyEncryptionKey
        }

        private let log = LogLines()
        var said: String { log.text }

        func ask() async throws -> ServedPlace.Answer {
            let log = log
            let sink = LogSink(now: { Date() }, write: { log.append($0) })
            let logger = Logger(label: "signet") { _ in JSONLogHandler(sink: sink) }
            let router = Router(context: DoorContext.self)
            router.add(middleware: DoorMiddleware(metrics: MetricsRegistry(), log: RequestLog(sink: sink)))
            router.get("bug") { _, _ -> Response in throw Bug() }
            let port = Lab.freePort()
            let server = Application(
                router: router, configuration: .init(address: .hostname("127.0.0.1", port: Int(port))),
                logger: logger)
            let running = Task { try await server.run() }
            defer { running.cancel() }
            var answer: ServedPlace.Answer?
            try await pollAsync("the door opens") {
                answer = try? await ServedPlace.ask(URL(string: "http://127.0.0.1:\(port)/bug")!)
                return answer != nil
            }
            return try #require(answer)
        }
    }
}
