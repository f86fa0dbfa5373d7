public import DNS

/// Resolves an `include` into the addresses that it stands for, so that it costs no look-ups (`flatten:` in a manifest).
/// The owner of the included domain may change its addresses at any time: whoever flattens has to look again.
public enum SPFFlattening: Sendable, Hashable {
    /// `ip4` and `ip6` mechanisms, the fewest that hold exactly these addresses, in order.
    case resolved([SPFMechanism])
    /// The record says something that addresses cannot say.
    case impossible(Reason)
    case temperror(String)

    public enum Reason: Error, Sendable, Hashable {
        /// `exists`, `ptr`, or a domain with a macro: the answer depends on the message.
        case dependsOnMessage(term: String, domain: String)
        /// A term that says other than pass, before a term that says pass: order matters, and a list has none.
        case excludesAddresses(term: String, domain: String)
        case noRecord(domain: String)
        case permanentError(SPFPermanentError)
    }

    /// Records that are followed in all: well over what receivers would.
    public static let recordsMax = 50

    /// - Parameter domain: what the `include` names.
    public init(of domain: DomainName, resolver: any Resolver) async {
        var run = SPFFlatteningRun(resolver: resolver)
        do {
            try await run.follow(domain)
            self = .resolved(SPFNetwork.minimal(run.networks).map(\.mechanism))
        } catch {
            switch error {
            case .impossible(let reason): self = .impossible(reason)
            case .temporary(let reason): self = .temperror(reason)
            }
        }
    }
}

private struct SPFFlatteningRun {
    enum Stop: Error {
        case impossible(SPFFlattening.Reason)
        case temporary(String)
    }

    let resolver: any Resolver
    var networks: [SPFNetwork] = []
    private var followed: Set<DomainName> = []

    init(resolver: any Resolver) { self.resolver = resolver }

    mutating func follow(_ domain: DomainName) async throws(Stop) {
        guard followed.count < SPFFlattening.recordsMax else { throw .impossible(.permanentError(.tooManyLookUps)) }
        // A domain that was followed already has given its addresses.
        guard followed.insert(domain).inserted else { return }
        let record = try await record(at: domain)
        for (index, term) in record.terms.enumerated() {
            if term.mechanism == .all {
                guard term.qualifier != .pass else {
                    throw .impossible(.dependsOnMessage(term: term.description, domain: domain.text))
                }
                // RFC 7208 §5.1: nothing behind it counts, a redirect neither.
                return
            }
            if term.qualifier != .pass {
                let passesLater = record.redirect != nil || record.terms[(index + 1)...].contains { $0.qualifier == .pass }
                guard !passesLater else {
                    throw .impossible(.excludesAddresses(term: term.description, domain: domain.text))
                }
                continue
            }
            try await follow(term, of: domain)
        }
        if let redirect = record.redirect {
            try await follow(try name(redirect, term: "redirect=" + redirect, of: domain))
        }
    }

    private mutating func follow(_ term: SPFTerm, of domain: DomainName) async throws(Stop) {
        switch term.mechanism {
        case .all:
            break
        case .ip4(let address, let prefix), .ip6(let address, let prefix):
            networks.append(SPFNetwork(address, prefix: prefix))
        case .include(let spec):
            try await follow(try name(spec, term: term.description, of: domain))
        case .a(let spec, let prefix4, let prefix6):
            try await addAddresses(
                of: try name(spec, term: term.description, of: domain), prefix4: prefix4, prefix6: prefix6)
        case .mx(let spec, let prefix4, let prefix6):
            let target = try name(spec, term: term.description, of: domain)
            for case .mx(_, let exchanger) in try await look(up: target, .mx) where !exchanger.isRoot {
                try await addAddresses(of: exchanger, prefix4: prefix4, prefix6: prefix6)
            }
        case .ptr, .exists:
            throw .impossible(.dependsOnMessage(term: term.description, domain: domain.text))
        }
    }

    private mutating func addAddresses(of name: DomainName, prefix4: UInt8, prefix6: UInt8) async throws(Stop) {
        for case .a(let address) in try await look(up: name, .a) {
            networks.append(SPFNetwork(address, prefix: prefix4))
        }
        for case .aaaa(let address) in try await look(up: name, .aaaa) {
            networks.append(SPFNetwork(address, prefix: prefix6))
        }
    }

    private func record(at domain: DomainName) async throws(Stop) -> SPFRecord {
        var found: [UInt8]?
        for case .txt(let value) in try await look(up: domain, .txt) where SPFRecord.isSPF(value.joined) {
            guard found == nil else { throw .impossible(.permanentError(.severalRecords(domain: domain.text))) }
            found = value.joined
        }
        guard let found else { throw .impossible(.noRecord(domain: domain.text)) }
        do {
            return try SPFRecord(octets: found)
        } catch {
            throw .impossible(.permanentError(.syntax(error, domain: domain.text)))
        }
    }

    private func look(up name: DomainName, _ type: RecordType) async throws(Stop) -> [RecordData] {
        switch await resolver.look(up: name, type) {
        case .found(let data, _): return data
        case .noData, .noSuchName: return []
        case .failed(let reason): throw .temporary("\(type) of \(name): \(reason)")
        }
    }

    private func name(_ spec: String?, term: String, of domain: DomainName) throws(Stop) -> DomainName {
        guard let spec else { return domain }
        guard !spec.utf8.contains(UInt8(ascii: "%")), let name = SPFTargetName.name(fromExpanded: Array(spec.utf8)[...])
        else { throw .impossible(.dependsOnMessage(term: term, domain: domain.text)) }
        return name
    }
}
