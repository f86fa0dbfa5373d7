import DNS
import Diagnostics
import MailAuth

/// What a policy's terms say together: look-ups, loops, everybody allowed, names that stand in two places.
enum SPFTermsRule {
    /// Whether a policy may break this rule or the one on its size.
    static func suspects(_ spf: SPFDeclaration, of domain: DomainName) -> Bool {
        if spf.terms.count >= SPFRecord.lookUpsMax || spf.all == .pass || !spf.flatten.isEmpty || spf.redirect == domain
        {
            return true
        }
        // With fewer terms than that, only long names make a record long.
        var octets = 0
        for term in spf.terms {
            switch term.mechanism {
            case .include(let name):
                if name == domain.text { return true }
                octets += name.utf8.count
            case .exists(let name), .a(let name?, _, _), .mx(let name?, _, _), .ptr(let name?):
                octets += name.utf8.count
            case .ip4, .ip6, .all, .a, .mx, .ptr: octets += 40
            }
        }
        return octets > 200
    }

    static func check(_ draft: ManifestDraft, _ sink: inout FindingSink) {
        for index in draft.domains(with: .suspectSPF, from: .spf) {
            guard let spf = draft.manifest.domains[index].spf else { continue }
            lookUps(spf, draft, index, &sink)
            flattened(spf, draft, index, &sink)
            if spf.all == .pass {
                sink.report(
                    .spfAllPass, at: draft.span(ofDomain: index, [DomainKey.spf.name, SPFKey.all.name]),
                    label: "allows every server in the world", helps: ["write `softfail` or `fail`"])
            }
            if draft.domainPlaces[index].has(.spf) { loops(spf, draft, index, &sink) }
        }
        // The defaults' policy loops in the domains that it names.
        guard let inherited = draft.defaultSPF else { return }
        for name in targets(inherited) {
            guard let domain = try? DomainName(name), let index = draft.domainIndex(domain),
                draft.domainPlaces[index].facts.contains(.sends), !draft.domainPlaces[index].has(.spf)
            else { continue }
            loops(inherited, draft, index, &sink)
        }
    }

    private static func targets(_ spf: SPFDeclaration) -> [String] {
        var names = includes(spf)
        if let redirect = spf.redirect { names.append(redirect.text) }
        return names
    }

    private static func includes(_ spf: SPFDeclaration) -> [String] {
        spf.terms.compactMap { if case .include(let name) = $0.mechanism { name } else { nil } }
    }

    /// RFC 7208 §4.6.4: include, a, mx, ptr, exists and redirect count.
    private static func lookUps(_ spf: SPFDeclaration, _ draft: ManifestDraft, _ index: Int, _ sink: inout FindingSink)
    {
        var counts: [SPFKey: Int] = [:]
        for term in spf.terms {
            switch term.mechanism {
            case .include: counts[.include, default: 0] += 1
            case .a: counts[.a, default: 0] += 1
            case .mx: counts[.mx, default: 0] += 1
            case .exists: counts[.exists, default: 0] += 1
            case .ptr, .ip4, .ip6, .all: break
            }
        }
        if spf.redirect != nil { counts[.redirect] = 1 }
        let total = counts.values.reduce(0, +)
        guard total > SPFRecord.lookUpsMax else { return }
        // The term that goes beyond the limit, in the order of the record.
        var before = 0
        for key in [SPFKey.a, .mx, .exists, .include, .redirect] {
            let count = counts[key] ?? 0
            if before + count > SPFRecord.lookUpsMax {
                let path = [DomainKey.spf.name, key.name]
                let item = SPFRecord.lookUpsMax - before
                let place = draft.node(ofDomain: index, path, item: item).map { draft.arena.span($0) }
                sink.report(
                    .spfLookUps, at: place ?? draft.span(ofDomain: index, path), label: "brings the total to \(total)",
                    notes: ["RFC 7208 §4.6.4 allows \(SPFRecord.lookUpsMax); receivers then answer permerror"],
                    helps: ["remove an include, list it under `flatten`, or send from a subdomain"])
                return
            }
            before += count
        }
    }

    private static func flattened(
        _ spf: SPFDeclaration, _ draft: ManifestDraft, _ index: Int, _ sink: inout FindingSink
    ) {
        guard !spf.flatten.isEmpty else { return }
        let names = Set(includes(spf))
        for (item, name) in spf.flatten.enumerated() where names.contains(name.text) {
            sink.report(
                .flattenedInclude,
                at: draft.span(ofDomain: index, [DomainKey.spf.name, SPFKey.flatten.name], item: item),
                label: "stands under `include` too",
                helps: ["remove it from `include`: flattening replaces the include"])
        }
    }

    private static func loops(_ spf: SPFDeclaration, _ draft: ManifestDraft, _ index: Int, _ sink: inout FindingSink) {
        let own = draft.manifest.domains[index].name
        func report(_ path: [String], _ item: Int?, _ sink: inout FindingSink) {
            sink.report(
                .spfLoop, at: draft.span(ofDomain: index, path, item: item), label: "is the policy of \(own) itself",
                notes: ["RFC 7208 §4.6.4: the look-ups never end, and receivers answer permerror"],
                helps: ["remove it; the domain's own terms are listed right here"])
        }
        for (item, name) in includes(spf).enumerated() where name == own.text {
            report([DomainKey.spf.name, SPFKey.include.name], item, &sink)
        }
        if spf.redirect == own { report([DomainKey.spf.name, SPFKey.redirect.name], nil, &sink) }
    }
}
