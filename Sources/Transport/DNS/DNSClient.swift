package import DNS
import Synchronization

/// Asks name servers over UDP, TCP and HTTPS.
///
/// One thread serves all questions of all callers. An answer counts only if it comes from the address and port that was
/// asked, with the id and the question that were sent: ids come from the kernel's generator, source ports are random,
/// up to `socketsPerServerMax` are open to a server at a time, and each is given up after `questionsPerSocketMax`
/// questions or as soon as nothing more waits for the server.
package final class DNSClient: ServerQuerying, Sendable {
    /// Servers that speak for a zone and all below it, whatever the public delegation says.
    let stubs: [DomainName: [ServerAddress]]
    let resolvers: [ResolverAddress]
    let limits: DNSLimits
    let httpClient: HTTPClient
    private let engine: DNSEngine

    package init(
        limits: DNSLimits = DNSLimits(), stubs: [DomainName: [ServerAddress]] = [:],
        resolvers: [ResolverAddress] = [], httpClient: HTTPClient
    ) {
        self.stubs = stubs
        self.resolvers = resolvers
        self.limits = limits
        self.httpClient = httpClient
        engine = DNSEngine(limits: limits)
        engine.start()
    }

    deinit { engine.stop() }

    /// Answers that were thrown away, because they matched no question: forged, late, or repeated.
    package var ignoredCount: Int { engine.ignoredCount.load(ordering: .relaxed) }

    /// Each question gets `limits.attempts` tries of `limits.timeout`. A server that leaves `unansweredMax` questions in
    /// a row without any answer is given up for the questions that still wait. A cancelled task gets
    /// what there is, the rest as `.failed`.
    package func ask(_ questions: [ServerQuestion]) async -> [ServerReply] {
        if questions.isEmpty { return [] }
        let batch = DNSBatch(questions)
        return await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                batch.continuation = continuation
                engine.submit(batch)
            }
        } onCancel: {
            engine.cancel(batch)
        }
    }

    package func ask(_ resolver: ResolverAddress, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        switch resolver {
        case .server(let server):
            await ask(
                questions.map { ServerQuestion(server: server, name: $0.0, type: $0.1, recursionDesired: true) })
        case .https(let url): await ask(viaHTTPS: url, questions)
        }
    }
}
