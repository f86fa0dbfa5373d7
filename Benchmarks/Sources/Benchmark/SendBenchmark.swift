import Audit
import CReference
import DNS
import FoundationEssentials
import Glibc
import Keys
import Manifest
import Operations
import Reconcile
import SendGate
import Storage
import Transport

/// The send path: the gate alone; a message made, signed and logged, beside OpenSSL's RSA operation; and messages handed
/// to a relay.
enum SendBenchmark {
    /// Nanoseconds of one decision, over every combination of facts there is.
    static func gate(rounds: Int) {
        let facts = DecisionTable.allFacts
        var released = 0
        for _ in 0..<rounds {
            let start = processorSeconds()
            for facts in facts { if case .release = Gate.decide(facts) { released += 1 } }
            print((processorSeconds() - start) * 1e9 / Double(facts.count))
        }
        guard released > 0 else { fatalError("the gate released nothing") }
    }

    /// How many callers make a message at the same time: what shares a commit.
    private static let callers = 64

    /// Messages prepared, signed by both keys and the agent's, and durable in the log, beside RSA-2048 signatures alone;
    /// both a second of processor time.
    static func prepare(folder: String, octets: Int, rounds: Int) async throws {
        let workspace = try await SendWorkspace(folder: folder, relayPort: 25)
        let log = try await workspace.log()
        let signing = try await DomainSigning(
            workspace.agent, keys: try await workspace.store.keys(forDomains: [SendWorkspace.domain]),
            workspace.keyring)
        guard let reference = reference_new(1) else { return Main.stop("OpenSSL makes no such key") }
        let request = SendWorkspace.request(octets: octets)
        let agent = workspace.agent
        @Sendable func one() async throws {
            let now = Date()
            let id = MessageID(random: SendWorkspace.random(16))
            let prepared = try SendPreparation(
                id: id, defaultFrom: agent.declaration.addresses.first, now: now, random: SendWorkspace.random
            ).prepare(request)
            let message = OutboxMessage(
                id: id, agent: agent.id.rawValue, domain: agent.domain.text, relay: "sink", sender: prepared.from,
                recipients: prepared.recipients.map { OutboxMessage.Recipient(address: $0) },
                requestDigest: prepared.requestDigest, createdAt: now, attempt: 1)
            let digest = MessageDigest(
                of: MessageContent(
                    message, octets: prepared.octets, agent: agent.declaration, digest: agent.digest))
            let claims = try ReleaseClaims.make(agent, mode: .autonomous, approval: nil)
            _ = try signing.sign(
                prepared.octets, claims, nonce: SendWorkspace.random(16), unixTime: Int64(now.timeIntervalSince1970))
            let entries = ReleaseEntries(
                message: message, decision: .release(.plain), digest: digest, mode: .autonomous,
                outgoing: .signed(with: signing),
                approval: nil, envelope: message.envelope(copyTo: nil, isWhole: false)
            ).entries(at: now)
            _ = try await log.append(entries)
        }
        for round in 0...rounds {
            let count = 1024
            let (start, wall) = (processorSeconds(), seconds())
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<callers { group.addTask { for _ in 0..<count / callers { try await one() } } }
                try await group.waitForAll()
            }
            let ours = Double(count) / (processorSeconds() - start)
            let byClock = Double(count) / (seconds() - wall)
            let raw = rate(of: 16) {
                if reference_sign(reference, 16) != 1 { fatalError("OpenSSL failed") }
            }
            if round > 0 { print(ours, raw, byClock) }
        }
    }

    /// Messages waiting in the outbox, handed to the sink at this port: messages, seconds by the clock, and of processor
    /// time.
    static func deliver(folder: String, port: Int, octets: Int, count: Int) async throws {
        let workspace = try await SendWorkspace(folder: folder, relayPort: port)
        let request = SendWorkspace.request(octets: octets)
        let now = Date()
        for start in stride(from: 0, to: count, by: 128) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in start..<min(start + 128, count) {
                    group.addTask {
                        let id = MessageID(random: SendWorkspace.random(16))
                        let prepared = try SendPreparation(
                            id: id, defaultFrom: "writer@\(SendWorkspace.domain)", now: now,
                            random: SendWorkspace.random
                        ).prepare(request)
                        let message = OutboxMessage(
                            id: id, agent: "writer", domain: SendWorkspace.domain, relay: "sink",
                            sender: prepared.from,
                            recipients: prepared.recipients.map { OutboxMessage.Recipient(address: $0) },
                            requestDigest: prepared.requestDigest, state: .queued, createdAt: now, dueAt: now)
                        _ = try await workspace.store.accept(
                            message, octets: prepared.octets, perHourMax: nil, at: now)
                    }
                }
                try await group.waitForAll()
            }
        }
        let (start, wall) = (processorSeconds(), seconds())
        let report = try await workspace.signet.flushOutbox(workspace.scope)
        let sent = report.messages.count { $0.state == .sent }
        print(sent, seconds() - wall, processorSeconds() - start)
        if sent != count { Main.stop("\(sent) of \(count) messages were sent: \(report.messages.first!.reason)") }
    }

    /// Takes every message and keeps none, until it is ended.
    static func sink() async throws {
        let sink = try SMTPSink()
        print(sink.port)
        fflush(nil)
        while true {
            try await Task.sleep(for: .milliseconds(100))
            sink.forget()
        }
    }
}
