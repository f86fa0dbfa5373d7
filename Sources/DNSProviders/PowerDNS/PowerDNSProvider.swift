package import DNS
import FoundationEssentials
package import Transport

/// PowerDNS Authoritative by its HTTP API: whole record sets, one atomic PATCH for all writes of a zone.
package struct PowerDNSProvider: ZoneProvider {
    /// From the start of a write to its end; a lease's margin is not shorter.
    package static let writeTimeout: Duration = .seconds(20)
    package static let readTimeout: Duration = .seconds(30)
    /// A zone is read whole for more record sets than this, and set by set below.
    package static let singleReadsMax = 2
    /// How much of an error's text is repeated.
    package static let errorCharactersMax = 300

    private let base: String
    private let http: HTTPClient
    private let apiKey: @Sendable () async throws -> String
    private let retry: RetryPolicy
    private let surroundings: RetrySurroundings

    /// - Parameters:
    ///   - url: the API's base without `/api/v1`, without a trailing slash.
    ///   - server: PowerDNS' server id, `localhost` in every installation so far.
    ///   - apiKey: read once for each call; its error becomes `credentials`.
    package init(
        url: String, server: String, apiKey: @escaping @Sendable () async throws -> String, http: HTTPClient,
        retry: RetryPolicy = RetryPolicy(), surroundings: RetrySurroundings = .system
    ) {
        self.base = "\(url)/api/v1/servers/\(server)"
        self.http = http
        self.apiKey = apiKey
        self.retry = retry
        self.surroundings = surroundings
    }

    // MARK: reading

    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        let secret = try await credentials()
        let result = await retry.run(surroundings) { _ in
            switch await read(zone, keys, secret) {
            case .success(let standing): RetryPolicy.Outcome.done(.success(standing))
            case .failure(let failure): failure.retried(.failure(failure.error))
            }
        } as Result<[RecordSetKey: PowerDNSRecordSet], ProviderError>
        return try result.get().compactMapValues(\.served)
    }

    private func credentials() async throws(ProviderError) -> String {
        do { return try await apiKey() } catch {
            throw ProviderError(.credentials, "the API key for \(base) cannot be read: \(error)")
        }
    }

    /// Why a request came to nothing, and whether another try may help.
    private struct Failure: Error {
        var error: ProviderError
        var isTransient: Bool
        var retryAfter: Duration?
        /// The request may have been carried out all the same.
        var mayHaveArrived = false

        func retried<Value>(_ value: Value) -> RetryPolicy.Outcome<Value> {
            isTransient ? .again(value, retryAfter: retryAfter) : .done(value)
        }
    }

    private func read(
        _ zone: DomainName, _ keys: [RecordSetKey], _ secret: String
    ) async -> Result<[RecordSetKey: PowerDNSRecordSet], Failure> {
        var paths = [""]
        if keys.count <= Self.singleReadsMax {
            paths = keys.map { "?rrset_name=\(Self.escaped(PowerDNSMessages.RRset.absolute($0.name)))&rrset_type=\($0.type)" }
        }
        let wanted = Set(keys)
        var standing: [RecordSetKey: PowerDNSRecordSet] = [:]
        for path in paths {
            let response: HTTPResponse
            switch await send("GET", zone, path, body: [], secret, timeout: Self.readTimeout) {
            case .failure(let failure): return .failure(failure)
            case .success(let answer): response = answer
            }
            do {
                let answer = try JSONDecoder().decode(PowerDNSMessages.Zone.self, from: Data(response.body))
                for rrset in answer.rrsets {
                    guard let name = try? DomainName(rrset.name), let type = RecordType(rrset.type) else { continue }
                    let key = RecordSetKey(name, type)
                    if wanted.contains(key) { standing[key] = try PowerDNSRecordSet(key, rrset) }
                }
            } catch let error as ProviderError {
                return .failure(Failure(error: error, isTransient: false))
            } catch {
                let error = ProviderError(
                    .unavailable, "GET \(zone) at \(base) was answered with something that is not a zone in JSON")
                return .failure(Failure(error: error, isTransient: true))
            }
        }
        return .success(standing)
    }

    // MARK: writing

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        let secret: String
        do { secret = try await credentials() } catch { return writes.map { _ in .failed(error) } }
        var attempt = WriteAttempt(writes: writes)
        while true {
            await attempt.run(self, zone, secret, permit)
            guard attempt.splits else { return attempt.outcomes }
            // One content that PowerDNS refuses takes the whole PATCH down: the others go one by one.
            var outcomes = attempt.outcomes
            for (index, write) in writes.enumerated() where outcomes[index] == attempt.refusal {
                var single = WriteAttempt(writes: [write])
                await single.run(self, zone, secret, permit)
                outcomes[index] = single.outcomes[0]
            }
            return outcomes
        }
    }

    /// Read, compare, write, and again where an answer was lost.
    private struct WriteAttempt {
        let writes: [RecordSetWrite]
        var outcomes: [RecordSetWriteOutcome]
        /// Sent at least once without a clear answer.
        private var sent: Set<RecordSetKey> = []
        /// The whole batch was refused for its content.
        private(set) var refusal: RecordSetWriteOutcome?

        init(writes: [RecordSetWrite]) {
            self.writes = writes
            outcomes = writes.map { _ in .notPermitted }
        }

        var splits: Bool { refusal != nil && writes.count > 1 }

        mutating func run(
            _ provider: PowerDNSProvider, _ zone: DomainName, _ secret: String,
            _ permit: @Sendable () async -> Bool
        ) async {
            let start = provider.surroundings.elapsed()
            var number = 1
            while let failure = await once(provider, zone, secret, permit) {
                let wait =
                    failure.isTransient
                    ? provider.retry.delay(
                        afterAttempt: number, elapsed: provider.surroundings.elapsed() - start,
                        retryAfter: failure.retryAfter, random: provider.surroundings.random()) : nil
                guard let wait, !Task.isCancelled else { return }
                await provider.surroundings.sleep(wait)
                number += 1
            }
        }

        /// One round; the failure says whether another may help.
        private mutating func once(
            _ provider: PowerDNSProvider, _ zone: DomainName, _ secret: String,
            _ permit: @Sendable () async -> Bool
        ) async -> Failure? {
            let standing: [RecordSetKey: PowerDNSRecordSet]
            switch await provider.read(zone, writes.map(\.key), secret) {
            case .failure(let failure):
                for (index, write) in writes.enumerated() {
                    outcomes[index] = .failed(
                        sent.contains(write.key)
                            ? ProviderError(
                                .unknownOutcome,
                                "a change of \(write.key) was sent, its answer was lost, and what stands there cannot be read: \(failure.error.message)"
                            ) : failure.error)
                }
                return failure
            case .success(let read):
                standing = read
            }
            var open: [Int] = []
            for (index, write) in writes.enumerated() {
                let found = standing[write.key]?.served
                if found == write.replacement {
                    outcomes[index] = sent.contains(write.key) ? .written : .alreadyThere
                } else if found == write.expected {
                    open.append(index)
                } else {
                    outcomes[index] = .conflict(found: found)
                }
            }
            guard !open.isEmpty else { return nil }
            guard await permit() else {
                for index in open { outcomes[index] = .notPermitted }
                return nil
            }
            let patch = PowerDNSMessages.Patch(
                rrsets: open.map { index in
                    let write = writes[index]
                    return PowerDNSMessages.RRset(
                        write.key, write.replacement, keeping: standing[write.key]?.disabled ?? [])
                })
            switch await provider.patch(zone, patch, secret) {
            case .success:
                for index in open { outcomes[index] = .written }
                return nil
            case .failure(let failure):
                for index in open {
                    outcomes[index] = .failed(failure.error)
                    if failure.mayHaveArrived { sent.insert(writes[index].key) }
                }
                if failure.error.code == .rejected { refusal = .failed(failure.error) }
                return failure
            }
        }
    }

    private func patch(
        _ zone: DomainName, _ patch: PowerDNSMessages.Patch, _ secret: String
    ) async -> Result<HTTPResponse, Failure> {
        guard let body = try? JSONEncoder().encode(patch) else {
            preconditionFailure("a patch is made of strings and integers, which always encode")
        }
        let result = await send("PATCH", zone, "", body: Array(body), secret, timeout: Self.writeTimeout)
        // PowerDNS answers a PATCH with 204 and nothing else; whatever says otherwise may not be PowerDNS.
        guard case .success(let response) = result, response.status != 204 else { return result }
        return .failure(
            Failure(
                error: ProviderError(
                    .unavailable, "PATCH \(zone) at \(base) was answered with \(response.status) in place of 204"),
                isTransient: true, mayHaveArrived: true))
    }

    // MARK: HTTP

    private func send(
        _ method: String, _ zone: DomainName, _ query: String, body: [UInt8], _ secret: String, timeout: Duration
    ) async -> Result<HTTPResponse, Failure> {
        let zoneID = Self.escaped(PowerDNSMessages.RRset.absolute(zone))
        var headers = [(name: "X-API-Key", value: secret), (name: "Accept", value: "application/json")]
        if !body.isEmpty { headers.append((name: "Content-Type", value: "application/json")) }
        let request = HTTPRequest(
            method, "\(base)/zones/\(zoneID)\(query)", headers: headers, body: body, timeout: timeout)
        let asked = "\(method) \(zone) at \(base)"
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await http.send(request)
        } catch {
            return .failure(
                Failure(
                    error: ProviderError(.unavailable, "\(asked): \(error.message)"),
                    isTransient: error.isTransient, mayHaveArrived: error.mayHaveArrived))
        }
        if (200..<300).contains(response.status) { return .success(response) }
        return .failure(failure(asked, zone, response))
    }

    private func failure(_ asked: String, _ zone: DomainName, _ response: HTTPResponse) -> Failure {
        let told = Self.told(response)
        let message = "\(asked) was answered with \(response.status)\(told.isEmpty ? "" : ": \(told)")"
        switch response.status {
        case 401, 403:
            return Failure(
                error: ProviderError(.unauthorized, "\(message); check the provider's api_key"), isTransient: false)
        case 404:
            return Failure(
                error: ProviderError(.noSuchZone, "PowerDNS at \(base) has no zone \(zone)"), isTransient: false)
        case 429:
            return Failure(
                error: ProviderError(.rateLimited, message), isTransient: true,
                retryAfter: response.retryAfter(unixSeconds: Int64(Date().timeIntervalSince1970)))
        case 400..<500:
            return Failure(error: ProviderError(.rejected, message), isTransient: false)
        default:
            // A proxy's 5xx says nothing of what the server behind it did.
            return Failure(
                error: ProviderError(.unavailable, message), isTransient: true,
                retryAfter: response.retryAfter(unixSeconds: Int64(Date().timeIntervalSince1970)),
                mayHaveArrived: true)
        }
    }

    /// PowerDNS' own `error`, or the beginning of what a proxy said, in one line and without mark-up.
    private static func told(_ response: HTTPResponse) -> String {
        if let failure = try? JSONDecoder().decode(PowerDNSMessages.Failure.self, from: Data(response.body)) {
            return String(failure.error.prefix(errorCharactersMax))
        }
        var text = ""
        var inTag = false
        for scalar in String(decoding: response.body.prefix(4096), as: UTF8.self).unicodeScalars {
            if scalar == "<" { inTag = true }
            if !inTag { text.unicodeScalars.append(scalar.value < 0x20 || scalar.value == 0x7F ? " " : scalar) }
            if scalar == ">" { inTag = false }
        }
        return String(text.split(separator: " ").joined(separator: " ").prefix(errorCharactersMax))
    }

    /// RFC 3986 §2.3: all but the unreserved characters. PowerDNS' own `=2F` form is only for slashes in zone names.
    private static func escaped(_ text: String) -> String {
        var result = ""
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(octet))
            default:
                let hex = String(octet, radix: 16, uppercase: true)
                result += "%" + (hex.count == 1 ? "0" : "") + hex
            }
        }
        return result
    }
}
