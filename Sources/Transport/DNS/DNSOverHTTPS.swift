package import DNS

/// DNS over HTTPS by POST (RFC 8484).
extension DNSClient {
    /// Questions under way at once through one `ask`; ours to choose.
    static let concurrentHTTPSMax = 32

    /// One reply for each question, in order. The URL is https; http only on loopback.
    package func ask(viaHTTPS url: String, _ questions: [(DomainName, RecordType)]) async -> [ServerReply] {
        guard Self.isAllowed(url) else {
            let failure = QueryFailure.unreachable("DNS over HTTPS needs an https URL")
            return questions.map { _ in .failed(failure) }
        }
        var replies = [ServerReply](repeating: .failed(.unreachable("cancelled")), count: questions.count)
        await withTaskGroup(of: (Int, ServerReply).self) { group in
            var next = 0
            while next < min(questions.count, Self.concurrentHTTPSMax) {
                let index = next
                group.addTask { (index, await self.ask(viaHTTPS: url, questions[index].0, questions[index].1)) }
                next += 1
            }
            for await (index, reply) in group {
                replies[index] = reply
                if next < questions.count {
                    let index = next
                    group.addTask { (index, await self.ask(viaHTTPS: url, questions[index].0, questions[index].1)) }
                    next += 1
                }
            }
        }
        return replies
    }

    private static func isAllowed(_ url: String) -> Bool {
        let lower = url.lowercased()
        if lower.hasPrefix("https://") { return true }
        guard lower.hasPrefix("http://") else { return false }
        let authority = lower.dropFirst(7).prefix { $0 != "/" && $0 != "?" }
        if authority.hasPrefix("[::1]") { return true }
        let host = authority.prefix { $0 != ":" }
        guard host != "localhost" else { return true }
        if case .v4(let value)? = IPAddress(String(host)) { return value >> 24 == 127 }
        return false
    }

    private func ask(viaHTTPS url: String, _ name: DomainName, _ type: RecordType) async -> ServerReply {
        // The answer is read as any other; the address is never used.
        let question = ServerQuestion(
            server: ServerAddress(address: .v4(0), port: 443), name: name, type: type, recursionDesired: true)
        // RFC 8484 §4.1: id 0, so that caches see equal questions as equal.
        let body = [UInt8](unsafeUninitializedCapacity: QueryWriter.octetsMax) { buffer, count in
            count = QueryWriter.write(
                id: 0, name, type, recursionDesired: true, payloadOctets: ExtensionMechanisms.payloadOctetsDefault,
                to: UnsafeMutableRawBufferPointer(buffer))
        }
        let request = HTTPRequest(
            "POST", url,
            headers: [("accept", "application/dns-message"), ("content-type", "application/dns-message")],
            body: body, timeout: limits.timeout, connectTimeout: limits.timeout,
            bodyOctetsMax: DNSMessage.octetsMax)
        var reply = ServerReply.failed(.timedOut)
        for _ in 0..<limits.attempts {
            do throws(HTTPError) {
                let response = try await httpClient.send(request)
                reply = Self.read(response, question)
                guard response.isTransient else { return reply }
            } catch {
                reply = .failed(Self.failure(error))
                guard error.isTransient else { return reply }
            }
        }
        return reply
    }

    private static func failure(_ error: HTTPError) -> QueryFailure {
        switch error.code {
        case .timedOut: .timedOut
        case .tooLarge: .malformed(error.message)
        default: .unreachable(error.message)
        }
    }

    private static func read(_ response: HTTPResponse, _ question: ServerQuestion) -> ServerReply {
        guard response.status == 200 else { return .failed(.unreachable("HTTP status \(response.status)")) }
        guard response.header("content-type")?.lowercased().hasPrefix("application/dns-message") == true else {
            return .failed(.malformed("its content type is not application/dns-message"))
        }
        switch ReplyReader.read(response.body, id: 0, for: question) {
        case .notOurs: return .failed(.malformed("it answers another question"))
        case .truncated: return .failed(.malformed("truncated over HTTPS"))
        case .reply(.answer(var answer)):
            // RFC 8484 §5.1: what an HTTP cache has held ages.
            if let age = response.header("age").flatMap({ UInt32($0) }), age > 0 { answer.grow(older: age) }
            return .answer(answer)
        case .reply(let reply): return reply
        }
    }
}

extension ServerAnswer {
    fileprivate mutating func grow(older seconds: UInt32) {
        let aged = { (left: UInt32) in left - min(left, seconds) }
        switch outcome {
        case .records(var set):
            set.timeToLiveSeconds = aged(set.timeToLiveSeconds)
            outcome = .records(set)
        case .alias(let target, let left):
            outcome = .alias(target, timeToLiveSeconds: aged(left))
        case .noData, .noSuchName, .referral:
            break
        }
        if let left = authority?.timeToLiveSeconds { authority?.timeToLiveSeconds = aged(left) }
    }
}
