package import DNS
package import Diagnostics
package import MailAuth

/// A name that mail is sent from, with its whole authentication set-up; defaults are already filled in.
package struct DomainDeclaration: Sendable, Equatable {
    package var name: DomainName
    package var provider: ProviderID?
    package var relay: RelayID?
    /// False: locked down. SPF `-all`, an empty DKIM key for every selector, DMARC reject, null MX.
    package var sends: Bool
    /// Seconds for the record sets that Signet writes; nil: 3600 for a new set, and an existing set keeps its own.
    package var timeToLiveSeconds: UInt32?
    /// Of a sending domain, never nil: declared, inherited, or `ip4` and `ip6` terms of its relay's egress with `~all`.
    package var spf: SPFDeclaration?
    /// Of a sending domain, never nil; of a parked one, nil.
    package var dkim: DKIMDeclaration?
    /// Never nil: `none` for a sending domain that says nothing, `reject` for a parked one.
    package var dmarc: DMARCDeclaration?
    package var mtaSTS: MTASTSDeclaration?
    /// RFC 8460 `rua` URIs; empty: no record.
    package var tlsReports: [String]
    package var bimi: BIMIDeclaration?
    /// The domain's MX records; nil: not Signet's.
    package var mx: [MailExchanger]?
    package var sealsForwarded: Bool
    /// What must pass before the send gate opens.
    package var gateRequires: Set<GateRequirement>
    /// The domain's key in the manifest.
    package var span: SourceSpan

    package init(
        name: DomainName, provider: ProviderID? = nil, relay: RelayID? = nil, sends: Bool = true,
        timeToLiveSeconds: UInt32? = nil, spf: SPFDeclaration? = nil, dkim: DKIMDeclaration? = nil,
        dmarc: DMARCDeclaration? = nil, mtaSTS: MTASTSDeclaration? = nil, tlsReports: [String] = [],
        bimi: BIMIDeclaration? = nil, mx: [MailExchanger]? = nil, sealsForwarded: Bool = false,
        gateRequires: Set<GateRequirement> = Set(GateRequirement.allCases), span: SourceSpan
    ) {
        self.name = name
        self.provider = provider
        self.relay = relay
        self.sends = sends
        self.timeToLiveSeconds = timeToLiveSeconds
        self.spf = spf
        self.dkim = dkim
        self.dmarc = dmarc
        self.mtaSTS = mtaSTS
        self.tlsReports = tlsReports
        self.bimi = bimi
        self.mx = mx
        self.sealsForwarded = sealsForwarded
        self.gateRequires = gateRequires
        self.span = span
    }
}

extension DomainDeclaration {
    /// Nothing is declared, not even by defaults.
    package static let bare: DomainDeclaration = {
        let nowhere = SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0)
        return DomainDeclaration(
            name: .root, dkim: DKIMDeclaration(),
            dmarc: DMARCDeclaration(record: DMARCRecord(policy: .none), span: nowhere), span: nowhere)
    }()

    /// For how long a retired key's record stays in DNS, a parked domain's too.
    package var keyOverlap: Duration { dkim?.overlap ?? DKIMDeclaration().overlap }
}

package enum GateRequirement: String, Sendable, CaseIterable {
    case spf, dkim, dmarc
}

package struct SPFDeclaration: Sendable, Equatable {
    /// The terms that Signet owns, in the order of the record: `ip4`, `ip6`, `a`, `mx`, `exists`, `include`. Written
    /// before `all`. The relay's egress addresses are not among them, unless `spf` is not declared at all.
    package var terms: [SPFTerm]
    /// `all`'s qualifier; nil where `redirect` stands instead.
    package var all: SPFQualifier?
    /// Nobody has said it: a stricter one that stands there already stays.
    package var isAllImplied: Bool
    package var redirect: DomainName?
    /// Terms that Signet did not declare are removed.
    package var isExclusive: Bool
    /// Includes that are resolved into addresses.
    package var flatten: [DomainName]
    package var span: SourceSpan

    package init(
        terms: [SPFTerm], all: SPFQualifier?, isAllImplied: Bool = false, redirect: DomainName? = nil,
        isExclusive: Bool = false, flatten: [DomainName] = [], span: SourceSpan
    ) {
        self.terms = terms
        self.all = all
        self.isAllImplied = isAllImplied
        self.redirect = redirect
        self.isExclusive = isExclusive
        self.flatten = flatten
        self.span = span
    }
}

package struct DKIMDeclaration: Sendable, Equatable {
    package enum KeyType: String, Sendable, CaseIterable {
        case rsa2048, rsa3072, rsa4096, ed25519
    }

    /// Selectors are this and a number: `mm1`, `mm2`, ….
    package var selectorPrefix: String
    /// One key each, in this order.
    package var keys: [KeyType]
    /// nil: never by itself.
    package var rotateEvery: Duration?
    package var overlap: Duration
    /// `t=y` (RFC 6376 §3.6.1).
    package var isTesting: Bool

    package init(
        selectorPrefix: String = "signet", keys: [KeyType] = [.rsa2048, .ed25519], rotateEvery: Duration? = nil,
        overlap: Duration = .seconds(7 * 86400), isTesting: Bool = false
    ) {
        self.selectorPrefix = selectorPrefix
        self.keys = keys
        self.rotateEvery = rotateEvery
        self.overlap = overlap
        self.isTesting = isTesting
    }
}

package struct DMARCDeclaration: Sendable, Equatable {
    /// The record to publish.
    package var record: DMARCRecord
    /// Neither the domain nor `defaults` says anything: a policy that somebody has published already stays.
    package var isImplied: Bool
    package var span: SourceSpan

    package init(record: DMARCRecord, isImplied: Bool = false, span: SourceSpan) {
        self.record = record
        self.isImplied = isImplied
        self.span = span
    }
}

package struct MTASTSDeclaration: Sendable, Equatable {
    package enum Mode: String, Sendable, CaseIterable {
        case enforce, testing, none
    }

    package var mode: Mode
    /// Host names, possibly with a leading `*.` (RFC 8461 §3.2).
    package var mx: [String]
    package var maxAge: Duration

    package init(mode: Mode, mx: [String], maxAge: Duration) {
        self.mode = mode
        self.mx = mx
        self.maxAge = maxAge
    }
}

package struct BIMIDeclaration: Sendable, Equatable {
    /// An https URL of the SVG; empty declines to publish one.
    package var logo: String
    /// An https URL of the mark certificate.
    package var certificate: String?

    package init(logo: String, certificate: String? = nil) {
        self.logo = logo
        self.certificate = certificate
    }
}

package struct MailExchanger: Sendable, Hashable {
    package var preference: UInt16
    package var exchange: DomainName

    package init(preference: UInt16, exchange: DomainName) {
        self.preference = preference
        self.exchange = exchange
    }
}
