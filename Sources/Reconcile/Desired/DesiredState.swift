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
    /// Record sets that are asked for, and whose content could not be found out: they stay as they stand.
    package private(set) var unresolved: Set<RecordSetKey> = []
    /// Key pairs to generate first.
    package var missingKeys: [PlannedKey]
    /// The life of the domain's DKIM keys; their record sets and missing keys stand above too.
    package var dkimKeys: DKIMKeyLife
    /// Names that would be longer than DNS allows, and so have no record set here.
    package var unnameable: [String]
    /// What the keys of the domain's agents ask for; their record sets and missing keys stand above too.
    package var agentKeys: AgentKeyLife
    /// Keys that messages are signed with, and those that the domain's mail waits for.
    package var signingKeys: [KeyID] { dkimKeys.signing }

    /// - Parameters:
    ///   - keyring: the domain's keys.
    ///   - reportingDomains: other declared domains that send reports here, with the address's domain.
    ///   - flattened: what the declaration's `flatten` resolved to.
    ///   - agents: those that are declared at this domain.
    ///   - now: for the life of the keys.
    package init(
        _ declaration: DomainDeclaration, keyring: [KeyRecord], reportingDomains: [ReportRoute] = [],
        flattened: [SPFTerm] = [], agents: [AgentDeclaration] = [], now: Date
    ) {
        domain = declaration.name
        recordSets = []
        missingKeys = []
        unnameable = []
        let overlap = declaration.keyOverlap
        dkimKeys = DKIMKeyLife(
            domain: declaration.name, declaration: declaration.sends ? declaration.dkim : nil, keyring: keyring,
            overlap: overlap, now: now)
        agentKeys = AgentKeyLife(
            domain: declaration.name, agents: agents, keyring: keyring, rotateEvery: declaration.dkim?.rotateEvery,
            overlap: overlap, now: now)
        if declaration.sends, let spf = declaration.spf {
            add(
                declaration, nil, .txt, .spf(spf, flattened: flattened), "SPF: who may send as \(declaration.name)")
        }
        if !declaration.sends { parkedRecords(declaration) }
        missingKeys += dkimKeys.missing
        for record in dkimKeys.records {
            add(
                declaration, "\(record.id.selector)._domainkey", .txt,
                record.role.map { .key(record.value, $0) } ?? .whole([record.value]), record.purpose)
        }
        sharedRecords(declaration)
        for route in reportingDomains {
            // RFC 9990 §4: the receiver of reports says that it wants them.
            add(
                declaration, route.labels, of: route.receiving, .txt,
                .text(.dmarc, TXTValue("v=DMARC1")), "\(route.reporting) may send its reports to \(route.receiving)")
        }
        missingKeys += agentKeys.missing
        unnameable += agentKeys.unnameable
        for record in agentKeys.records {
            recordSets.append(
                DesiredRecordSet(
                    key: RecordSetKey(record.name, .txt), domain: declaration.name,
                    timeToLiveSeconds: declaration.timeToLiveSeconds,
                    content: .key(record.value, record.revocation.map { .revoked($0) } ?? .agent),
                    purpose: record.purpose))
        }
    }

    /// A domain that the manifest no longer has: nothing is desired. Its keys' records stay for their overlap and are
    /// then taken back with all else, without a time in which they say revoked.
    package init(forgotten domain: DomainName, keyring: [KeyRecord], now: Date) {
        self.domain = domain
        recordSets = []
        missingKeys = []
        unnameable = []
        dkimKeys = DKIMKeyLife(
            domain: domain, declaration: nil, keyring: keyring, overlap: DKIMDeclaration().overlap, now: now)
        dkimKeys.records = []
        dkimKeys.removable =
            dkimKeys.revocable
            + keyring.filter { $0.id.purpose == .dkim && ($0.state == .revoked || $0.state == .generated) }
        dkimKeys.revocable = []
        agentKeys = AgentKeyLife()
        agentKeys.revocable = keyring.filter {
            $0.id.purpose == .agent && ($0.state.isLive || $0.state == .retiring)
        }
    }

    /// What an include resolves to is unknown.
    package mutating func leaveSPF() {
        recordSets.removeAll { set in
            guard case .spf = set.content else { return false }
            unresolved.insert(set.key)
            return true
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
                declaration, TextKind.dmarc.labels, .txt, .text(.dmarc, TXTValue(dmarc.record.text)),
                "DMARC: what receivers do with mail that fails", isImplied: dmarc.isImplied)
        }
        if let mtaSTS = declaration.mtaSTS {
            let policy = MTASTSPolicy(mtaSTS)
            add(
                declaration, TextKind.mtaSTS.labels, .txt, .text(.mtaSTS, TXTValue(policy.record.text)),
                "MTA-STS: mail to \(name) needs TLS")
        }
        if let reports = TLSReportRecord(reports: declaration.tlsReports) {
            add(
                declaration, TextKind.tlsReports.labels, .txt,
                .text(.tlsReports, TXTValue(reports.text)),
                "TLS reports: where failures of TLS are told")
        }
        if let bimi = declaration.bimi,
            let record = BIMIRecord(logo: bimi.logo, certificate: bimi.certificate ?? "")
        {
            add(
                declaration, TextKind.bimi.labels, .txt,
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
        _ content: DesiredRecordSet.Content, _ purpose: String, isImplied: Bool = false
    ) {
        let parent = parent ?? declaration.name
        guard let name = labels.map({ try? parent.prepending($0) }) ?? parent else {
            unnameable.append("\(labels ?? "").\(parent)")
            return
        }
        recordSets.append(
            DesiredRecordSet(
                key: RecordSetKey(name, type), domain: declaration.name,
                timeToLiveSeconds: declaration.timeToLiveSeconds, content: content, purpose: purpose,
                isImplied: isImplied))
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

    /// Below the receiving domain (RFC 9990 §4).
    fileprivate var labels: String { "\(reporting.text)._report._dmarc" }

    /// Where the receiving domain says that it wants them; nil: the name would be longer than DNS allows.
    package var key: RecordSetKey? { (try? receiving.prepending(labels)).map { RecordSetKey($0, .txt) } }
}
