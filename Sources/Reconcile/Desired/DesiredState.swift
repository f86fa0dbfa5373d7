package import DNS
package import FoundationEssentials
package import Keys
package import MailAuth
package import Manifest

/// All record sets that one declared domain asks for (PRODUCT §2), and the keys that they need.
package struct DesiredState: Sendable {
    package var domain: DomainName
    /// In the order of PRODUCT §2's table; no two of one key.
    package var recordSets: [DesiredRecordSet]
    /// Key pairs to generate first.
    package var missingKeys: [PlannedKey]
    /// Keys that messages are, or will be, signed with, in the order of the declaration.
    package var signingKeys: [KeyID]
    /// Names that would be longer than DNS allows, and so have no record set here.
    package var unnameable: [String]
    /// What the keys of the domain's agents ask for; their record sets and missing keys stand above too.
    package var agentKeys: AgentKeyLife
    /// DKIM keys that the declaration no longer asks for.
    package var surplusKeys: [KeyRecord]

    /// - Parameters:
    ///   - keyring: the domain's keys.
    ///   - reportingDomains: other declared domains that send reports here, with the address's domain.
    ///   - flattened: what the declaration's `flatten` resolved to.
    ///   - agents: those that are declared at this domain.
    ///   - now: for the life of the agents' keys.
    package init(
        _ declaration: DomainDeclaration, keyring: [KeyRecord], reportingDomains: [ReportRoute] = [],
        flattened: [SPFTerm] = [], agents: [AgentDeclaration] = [], now: Date
    ) {
        domain = declaration.name
        recordSets = []
        missingKeys = []
        signingKeys = []
        surplusKeys = []
        unnameable = []
        agentKeys = AgentKeyLife(
            domain: declaration.name, agents: agents, keyring: keyring, rotateEvery: declaration.dkim?.rotateEvery,
            overlap: declaration.dkim?.overlap ?? DKIMDeclaration().overlap, now: now)
        let keyring = keyring.filter { $0.id.purpose == .dkim }
        if declaration.sends {
            sendingRecords(declaration, keyring: keyring, flattened: flattened)
        } else {
            surplusKeys = keyring
            parkedRecords(declaration)
        }
        sharedRecords(declaration)
        for route in reportingDomains {
            // RFC 9990 §4: the receiver of reports says that it wants them.
            add(
                declaration, "\(route.reporting.text)._report._dmarc", of: route.receiving, .txt,
                .text(.dmarc, TXTValue("v=DMARC1")), "\(route.reporting) may send its reports to \(route.receiving)")
        }
        missingKeys += agentKeys.missing
        unnameable += agentKeys.unnameable
        for record in agentKeys.records {
            recordSets.append(
                DesiredRecordSet(
                    key: RecordSetKey(record.name, .txt), domain: declaration.name,
                    timeToLiveSeconds: declaration.timeToLiveSeconds,
                    content: .agentKey(record.value, revocation: record.revocation), purpose: record.purpose))
        }
    }

    /// A domain that the manifest no longer has: nothing is desired, and its keys are all surplus.
    package init(forgotten domain: DomainName, keyring: [KeyRecord]) {
        self.domain = domain
        recordSets = []
        missingKeys = []
        signingKeys = []
        unnameable = []
        agentKeys = AgentKeyLife()
        agentKeys.revocable = keyring.filter { $0.id.purpose == .agent && $0.state != .revoked }
        surplusKeys = keyring.filter { $0.id.purpose == .dkim }
    }

    private mutating func sendingRecords(
        _ declaration: DomainDeclaration, keyring: [KeyRecord], flattened: [SPFTerm]
    ) {
        let name = declaration.name
        if let spf = declaration.spf {
            add(declaration, nil, .txt, .spf(spf, flattened: flattened), "SPF: who may send as \(name)")
        }
        if let dkim = declaration.dkim {
            let assignment = SelectorAssignment(domain: name, declaration: dkim, keyring: keyring)
            missingKeys = assignment.missing
            surplusKeys = assignment.surplus
            signingKeys = assignment.wanted.map(\.id)
            let known = Dictionary(uniqueKeysWithValues: keyring.map { ($0.id, $0) })
            for (id, algorithm) in assignment.wanted {
                let value: PlannedRecordSet.Value =
                    if let text = known[id]?.recordText(isTesting: dkim.isTesting) {
                        .known(.txt(TXTValue(text)))
                    } else {
                        .futureKey(id, algorithm, testing: dkim.isTesting)
                    }
                add(
                    declaration, "\(id.selector)._domainkey", .txt, .whole([value]),
                    "DKIM: the \(algorithm.rawValue) key that \(name) signs with")
            }
        }
    }

    /// Locked down: nobody may send, no key signs, receivers reject, and no mail is taken (RFC 7505).
    private mutating func parkedRecords(_ declaration: DomainDeclaration) {
        let name = declaration.name
        let nobody = SPFDeclaration(terms: [], all: .fail, isExclusive: true, span: declaration.span)
        add(declaration, nil, .txt, .spf(nobody, flattened: []), "SPF: nobody may send as \(name)")
        add(
            declaration, "*._domainkey", .txt,
            .whole([.known(.txt(TXTValue("v=DKIM1; p=")))]), "DKIM: every selector is revoked")
        if declaration.mx == nil {
            add(
                declaration, nil, .mx, .whole([.known(.mx(preference: 0, exchange: .root))]),
                "null MX: \(name) takes no mail")
        }
    }

    private mutating func sharedRecords(_ declaration: DomainDeclaration) {
        let name = declaration.name
        if let dmarc = declaration.dmarc {
            add(
                declaration, "_dmarc", .txt, .text(.dmarc, TXTValue(dmarc.record.text)),
                "DMARC: what receivers do with mail that fails")
        }
        if let mtaSTS = declaration.mtaSTS {
            let policy = MTASTSPolicy(mtaSTS)
            add(
                declaration, "_mta-sts", .txt, .text(.mtaSTS, TXTValue(policy.record.text)),
                "MTA-STS: mail to \(name) needs TLS")
        }
        if let reports = TLSReportRecord(reports: declaration.tlsReports) {
            add(
                declaration, "_smtp._tls", .txt,
                .text(.tlsReports, TXTValue(reports.text)),
                "TLS reports: where failures of TLS are told")
        }
        if let bimi = declaration.bimi,
            let record = BIMIRecord(logo: bimi.logo, certificate: bimi.certificate ?? "")
        {
            add(
                declaration, "default._bimi", .txt,
                .text(.bimi, TXTValue(record.text)),
                "BIMI: the logo")
        }
        if let mx = declaration.mx {
            let values = mx.map { PlannedRecordSet.Value.known(.mx(preference: $0.preference, exchange: $0.exchange)) }
            add(declaration, nil, .mx, .whole(values), "MX: who takes mail for \(name)")
        }
    }

    private mutating func add(
        _ declaration: DomainDeclaration, _ labels: String?, of parent: DomainName? = nil, _ type: RecordType,
        _ content: DesiredRecordSet.Content, _ purpose: String
    ) {
        let parent = parent ?? declaration.name
        guard let name = labels.map({ try? parent.prepending($0) }) ?? parent else {
            unnameable.append("\(labels ?? "").\(parent)")
            return
        }
        recordSets.append(
            DesiredRecordSet(
                key: RecordSetKey(name, type), domain: declaration.name,
                timeToLiveSeconds: declaration.timeToLiveSeconds, content: content, purpose: purpose))
    }
}

/// That one domain's reports go to an address at another.
package struct ReportRoute: Sendable, Hashable {
    package var reporting: DomainName
    package var receiving: DomainName

    package init(reporting: DomainName, receiving: DomainName) {
        self.reporting = reporting
        self.receiving = receiving
    }
}
