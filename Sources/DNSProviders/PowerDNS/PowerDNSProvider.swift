package import DNS
import Glibc
package import Transport

/// PowerDNS Authoritative's HTTP API (doc.powerdns.com/authoritative/http-api, versions 4.7 on).
///
/// The changes of a call go into one PATCH, or into several where one would be too large; PowerDNS carries out each whole
/// or not at all. A name that it refuses is taken out and reported, and the rest sent again. An answer that was lost is never guessed at: the zone is read
/// again, and what stands there decides.
package struct PowerDNSProvider: ZoneProvider {
    /// A zone whose listing is larger is read name by name: some 20,000 records.
    package static let listingOctetsMaxDefault = 8 << 20
    /// Before a write the whole zone is read, because PowerDNS' answers for one name leave out records that are
    /// disabled, and a set that is replaced without them loses them. A zone whose listing is larger cannot be written.
    package static let writingOctetsMaxDefault = 256 << 20
    /// A write that met another one's lock needs a few milliseconds; a server that is down gets half a minute.
    package static let retryDefault = RetryPolicy(attemptsMax: 10, firstDelay: .milliseconds(50))
    /// What was read longer ago than this, because other writes or a slow answer came first, is read again before it is
    /// written: PowerDNS has no compare-and-set (docs/decisions/0003).
    static let comparisonAgeMax = Duration.milliseconds(500)
    /// Requests that read, and PATCH requests, under way at once; ours to choose.
    package static let readsAtOnceMax = 32
    package static let writesAtOnceMax = 32
    /// How many refused record sets are taken out of one call, one PATCH each, before the rest is given up.
    package static let refusalsMax = 10

    private let base: String
    private let server: String
    private let credential: Credential
    private let http: HTTPClient
    private let retry: RetryPolicy
    private let surroundings: RetrySurroundings
    private let timeout: Duration
    private let writeTimeout: Duration
    private let listingOctetsMax: Int
    private let writingOctetsMax: Int
    private let unixSeconds: @Sendable () -> Int64
    private let reads = RequestPace(max: Self.readsAtOnceMax)
    private let patches = RequestPace(max: Self.writesAtOnceMax)

    /// - Parameters:
    ///   - baseURL: without `/api/v1`.
    ///   - server: PowerDNS' `server_id`.
    ///   - apiKey: read when it is first needed, once. Its error must not hold the key.
    ///   - timeout: for each request.
    ///   - writeTimeout: for each request that changes something, if it is less.
    package init(
        baseURL: String, server: String = "localhost", apiKey: @escaping @Sendable () async throws -> String,
        http: HTTPClient, retry: RetryPolicy = Self.retryDefault, surroundings: RetrySurroundings = .system,
        timeout: Duration = .seconds(20), writeTimeout: Duration = .seconds(20),
        listingOctetsMax: Int = Self.listingOctetsMaxDefault, writingOctetsMax: Int = Self.writingOctetsMaxDefault,
        unixSeconds: @escaping @Sendable () -> Int64 = { Int64(time(nil)) }
    ) {
        var base = baseURL
        while base.hasSuffix("/") { base.removeLast() }
        self.base = base
        self.server = server
        credential = Credential("the API key of PowerDNS at \(base)", read: apiKey)
        self.http = http
        self.retry = retry
        self.surroundings = surroundings
        self.timeout = timeout
        self.writeTimeout = min(timeout, writeTimeout)
        self.listingOctetsMax = listingOctetsMax
        self.writingOctetsMax = writingOctetsMax
        self.unixSeconds = unixSeconds
    }

    // MARK: Reading

    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        let apiKey = try await credential.value()
        return try await read(zone, keys, apiKey).served
    }

    private func read(
        _ zone: DomainName, _ keys: [RecordSetKey], _ apiKey: String
    ) async throws(ProviderError) -> PowerDNSZone {
        let names = Set(keys.map(\.name))
        if names.count > 1 {
            if let listing = try await list(zone, keys, name: nil, apiKey, octetsMax: listingOctetsMax) {
                return listing
            }
        }
        // One name, or a zone too large to list.
        let parts = await withTaskGroup(of: Result<PowerDNSZone?, ProviderError>.self) { group in
            for name in names {
                group.addTask {
                    do throws(ProviderError) {
                        return .success(
                            try await list(
                                zone, keys.filter { $0.name == name }, name: name, apiKey, octetsMax: listingOctetsMax))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        var all = PowerDNSZone()
        for part in parts {
            guard let part = try part.get() else {
                throw ProviderError(
                    .unavailable, "\(shown) lists more than \(listingOctetsMax) octets for one name of \(zone)")
            }
            all.entries.merge(part.entries) { $1 }
        }
        return all
    }

    /// With what is disabled, as a write needs it.
    private func readForWriting(
        _ zone: DomainName, _ keys: [RecordSetKey], _ apiKey: String
    ) async throws(ProviderError) -> PowerDNSZone {
        guard let listing = try await list(zone, keys, name: nil, apiKey, octetsMax: writingOctetsMax) else {
            throw ProviderError(
                .rejected,
                "\(shown) lists more than \(writingOctetsMax) octets for the zone \(zone), and nothing is written to a "
                    + "zone that cannot be read whole; give the mail names a zone of their own")
        }
        if listing.isTransferred {
            throw ProviderError(
                .rejected,
                "\(shown) holds \(zone) as a zone of kind \(listing.kind): the next transfer would drop what is written "
                    + "there; let `url` name the server that it is transferred from")
        }
        return listing
    }

    /// Nil if the listing is too large.
    private func list(
        _ zone: DomainName, _ keys: [RecordSetKey], name: DomainName?, _ apiKey: String, octetsMax: Int
    ) async throws(ProviderError) -> PowerDNSZone? {
        var exchange = self.exchange(apiKey, "to list the zone \(zone)")
        var url = url(zone) + "?rrsets=true"
        if let name {
            exchange.asked = "for \(name) in the zone \(zone)"
            url += "&rrset_name=" + Self.queryEscaped(name.presentation)
            if let type = keys.first?.type, keys.allSatisfy({ $0.type == type }) { url += "&rrset_type=\(type)" }
        }
        let request = request("GET", url, apiKey, timeout: timeout, octetsMax: octetsMax)
        let result: Result<PowerDNSZone?, ProviderError> = await retry.run(surroundings) { _ in
            let turn = await reads.start()
            let started = ContinuousClock.now
            let response = await send(request)
            await reads.end(turn, Self.isOverload(response) ? .overloaded : .done)
            if case .success = response { await patches.observe(roundTrip: started.duration(to: .now)) }
            if case .failure(let error) = response, error.code == .tooLarge { return .done(.success(nil)) }
            switch exchange.outcome(response, unixSeconds: unixSeconds()) {
            case .answered(let response): return parse(response, keys, exchange, askedAt: started)
            case .notDone(let error, let retryAfter), .lost(let error, let retryAfter):
                return .again(.failure(error), retryAfter: retryAfter)
            case .refused(let error): return .done(.failure(error))
            }
        }
        return try result.get()
    }

    private func parse(
        _ response: HTTPResponse, _ keys: [RecordSetKey], _ exchange: PowerDNSExchange,
        askedAt: ContinuousClock.Instant
    ) -> RetryPolicy.Outcome<Result<PowerDNSZone?, ProviderError>> {
        do throws(PowerDNSZone.Failure) {
            var zone = try PowerDNSZone(json: response.body, keys: keys)
            zone.askedAt = askedAt
            zone.reading = askedAt.duration(to: .now)
            return .done(.success(zone))
        } catch {
            switch error {
            case .malformed:
                return .again(.failure(exchange.strange(response)))
            case .unreadable(let key, let content, let reason):
                let content = ResponseExcerpt.text(content, secret: exchange.apiKey) ?? ""
                return .done(
                    .failure(
                        ProviderError(
                            .unavailable, "\(shown) holds \(key) as `\(content)`, which cannot be read: \(reason)")))
            }
        }
    }

    // MARK: Writing

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        var batch = PowerDNSBatch(writes)
        do throws(ProviderError) {
            let apiKey = try await credential.value()
            batch.compare(try await readForWriting(zone, writes.map(\.key), apiKey))
            await send(&batch, zone, apiKey, permit)
        } catch {
            batch.endAll(.failed(error))
        }
        return batch.outcomes
    }

    private func send(
        _ batch: inout PowerDNSBatch, _ zone: DomainName, _ apiKey: String, _ permit: @Sendable () async -> Bool
    ) async {
        var remaining = batch
        let last: ProviderError? = await retry.run(surroundings) { attempt in
            // A wait lies behind: what was compared then need not be so now.
            if attempt > 1, let error = await reread(&remaining, zone, apiKey) { return .done(error) }
            return await patch(&remaining, zone, apiKey, permit)
        }
        if let last { remaining.endAll(.failed(last)) }
        batch = remaining
    }

    /// Sends what is pending until nothing is, or it has to wait. The error is for what is pending at the end.
    private func patch(
        _ batch: inout PowerDNSBatch, _ zone: DomainName, _ apiKey: String, _ permit: @Sendable () async -> Bool
    ) async -> RetryPolicy.Outcome<ProviderError?> {
        var refusals = 0
        var isReread = false
        while !batch.pending.isEmpty {
            let turn = await patches.start(isUrgent: isReread)
            if batch.isOlder(than: Self.comparisonAgeMax, at: .now) {
                // Once without the turn, which another uses meanwhile; then within it, so that it ends.
                if !isReread { await patches.end(turn, .unused) }
                let error = await reread(&batch, zone, apiKey)
                guard error == nil, isReread, !batch.pending.isEmpty else {
                    if isReread { await patches.end(turn, .unused) }
                    if let error { return .done(error) }
                    isReread = true
                    continue
                }
            }
            let part = PowerDNSPatch(firstOf: batch.pending, standing: batch.standing)
            let count = part.writes.count
            let exchange = self.exchange(
                apiKey, "to change \(count) record set\(count == 1 ? "" : "s") of the zone \(zone)")
            var request = request("PATCH", url(zone), apiKey, timeout: writeTimeout, octetsMax: listingOctetsMax)
            request.headers.append(("Content-Type", "application/json"))
            request.body = part.body
            guard await permit() else {
                await patches.end(turn, .unused)
                batch.endAll(.notPermitted)
                return .done(nil)
            }
            let response = await send(request)
            await patches.end(turn, Self.isOverload(response) ? .overloaded : .done)
            batch.noteSent(part.writes)
            isReread = false
            switch exchange.outcome(response, unixSeconds: unixSeconds()) {
            case .answered(let response) where response.status == 204:
                batch.end(part.writes, .written)
            case .answered(let response):
                return await look(&batch, zone, apiKey, exchange.strange(response), nil)
            case .lost(let error, let retryAfter):
                return await look(&batch, zone, apiKey, error, retryAfter)
            case .notDone(let error, let retryAfter):
                return .again(error, retryAfter: retryAfter)
            case .refused(let error):
                refusals += 1
                guard error.code == .rejected, refusals <= Self.refusalsMax, batch.end(namedIn: error) else {
                    return .done(error)
                }
            }
        }
        return .done(nil)
    }

    private static func isOverload(_ result: Result<HTTPResponse, HTTPError>) -> Bool {
        guard case .success(let response) = result else { return true }
        return response.status == 429 || response.status >= 500
    }

    /// After an answer that was lost.
    private func look(
        _ batch: inout PowerDNSBatch, _ zone: DomainName, _ apiKey: String, _ failure: ProviderError,
        _ retryAfter: Duration?
    ) async -> RetryPolicy.Outcome<ProviderError?> {
        if let error = await reread(&batch, zone, apiKey) {
            batch.endSent(
                .failed(
                    ProviderError(
                        .unknownOutcome, "\(failure.message); whether it was done could not be read: \(error.message)"))
            )
            return .done(error)
        }
        if batch.pending.isEmpty { return .done(nil) }
        return .again(
            ProviderError(failure.code, "\(failure.message); read again, the zone had not changed"),
            retryAfter: retryAfter)
    }

    private func reread(
        _ batch: inout PowerDNSBatch, _ zone: DomainName, _ apiKey: String
    ) async -> ProviderError? {
        do throws(ProviderError) {
            batch.compare(try await readForWriting(zone, batch.pending.map(\.key), apiKey))
            return nil
        } catch {
            return error
        }
    }

    // MARK: Requests

    /// The server as an error names it: never with a query, and a URL with a password is refused by the HTTP client.
    private var shown: String {
        "PowerDNS at \(String(base.prefix { $0 != "?" && $0 != "#" }))"
    }

    private func exchange(_ apiKey: String, _ asked: String) -> PowerDNSExchange {
        PowerDNSExchange(server: shown, asked: asked, apiKey: apiKey)
    }

    private func request(
        _ method: String, _ url: String, _ apiKey: String, timeout: Duration, octetsMax: Int
    ) -> HTTPRequest {
        HTTPRequest(
            method, url, headers: [("X-API-Key", apiKey), ("Accept", "application/json")], timeout: timeout,
            bodyOctetsMax: octetsMax)
    }

    private func send(_ request: HTTPRequest) async -> Result<HTTPResponse, HTTPError> {
        do throws(HTTPError) {
            return .success(try await http.send(request))
        } catch {
            return .failure(error)
        }
    }

    private func url(_ zone: DomainName) -> String {
        "\(base)/api/v1/servers/\(Self.queryEscaped(server))/zones/\(Self.zoneID(zone))"
    }

    /// PowerDNS' own escapes: `=` and two hexadecimal digits for all but letters, digits, hyphen and dot.
    static func zoneID(_ zone: DomainName) -> String {
        zone.isRoot ? "=2E" : escaped(zone.presentation, mark: "=", kept: "-.")
    }

    /// RFC 3986 §2.3.
    private static func queryEscaped(_ text: String) -> String { escaped(text, mark: "%", kept: "-._~") }

    private static func escaped(_ text: String, mark: Character, kept: String) -> String {
        let digits = Array("0123456789ABCDEF")
        var output = ""
        for byte in text.utf8 {
            let scalar = UnicodeScalar(byte)
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"):
                output.unicodeScalars.append(scalar)
            case _ where kept.unicodeScalars.contains(scalar):
                output.unicodeScalars.append(scalar)
            default:
                output += "\(mark)\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
        return output
    }
}
