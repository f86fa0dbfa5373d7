import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// `signet serve` in a workspace with a domain that has converged, three agents, an approver, and a sink as the relay.
///
/// Unchecked: it changes only while the server is started.
final class ServedPlace: @unchecked Sendable {
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: Data
        var json: JSON { JSON(try? JSONSerialization.jsonObject(with: body)) }
        var text: String { String(decoding: body, as: UTF8.self) }
    }

    let workspace: Workspace
    let sink: MailSink
    private(set) var url = ""
    private(set) var server: ChildProcess?

    /// - Parameter serves: whether the server is started at once.
    init(serves: Bool = true, arguments: [String] = []) throws {
        workspace = try Workspace()
        sink = try MailSink(in: workspace)
        _ = try ChildProcess.run("/bin/chmod", ["600", workspace.path("kek")])
        let publicKey = try workspace.makeApproverKey("alice.pem")
        try workspace.write(
            "signet.yaml",
            """
            version: 1
            settings:
              state: state.db
              keyring: { key: { file: kek } }
              dns: { resolvers: [] }
            providers:
              here: { type: embedded, negative_ttl: 2s }
            relays:
              sink: { url: "smtp://127.0.0.1:\(sink.port)", tls: none, egress: [192.0.2.10] }
            defaults: { ttl: 2s, relay: sink, dkim: { keys: [rsa2048, ed25519] } }
            domains:
              s.test: { provider: here, relay: sink, dmarc: { policy: none } }
            agents:
              free: { domain: s.test, addresses: [free@s.test], oversight: autonomous }
              gated: { domain: s.test, addresses: [gated@s.test], oversight: gated_all }
              silent: { domain: s.test, addresses: [silent@s.test], oversight: read_only }
            approvers:
              alice: { email: alice@s.test, public_key: "ed25519:\(publicKey)" }

            """)
        let applied = try workspace.signet("apply", "--auto-approve", "--wait", "30s")
        guard applied.status == 0 else { throw Lab.Failure(description: "apply: \(applied.all)") }
        if serves { try start(arguments) }
    }

    /// Whatever the server has said so far, on both streams.
    var said: String { (server?.outputSoFar ?? "") + (server?.errorSoFar ?? "") }

    deinit {
        server?.signal(SIGKILL)
        server?.wait()
    }

    /// - Parameter descriptorsMax: what the process may have of them; nil: as many as this one.
    func start(_ arguments: [String] = [], descriptorsMax: Int? = nil) throws {
        let words = ["serve", "--listen", "127.0.0.1:0", "--output", "json"] + arguments
        let process =
            if let descriptorsMax {
                try ChildProcess(
                    "/bin/bash", ["-c", "ulimit -n \(descriptorsMax); exec \"$0\" \"$@\"", Workspace.binary] + words,
                    in: workspace.folder, environment: workspace.environment)
            } else {
                try workspace.start(words)
            }
        server = process
        try poll("the server listens") {
            guard process.isRunning else { throw Lab.Failure(description: process.wait().all) }
            return process.outputSoFar.contains("\"url\"")
        }
        let answer = JSON(try JSONSerialization.jsonObject(with: Data(process.outputSoFar.utf8)))
        url = answer["url"].string ?? ""
    }

    /// Starts it with a certificate for 127.0.0.1, `tls.pem`, that no authority has signed.
    func startWithTLS() throws {
        let made = try ChildProcess.run(
            "/usr/bin/openssl",
            [
                "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", "tls.key", "-out", "tls.pem",
            ], in: workspace.folder)
        guard made.status == 0 else { throw Lab.Failure(description: made.all) }
        try start(["--tls-certificate", "tls.pem", "--tls-key", "tls.key"])
    }

    /// A token with these scopes, bound to these agents or to none.
    func token(_ scopes: [String], agents: [String] = []) throws -> String {
        let arguments =
            ["tokens", "create", "--name", "test", "--output", "json"] + scopes.flatMap { ["--scope", $0] }
            + agents.flatMap { ["--agent", $0] }
        let made = try workspace.start(arguments).wait()
        let json = JSON(try JSONSerialization.jsonObject(with: Data(made.output.utf8)))
        guard let secret = json["secret"].string else { throw Lab.Failure(description: made.all) }
        return secret
    }

    @discardableResult
    func ask(
        _ method: String, _ path: String, token: String? = nil, json: Any? = nil, body: Data? = nil,
        headers: [String: String] = [:]
    ) async throws -> Answer {
        try await Self.ask(URL(string: url + path)!) { request in
            request.httpMethod = method
            if let token { request.setValue("Bearer \(token)", forHTTPHeaderField: "Authorization") }
            if let json {
                request.httpBody = try JSONSerialization.data(withJSONObject: json)
                request.setValue("application/json", forHTTPHeaderField: "Content-Type")
            }
            if let body { request.httpBody = body }
            for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        }
    }

    static func ask(_ url: URL, _ fill: (inout URLRequest) throws -> Void = { _ in }) async throws -> Answer {
        var request = URLRequest(url: url)
        request.timeoutInterval = 60
        try fill(&request)
        let (data, response) = try await Self.session.data(for: request)
        let http = response as! HTTPURLResponse
        var fields: [String: String] = [:]
        for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return Answer(status: http.statusCode, headers: fields, body: data)
    }

    private static let session = URLSession(configuration: .ephemeral)

    @discardableResult
    func send(
        _ agent: String, _ subject: String, token: String, _ more: [String: Any] = [:]
    ) async throws -> Answer {
        var body: [String: Any] = ["agent_id": agent, "to": "ada@example.net", "subject": subject, "text": "Hello."]
        body.merge(more) { $1 }
        return try await ask("POST", "/v1/send_email", token: token, json: body)
    }

    /// An approver's answer in DSSE form, made by OpenSSL and a script of its own.
    func statement(
        _ approval: JSON, answer: String = "approve", approver: String = "alice", key: String = "alice.pem"
    ) throws -> Any {
        let script = """
            import base64, datetime, json, subprocess, sys
            approval, agent, digest, answer, approver, key = sys.argv[1:]
            now = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0)
            stamp = lambda t: t.strftime("%Y-%m-%dT%H:%M:%SZ")
            payload = json.dumps({"agent": agent, "answer": answer, "approval": approval, "approver": approver,
                "issued_at": stamp(now), "message": digest, "type": "signet approval",
                "valid_until": stamp(now + datetime.timedelta(hours=1)), "version": 1},
                separators=(",", ":"), sort_keys=True).encode()
            kind = b"application/vnd.signet.approval+json"
            pae = b"DSSEv1 %d %s %d %s" % (len(kind), kind, len(payload), payload)
            open("pae", "wb").write(pae)
            subprocess.run(["openssl", "pkeyutl", "-sign", "-rawin", "-inkey", key, "-in", "pae", "-out", "sig"], check=True)
            text = lambda b: base64.b64encode(b).decode()
            print(json.dumps({"payloadType": kind.decode(), "payload": text(payload),
                "signatures": [{"sig": text(open("sig", "rb").read())}]}))
            """
        try workspace.write("statement.py", script)
        let made = try ChildProcess.run(
            "/usr/bin/env",
            [
                "python3", "statement.py", approval["approval_id"].string ?? "", approval["agent_id"].string ?? "",
                approval["digest"].string ?? "", answer, approver, key,
            ], in: workspace.folder)
        guard made.status == 0 else { throw Lab.Failure(description: made.all) }
        return try JSONSerialization.jsonObject(with: Data(made.output.utf8))
    }

    // MARK: what goes wrong

    /// Changes the state file beside the server.
    func sql(_ statement: String) throws {
        let script = "import sqlite3, sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])"
        let done = try ChildProcess.run(
            "/usr/bin/env", ["python3", "-c", script, workspace.path("state.db"), statement])
        guard done.status == 0 else { throw Lab.Failure(description: done.all) }
    }

    /// A process that keeps everybody else from writing into the state file, until it is killed.
    func lock() throws -> ChildProcess {
        let script = """
            import sqlite3, sys, time
            store = sqlite3.connect(sys.argv[1], isolation_level=None)
            store.execute("BEGIN IMMEDIATE")
            print("locked", flush=True)
            time.sleep(120)
            """
        let locker = try ChildProcess("/usr/bin/env", ["python3", "-c", script, workspace.path("state.db")])
        try poll("the lock") { locker.outputSoFar.contains("locked") }
        return locker
    }

    /// Nothing that clients do is an error of the server's.
    func expectNoErrors() throws {
        for line in said.split(separator: "\n") {
            #expect(!line.contains("\"level\":\"error\"") && !line.contains("\"level\":\"critical\""), "\(line)")
        }
        #expect(server?.isRunning == true)
    }

    /// The status that answers to a path, which is sent as it is.
    func rawStatus(_ path: String, token: String) throws -> String? {
        let request = "GET \(path) HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(token)\r\n\r\n"
        return try connect().asking(request, until: "\r\n\r\n")?.split(separator: " ").dropFirst().first.map(
            String.init)
    }

    func connect() throws -> RawConnection {
        try RawConnection(port: UInt16(URL(string: url)?.port ?? 0))
    }
}
