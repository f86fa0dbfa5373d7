import DNS

/// What an authoritative server says to one message: octets in, octets out, no sockets.
package struct ResponderCore: Sendable {
    /// Aliases followed inside what the source serves; the asker follows the rest.
    private static let aliasesMax = 8
    /// AXFR, IXFR: zones are not handed out.
    private static let transfers: Set<UInt16> = [251, 252]

    let source: any DNSZoneSource

    package init(_ source: any DNSZoneSource) {
        self.source = source
    }

    /// Nil: to be left without an answer, because it is none of a client's messages.
    package func respond(to octets: [UInt8], overTCP: Bool) async -> [UInt8]? {
        // Two servers that answer each other's answers never end.
        guard octets.count >= DNSMessage.headerOctets, octets[2] & 0x80 == 0 else { return nil }
        let id = UInt16(octets[0]) << 8 | UInt16(octets[1])
        guard let query = try? DNSMessage(wire: octets) else {
            return Self.refusal(id, ResponseCode.formatError).wireOctets()
        }
        var response = await response(to: query)
        if let extensions = query.extensions {
            let code = response.extensions?.extendedResponseCode ?? 0
            response.extensions = ExtensionMechanisms(extendedResponseCode: code)
            return response.wireOctets(
                octetsMax: overTCP
                    ? DNSMessage.octetsMax
                    : Int(min(extensions.payloadOctets, ExtensionMechanisms.payloadOctetsDefault)))
        }
        return response.wireOctets(
            octetsMax: overTCP ? DNSMessage.octetsMax : Int(ExtensionMechanisms.payloadOctetsMin))
    }

    private static func refusal(_ id: UInt16, _ code: UInt8) -> DNSMessage {
        var flags = HeaderFlags()
        flags.isResponse = true
        flags.responseCode = code
        return DNSMessage(id: id, flags: flags)
    }

    private func response(to query: DNSMessage) async -> DNSMessage {
        var response = Self.refusal(query.id, ResponseCode.noError)
        response.flags.operation = query.flags.operation
        response.flags.recursionDesired = query.flags.recursionDesired
        guard query.flags.operation == 0 else {
            response.flags.responseCode = ResponseCode.notImplemented
            return response
        }
        guard query.questions.count == 1 else {
            response.flags.responseCode = ResponseCode.formatError
            return response
        }
        let question = query.questions[0]
        response.questions = [question]
        if let extensions = query.extensions, extensions.version > 0 {
            // RFC 6891 §6.1.3: BADVERS is 16, whose upper bits are 1.
            response.extensions = ExtensionMechanisms(extendedResponseCode: 1)
            return response
        }
        guard question.recordClass == DNSMessage.classInternet, !Self.transfers.contains(question.type.rawValue)
        else {
            response.flags.responseCode = ResponseCode.refused
            return response
        }
        await fill(&response, question)
        return response
    }

    private func fill(_ response: inout DNSMessage, _ question: DNSMessage.Question) async {
        var name = question.name
        for step in 0...Self.aliasesMax {
            let answer = await source.answer(name, question.type)
            // AA is said of the name that was asked (RFC 1035 §4.1.1).
            if step == 0 { response.flags.isAuthoritative = Self.isAuthoritative(answer) }
            switch answer {
            case .records(let set):
                response.answers += Self.records(set)
                return
            case .alias(let target, let seconds):
                response.answers.append(DNSMessage.Record(name, timeToLiveSeconds: seconds, .cname(target)))
                name = target
            case .noData(let authority):
                response.authorities = [Self.negative(authority)]
                return
            case .noSuchName(let authority):
                response.flags.responseCode = ResponseCode.noSuchName
                response.authorities = [Self.negative(authority)]
                return
            case .referral(let cut, let glue):
                response.authorities = Self.records(cut)
                for (server, addresses) in glue.sorted(by: { $0.key < $1.key }) {
                    response.additionals += addresses.map { address in
                        let data: RecordData
                        if case .v4 = address { data = .a(address) } else { data = .aaaa(address) }
                        return DNSMessage.Record(server, timeToLiveSeconds: cut.timeToLiveSeconds, data)
                    }
                }
                return
            case .refused, .failed:
                // Behind an alias it is for the asker to go on.
                guard step == 0 else { return }
                response.flags.responseCode =
                    answer == .refused ? ResponseCode.refused : ResponseCode.serverFailure
                return
            }
        }
    }

    private static func isAuthoritative(_ answer: ZoneAnswer) -> Bool {
        switch answer {
        case .records, .alias, .noData, .noSuchName: true
        case .referral, .refused, .failed: false
        }
    }

    private static func records(_ set: RecordSet) -> [DNSMessage.Record] {
        set.data.map { DNSMessage.Record(set.name, timeToLiveSeconds: set.timeToLiveSeconds, $0) }
    }

    /// RFC 2308 §3: the SOA's time to live in a negative answer is the negative one.
    private static func negative(_ authority: ZoneAuthority) -> DNSMessage.Record {
        DNSMessage.Record(
            authority.apex, timeToLiveSeconds: authority.negativeTimeToLiveSeconds,
            .soa(authority.startOfAuthority))
    }
}
