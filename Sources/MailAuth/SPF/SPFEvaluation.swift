import DNS

/// One run of check_host(): its inputs, what it has counted, and what it saw.
struct SPFEvaluation {
    private enum Match {
        case yes
        case no
        /// The run is over with this verdict.
        case stop(SPFVerdict)
    }

    /// A record's verdict, and where an explanation of a `fail` would come from.
    private struct RecordVerdict {
        var verdict: SPFVerdict
        var explanation: String?
        var domain: String
    }

    private let resolver: any Resolver
    private let records: SPFRecordCache
    private let address: IPAddress
    private(set) var macros: SPFMacroValues
    private(set) var steps: [SPFStep] = []
    private(set) var lookUpCount = 0
    private(set) var voidLookUpCount = 0
    /// The names that the address' PTR records give and whose addresses confirm it; nil: not asked for yet.
    private var pointers: [DomainName]?

    init(
        resolver: any Resolver, records: SPFRecordCache, address: IPAddress, sender: String, helo: String,
        receiver: String, unixTime: Int64
    ) {
        self.resolver = resolver
        self.records = records
        self.address = address
        macros = SPFMacroValues(address: address, sender: sender, helo: helo, receiver: receiver, unixTime: unixTime)
    }

    mutating func verdict(for domain: String) async -> SPFVerdict {
        // RFC 7208 §4.3: a malformed domain, or one of a single label, has no policy.
        guard !domain.utf8.contains(UInt8(ascii: "\\")), let name = try? DomainName(domain), name.labelCount > 1 else {
            return .none
        }
        let text = domain.utf8.allSatisfy { $0 < 0x80 } ? Self.withoutFinalDot(domain) : name.text
        let result = await check(name, text: text, depth: 0)
        guard case .fail = result.verdict, let explanation = result.explanation else { return result.verdict }
        return .fail(explanation: await self.explanation(explanation, domain: result.domain))
    }

    private static func withoutFinalDot(_ text: String) -> String {
        text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    // MARK: Records

    /// One record and what it redirects to. `none` if there is no record.
    private mutating func check(_ name: DomainName, text: String, depth: Int) async -> RecordVerdict {
        var name = name
        var domain = text
        var isRedirected = false
        // Ends by the limit on look-ups: each turn but the first is a redirect, which counts as one.
        while true {
            let entry: SPFRecordCache.Entry
            switch self.record(await resolver.look(up: name, .txt), at: name, domain: domain) {
            case .success(let found): entry = found
            case .failure(.none) where isRedirected:
                return RecordVerdict(verdict: .permerror(.redirectWithoutRecord(domain: domain)), domain: domain)
            case .failure(let stop): return RecordVerdict(verdict: stop.verdict, domain: domain)
            }
            let record = entry.record
            for (index, term) in record.terms.enumerated() {
                let match: Match
                switch term.mechanism {
                // What needs no look-up of its own is decided here: a call that may wait costs more than these.
                case .all: match = .yes
                case .ip4(let network, let prefix), .ip6(let network, let prefix):
                    match = SPFNetwork.contains(address, in: network, prefix: prefix) ? .yes : .no
                case .include(let spec):
                    if let verdict = countLookUp() {
                        match = .stop(verdict)
                    } else {
                        match = await include(spec, name: entry.targets[index], domain: domain, depth: depth)
                    }
                default: match = await self.match(term.mechanism, domain: domain, name: name)
                }
                note(.directive(term), match, domain: domain, depth: depth)
                switch match {
                case .yes:
                    return RecordVerdict(
                        verdict: term.qualifier.verdict, explanation: record.explanation, domain: domain)
                case .no: continue
                case .stop(let verdict): return RecordVerdict(verdict: verdict, domain: domain)
                }
            }
            // RFC 7208 §4.7: neutral where nothing matched and nothing is redirected to.
            guard let redirect = record.redirect else { return RecordVerdict(verdict: .neutral, domain: domain) }
            if let verdict = countLookUp() {
                note(.redirect(redirect), .stop(verdict), domain: domain, depth: depth)
                return RecordVerdict(verdict: verdict, domain: domain)
            }
            let target = await self.target(redirect, domain: domain)
            append(
                SPFStep(
                    domain: domain, depth: depth, part: .redirect(redirect), outcome: .followed,
                    lookUpCount: lookUpCount))
            guard let next = target.name else {
                return RecordVerdict(verdict: .permerror(.redirectWithoutRecord(domain: target.text)), domain: domain)
            }
            name = next
            domain = target.text
            isRedirected = true
        }
    }

    /// Why no record can be evaluated.
    private enum Stop: Error {
        case none
        case temperror(String)
        case permerror(SPFPermanentError)

        var verdict: SPFVerdict {
            switch self {
            case .none: .none
            case .temperror(let reason): .temperror(reason)
            case .permerror(let error): .permerror(error)
            }
        }
    }

    private func record(
        _ answer: LookUpAnswer, at name: DomainName, domain: String
    ) -> Result<SPFRecordCache.Entry, Stop> {
        switch answer {
        case .noData, .noSuchName: return .failure(.none)
        case .failed(let reason): return .failure(.temperror("TXT of \(name): \(reason)"))
        case .found(let data, _):
            var found: [UInt8]?
            for case .txt(let value) in data where SPFRecord.isSPF(value.joined) {
                // RFC 7208 §4.5.
                if found != nil { return .failure(.permerror(.severalRecords(domain: domain))) }
                found = value.joined
            }
            guard let found else { return .failure(.none) }
            do {
                return .success(try records.entry(found))
            } catch {
                return .failure(.permerror(.syntax(error, domain: domain)))
            }
        }
    }

    // MARK: Mechanisms

    /// A mechanism that asks for other data than another record.
    private mutating func match(_ mechanism: SPFMechanism, domain: String, name: DomainName) async -> Match {
        if mechanism.looksUp, let verdict = countLookUp() { return .stop(verdict) }
        switch mechanism {
        case .all, .ip4, .ip6, .include:
            preconditionFailure("decided where the record's terms are gone through")
        case .a(let spec, let prefix4, let prefix6):
            let prefix = address.bitWidth == 32 ? prefix4 : prefix6
            guard let target = await targetName(spec, domain: domain, name: name) else { return .no }
            return await matchAddresses(of: target, prefix: prefix, countsVoid: true)
        case .mx(let spec, let prefix4, let prefix6):
            let prefix = address.bitWidth == 32 ? prefix4 : prefix6
            guard let target = await targetName(spec, domain: domain, name: name) else { return .no }
            return await matchMailExchangers(of: target, prefix: prefix)
        case .ptr(let spec):
            guard let target = await targetName(spec, domain: domain, name: name) else { return .no }
            await findPointers(countsVoid: true)
            if voidLookUpCount > SPFRecord.voidLookUpsMax { return .stop(.permerror(.tooManyVoidLookUps)) }
            // RFC 7208 §5.5: a validated name that is the target, or below it.
            return pointers!.contains { $0.isEqualOrBelow(target) } ? .yes : .no
        case .exists(let spec):
            guard let target = await self.target(spec, domain: domain).name else { return .no }
            // RFC 7208 §5.7: A even for an IPv6 client.
            switch await resolver.look(up: target, .a) {
            case .found: return .yes
            case .noData, .noSuchName: return countVoid().map(Match.stop) ?? .no
            case .failed(let reason): return .stop(.temperror("A of \(target): \(reason)"))
            }
        }
    }

    /// - Parameter name: what the domain-spec names, where it holds no macro.
    private mutating func include(_ spec: String, name: DomainName?, domain: String, depth: Int) async -> Match {
        var text = spec
        var name = name
        if name == nil { (text, name) = await target(spec, domain: domain) }
        guard let name else { return .stop(.permerror(.includeWithoutRecord(domain: text))) }
        // RFC 7208 §5.2's table. The included record's explanation is not used (§6.2).
        switch await check(name, text: text, depth: depth + 1).verdict {
        case .pass: return .yes
        case .fail, .softfail, .neutral: return .no
        case .temperror(let reason): return .stop(.temperror(reason))
        case .permerror(let error): return .stop(.permerror(error))
        case .none: return .stop(.permerror(.includeWithoutRecord(domain: text)))
        }
    }

    private mutating func matchAddresses(of name: DomainName, prefix: UInt8, countsVoid: Bool) async -> Match {
        let type: RecordType = address.bitWidth == 32 ? .a : .aaaa
        switch await resolver.look(up: name, type) {
        case .found(let data, _):
            for record in data {
                guard let found = record.address else { continue }
                if SPFNetwork.contains(address, in: found, prefix: prefix) { return .yes }
            }
            return .no
        case .noData, .noSuchName: return (countsVoid ? countVoid() : nil).map(Match.stop) ?? .no
        case .failed(let reason): return .stop(.temperror("\(type) of \(name): \(reason)"))
        }
    }

    private mutating func matchMailExchangers(of name: DomainName, prefix: UInt8) async -> Match {
        var exchangers: [(preference: UInt16, name: DomainName)] = []
        switch await resolver.look(up: name, .mx) {
        case .found(let data, _):
            for case .mx(let preference, let exchanger) in data { exchangers.append((preference, exchanger)) }
        case .noData, .noSuchName: return countVoid().map(Match.stop) ?? .no
        case .failed(let reason): return .stop(.temperror("MX of \(name): \(reason)"))
        }
        guard exchangers.count <= SPFVerifier.mailExchangersMax else {
            return .stop(.permerror(.tooManyMailExchangers(domain: name.text)))
        }
        // RFC 7505: the root says that there is no mail exchanger.
        for exchanger in exchangers.sorted(by: { $0.preference < $1.preference }) where !exchanger.name.isRoot {
            // RFC 7208 §4.6.4 limits the *terms* whose query is void: the term's query is the one for MX. Otherwise
            // a sender over IPv6 would make three IPv4-only mail exchangers an error.
            let match = await matchAddresses(of: exchanger.name, prefix: prefix, countsVoid: false)
            if case .no = match { continue }
            return match
        }
        return .no
    }

    /// RFC 7208 §5.5, for `ptr` and `%{p}`: an error in any of these queries only means fewer names.
    private mutating func findPointers(countsVoid: Bool) async {
        if pointers != nil { return }
        var validated: [DomainName] = []
        switch await resolver.look(up: Self.reverseName(of: address), .ptr) {
        case .found(let data, _):
            let type: RecordType = address.bitWidth == 32 ? .a : .aaaa
            for case .ptr(let name) in data.prefix(SPFVerifier.pointersMax) where !validated.contains(name) {
                if case .found(let addresses, _) = await resolver.look(up: name, type),
                    addresses.contains(where: { $0.address == address })
                {
                    validated.append(name)
                }
            }
        case .noData, .noSuchName:
            if countsVoid { _ = countVoid() }
        case .failed:
            break
        }
        pointers = validated
    }

    static func reverseName(of address: IPAddress) -> DomainName {
        var text = ""
        switch address {
        case .v4:
            for octet in address.octets.reversed() { text += "\(octet)." }
            return DomainName(canonical: text + "in-addr.arpa")
        case .v6:
            for octet in address.octets.reversed() {
                text += String(octet & 15, radix: 16) + "." + String(octet >> 4, radix: 16) + "."
            }
            return DomainName(canonical: text + "ip6.arpa")
        }
    }

    // MARK: Names and macros

    private mutating func targetName(_ spec: String?, domain: String, name: DomainName) async -> DomainName? {
        guard let spec else { return name }
        return await target(spec, domain: domain).name
    }

    /// A domain-spec expanded. The name is nil where it is none that DNS could be asked for: RFC 7208 §4.8 leaves open
    /// whether that is an error; here the term does not match.
    private mutating func target(_ spec: String, domain: String) async -> (text: String, name: DomainName?) {
        guard spec.utf8.contains(UInt8(ascii: "%")) else {
            return (spec, SPFTargetName.name(fromExpanded: Array(spec.utf8)[...]))
        }
        await prepareMacros(for: spec, domain: domain)
        let expanded = macros.expand(Array(spec.utf8)[...], in: .domain) ?? []
        let fitting = SPFTargetName.truncated(expanded[...])
        return (fitting.text, SPFTargetName.name(fromExpanded: fitting))
    }

    /// `%{d}` is the domain at hand; `%{p}` costs queries, so that it is made only where it stands.
    private mutating func prepareMacros(for text: String, domain: String) async {
        macros.domain = domain
        guard SPFMacroString.uses(UInt8(ascii: "p"), in: Array(text.utf8)[...]) else { return }
        await findPointers(countsVoid: false)
        macros.validatedName = Self.preferredPointer(pointers!, for: domain)
    }

    /// RFC 7208 §7.3: the domain itself, else one below it, else any.
    private static func preferredPointer(_ names: [DomainName], for domain: String) -> String {
        let name = try? DomainName(domain)
        let best =
            names.first { $0 == name } ?? names.first { candidate in name.map { candidate.isEqualOrBelow($0) } ?? false
            }
            ?? names.first
        return best?.text ?? "unknown"
    }

    /// RFC 7208 §6.2: anything that goes wrong here means no explanation.
    private mutating func explanation(_ spec: String, domain: String) async -> String? {
        guard let name = await target(spec, domain: domain).name,
            case .found(let data, _) = await resolver.look(up: name, .txt), data.count == 1,
            case .txt(let value) = data[0]
        else { return nil }
        let octets = value.joined[...]
        guard SPFMacroString.isValid(octets, in: .explanation) else { return nil }
        await prepareMacros(for: octets.text, domain: domain)
        guard let expanded = macros.expand(octets, in: .explanation),
            expanded.count <= SPFVerifier.explanationOctetsMax
        else { return nil }
        return expanded[...].text
    }

    // MARK: Counting

    /// RFC 7208 §4.6.4.
    private mutating func countLookUp() -> SPFVerdict? {
        lookUpCount += 1
        return lookUpCount > SPFRecord.lookUpsMax ? .permerror(.tooManyLookUps) : nil
    }

    private mutating func countVoid() -> SPFVerdict? {
        voidLookUpCount += 1
        return voidLookUpCount > SPFRecord.voidLookUpsMax ? .permerror(.tooManyVoidLookUps) : nil
    }

    private mutating func note(_ part: SPFStep.Part, _ match: Match, domain: String, depth: Int) {
        let outcome: SPFStep.Outcome =
            switch match {
            case .yes: .matched
            case .no: .notMatched
            case .stop(.temperror): .temperror
            case .stop: .permerror
            }
        append(SPFStep(domain: domain, depth: depth, part: part, outcome: outcome, lookUpCount: lookUpCount))
    }

    private mutating func append(_ step: SPFStep) {
        if steps.count < SPFVerifier.stepsMax { steps.append(step) }
    }
}

extension RecordData {
    fileprivate var address: IPAddress? {
        switch self {
        case .a(let address), .aaaa(let address): address
        default: nil
        }
    }
}

extension SPFQualifier {
    fileprivate var verdict: SPFVerdict {
        switch self {
        case .pass: .pass
        case .fail: .fail(explanation: nil)
        case .softfail: .softfail
        case .neutral: .neutral
        }
    }
}
