public import DNS

/// Resolves includes into the addresses that they stand for, so that they cost no look-ups at evaluation
/// (RFC 7208 §4.6.4). What cannot be said in addresses, such as `exists` or a macro, is refused, never guessed.
public struct SPFFlattener: Sendable {
    /// Records and host names looked up for one list of includes; generous against real senders, a bound against loops.
    public static let lookUpsMax = 100

    public struct Failure: Error, Sendable, Hashable {
        /// One sentence: which name, and why.
        public let reason: String
    }

    private let resolver: any Resolver

    public init(resolver: any Resolver) {
        self.resolver = resolver
    }

    /// The fewest `ip4` and `ip6` terms for the addresses that an `include` of each domain would let pass, ascending.
    public func flatten(_ domains: [DomainName]) async -> Result<[SPFTerm], Failure> {
        var state = State()
        do {
            for domain in domains { try await collect(domain, &state) }
        } catch {
            return .failure(error)
        }
        return .success(SPFNetwork.minimal(state.networks).map { SPFTerm($0.mechanism) })
    }

    private struct State {
        var networks: [SPFNetwork] = []
        var seen: Set<DomainName> = []
        var lookUps = 0
    }

    private func collect(_ domain: DomainName, _ state: inout State) async throws(Failure) {
        // An include that was collected already, or one that includes itself, adds nothing.
        guard state.seen.insert(domain).inserted else { return }
        let values = try await texts(domain, &state).filter { SPFRecord.isSPF($0.joined) }
        guard values.count == 1 else {
            throw Failure(reason: "\(domain) has \(values.isEmpty ? "no SPF record" : "\(values.count) SPF records")")
        }
        let record: SPFRecord
        do { record = try SPFRecord(octets: values[0].joined) } catch {
            throw Failure(reason: "the SPF record of \(domain) cannot be read: \(error)")
        }
        for (index, term) in record.terms.enumerated() {
            if term.mechanism == .all {
                guard term.qualifier != .pass else { throw Failure(reason: "\(domain) lets every address pass") }
                // RFC 7208 §5.1: nothing behind it counts, a redirect neither.
                return
            }
            if term.qualifier != .pass {
                // It takes addresses out of what comes behind it, which a list of addresses cannot say; where nothing does,
                // it is as good as not there.
                let passesLater =
                    record.redirect != nil || record.terms[(index + 1)...].contains { $0.qualifier == .pass }
                guard !passesLater else {
                    throw Failure(reason: "\(domain) holds \"\(term)\", which cannot be flattened")
                }
                continue
            }
            try await collect(term.mechanism, of: domain, &state)
        }
        if let redirect = record.redirect { try await collect(name(redirect, in: domain), &state) }
    }

    private func collect(
        _ mechanism: SPFMechanism, of domain: DomainName, _ state: inout State
    ) async throws(Failure) {
        switch mechanism {
        case .all:
            break
        case .ip4(let address, let prefix), .ip6(let address, let prefix):
            state.networks.append(SPFNetwork(address, prefix: prefix))
        case .include(let text):
            try await collect(name(text, in: domain), &state)
        case .a(let text, let prefix4, let prefix6):
            try await addresses(host(text, of: domain), prefix4, prefix6, &state)
        case .mx(let text, let prefix4, let prefix6):
            for data in try await look(up: host(text, of: domain), .mx, &state) {
                if case .mx(_, let exchange) = data, !exchange.isRoot {
                    try await addresses(exchange, prefix4, prefix6, &state)
                }
            }
        case .ptr, .exists:
            throw Failure(reason: "\(domain) holds \"\(mechanism)\", which depends on the sender")
        }
    }

    private func addresses(
        _ name: DomainName, _ prefix4: UInt8, _ prefix6: UInt8, _ state: inout State
    ) async throws(Failure) {
        for type in [RecordType.a, .aaaa] {
            for data in try await look(up: name, type, &state) {
                switch data {
                case .a(let address): state.networks.append(SPFNetwork(address, prefix: prefix4))
                case .aaaa(let address): state.networks.append(SPFNetwork(address, prefix: prefix6))
                default: break
                }
            }
        }
    }

    private func texts(_ name: DomainName, _ state: inout State) async throws(Failure) -> [TXTValue] {
        try await look(up: name, .txt, &state).compactMap { if case .txt(let value) = $0 { value } else { nil } }
    }

    private func look(
        up name: DomainName, _ type: RecordType, _ state: inout State
    ) async throws(Failure) -> [RecordData] {
        state.lookUps += 1
        guard state.lookUps <= Self.lookUpsMax else {
            throw Failure(reason: "more than \(Self.lookUpsMax) look-ups are needed, at \(name)")
        }
        switch await resolver.look(up: name, type) {
        case .found(let data, _): return data
        case .noData, .noSuchName: return []
        case .failed(let reason): throw Failure(reason: "\(name) \(type) could not be looked up: \(reason)")
        }
    }

    private func host(_ text: String?, of domain: DomainName) throws(Failure) -> DomainName {
        guard let text else { return domain }
        return try name(text, in: domain)
    }

    private func name(_ text: String, in domain: DomainName) throws(Failure) -> DomainName {
        guard !text.contains("%"), let name = try? DomainName(text) else {
            throw Failure(reason: "\(domain) names \"\(text)\", which depends on the sender")
        }
        return name
    }
}
