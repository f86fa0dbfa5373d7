/// What octets from a server mean to the one question that was sent there.
package enum ReplyReading: Sendable, Equatable {
    /// Not an answer to this question: another id or question, or no response at all. To be ignored.
    case notOurs
    /// TC is set: to be asked again over TCP (RFC 7766 §5).
    case truncated
    case reply(ServerReply)
}

/// Reads an answer in one pass, building nothing but the `ServerReply`.
///
/// Whatever the question did not ask for is passed over: records of other owners, types and classes never get in.
package enum ReplyReader {
    /// The octets are whole: one UDP payload, or one TCP message without its length.
    package static func read(
        _ octets: UnsafeRawBufferPointer, id: UInt16, for question: ServerQuestion
    ) -> ReplyReading {
        do throws(WireError) {
            var pass = Pass(reader: WireReader(octets), question: question)
            return try pass.run(id: id)
        } catch {
            return .reply(.failed(.malformed(error.description)))
        }
    }

    package static func read(_ octets: [UInt8], id: UInt16, for question: ServerQuestion) -> ReplyReading {
        octets.withUnsafeBytes { read($0, id: id, for: question) }
    }
}

private struct Pass {
    private enum Section {
        case answer, authority, additional
    }

    var reader: WireReader
    let question: ServerQuestion

    private var data: [RecordData] = []
    private var timeToLive = UInt32.max
    private var alias: (target: DomainName, timeToLive: UInt32)?
    private var authority: ZoneAuthority?
    private var cut: DomainName?
    private var nameServers: [DomainName] = []
    private var glue: [DomainName: [IPAddress]] = [:]
    private var extensions: ExtensionMechanisms?

    init(reader: WireReader, question: ServerQuestion) {
        self.reader = reader
        self.question = question
    }

    mutating func run(id: UInt16) throws(WireError) -> ReplyReading {
        guard reader.octets.count >= DNSMessage.headerOctets, try reader.uint16() == id else { return .notOurs }
        let flags = HeaderFlags(rawValue: try reader.uint16())
        let questionCount = try reader.uint16()
        let answerCount = try reader.uint16()
        let authorityCount = try reader.uint16()
        let additionalCount = try reader.uint16()
        guard flags.isResponse, flags.operation == 0 else { return .notOurs }
        if questionCount == 0, flags.responseCode != ResponseCode.noError,
            flags.responseCode != ResponseCode.noSuchName
        {
            // A server that could not read the question may answer with a bare header (RFC 1035 §4.1.1, FORMERR).
            return .reply(.failed(.responseCode(flags.responseCode, nil)))
        }
        guard questionCount == 1, try isOurQuestion() else { return .notOurs }
        if flags.isTruncated { return .truncated }
        for _ in 0..<answerCount { try record(.answer) }
        for _ in 0..<authorityCount { try record(.authority) }
        for _ in 0..<additionalCount { try record(.additional) }
        let code = UInt16(extensions?.extendedResponseCode ?? 0) << 4 | UInt16(flags.responseCode)
        guard code == UInt16(ResponseCode.noError) || code == UInt16(ResponseCode.noSuchName) else {
            return .reply(
                .failed(
                    .responseCode(UInt8(truncatingIfNeeded: min(code, 255)), extensions?.extendedError?.description)))
        }
        return .reply(
            .answer(
                ServerAnswer(
                    outcome: outcome(flags), isAuthoritative: flags.isAuthoritative, authority: authority,
                    glue: glue.isEmpty ? glue : glue.filter { isNamed($0.key) })))
    }

    private mutating func isOurQuestion() throws(WireError) -> Bool {
        let expected = question.name.text
        let isSame = try withUnsafeTemporaryBuffer(WireReader.nameTextMax) { buffer throws(WireError) in
            let count = try reader.nameText(into: buffer, compression: .refused)
            return count == expected.utf8.count
                && expected.utf8.elementsEqual(UnsafeBufferPointer(rebasing: buffer[..<count]))
        }
        let type = try reader.uint16()
        let recordClass = try reader.uint16()
        return isSame && type == question.type.rawValue && recordClass == DNSMessage.classInternet
    }

    private mutating func record(_ section: Section) throws(WireError) {
        let ownerAt = reader.offset
        let isOurs = try reader.skipName(comparingWithNameAt: DNSMessage.headerOctets)
        let type = RecordType(rawValue: try reader.uint16())
        if type == .opt {
            let isAtRoot = reader.octets[ownerAt] == 0
            guard section == .additional, isAtRoot, extensions == nil else { throw .badOptRecord }
            extensions = try ExtensionMechanisms(from: &reader)
            return
        }
        let recordClass = try reader.uint16()
        let seconds = try reader.timeToLive()
        let length = Int(try reader.uint16())
        guard recordClass == DNSMessage.classInternet else { return try reader.skip(length) }
        switch (section, type) {
        case (.answer, question.type) where isOurs:
            add(try RecordData(type: type, length: length, from: &reader), seconds)
        case (.answer, .cname) where isOurs:
            if case .cname(let target) = try RecordData(type: type, length: length, from: &reader), alias == nil {
                alias = (target, seconds)
            }
        case (.authority, .soa):
            if case .soa(let soa) = try RecordData(type: type, length: length, from: &reader) {
                try setAuthority(soa, seconds, ownerAt)
            }
        case (.authority, .ns):
            if case .ns(let server) = try RecordData(type: type, length: length, from: &reader) {
                try addNameServer(server, ownerAt)
            }
        case (.additional, .a), (.additional, .aaaa):
            let owner = try name(at: ownerAt)
            switch try RecordData(type: type, length: length, from: &reader) {
            case .a(let address), .aaaa(let address): glue[owner, default: []].append(address)
            default: break
            }
        default:
            try reader.skip(length)
        }
    }

    /// Below this many records a scan is cheaper than a set.
    private static let scanMax = 16

    private mutating func add(_ record: RecordData, _ seconds: UInt32) {
        // RFC 2181 §5.2: should the times differ, the smallest counts.
        timeToLive = min(timeToLive, seconds)
        if data.count >= Self.scanMax || !data.contains(record) { data.append(record) }
    }

    private func name(at offset: Int) throws(WireError) -> DomainName {
        var other = WireReader(reader.octets, offset: offset)
        return try other.name()
    }

    /// An SOA counts only if the question lies in its zone.
    private mutating func setAuthority(
        _ soa: StartOfAuthority, _ seconds: UInt32, _ ownerAt: Int
    ) throws(WireError) {
        let apex = try name(at: ownerAt)
        guard authority == nil, question.name.isEqualOrBelow(apex) else { return }
        authority = ZoneAuthority(apex: apex, startOfAuthority: soa, timeToLiveSeconds: seconds)
    }

    private mutating func addNameServer(_ server: DomainName, _ ownerAt: Int) throws(WireError) {
        let owner = try name(at: ownerAt)
        guard question.name.isEqualOrBelow(owner), cut == nil || cut == owner else { return }
        cut = owner
        nameServers.append(server)
    }

    private func isNamed(_ name: DomainName) -> Bool {
        if nameServers.contains(name) { return true }
        return data.contains {
            switch $0 {
            case .ns(let other), .mx(_, let other): other == name
            default: false
            }
        }
    }

    private mutating func outcome(_ flags: HeaderFlags) -> ServerAnswer.Outcome {
        if !data.isEmpty {
            if case .soa(let soa) = data[0] {
                authority = ZoneAuthority(
                    apex: question.name, startOfAuthority: soa, timeToLiveSeconds: timeToLive)
            }
            return .records(
                RecordSet(
                    question.name, question.type, timeToLiveSeconds: timeToLive,
                    data: data.count > Self.scanMax ? withoutRepeats(data) : data))
        }
        // RFC 6604 §3: NXDOMAIN speaks of the chain's end, so an alias at the name itself comes first.
        if let alias { return .alias(alias.target, timeToLiveSeconds: alias.timeToLive) }
        if flags.responseCode == ResponseCode.noSuchName { return .noSuchName }
        // RFC 2308 §2.2: NODATA may come with name servers, but then with an SOA or from the zone itself; a resolver
        // that has done its work does not refer.
        let hasRecursed = flags.recursionDesired && flags.recursionAvailable
        if let cut, authority == nil, !flags.isAuthoritative, !hasRecursed {
            return .referral(cut, nameServers: nameServers)
        }
        return .noData
    }

    private func withoutRepeats(_ records: [RecordData]) -> [RecordData] {
        var seen = Set<RecordData>()
        return records.filter { seen.insert($0).inserted }
    }
}
