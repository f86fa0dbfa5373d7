import DNS
import Diagnostics

extension ManifestReader {
    mutating func readRelays(_ entries: [(key: Int32, value: Int32)]) {
        var taken: [String: Int32] = [:]
        for (key, value) in entries {
            guard let name = identifier(key, &taken) else { continue }
            let id = RelayID(rawValue: name)
            draft.relayPlaces[id] = ManifestDraft.Place(key: key, value: value)
            guard let fields = fields(RelayKey.self, of: value, owner: key) else { continue }
            let url = fields[.url].flatMap { relayURL($0) }
            let egress = fields[.egress].flatMap {
                list($0, of: "the addresses that mail leaves from", minimum: 1) { $0.address($1) }
            }
            let tls = fields[.tls].flatMap { choice($0, RelayDeclaration.TLS.self) } ?? .required
            if tls == .none, let url, !url.isInTheClearHere {
                sink.report(
                    .relayURL, at: arena.span(fields.key(.tls)!), label: "is for smtp:// on this machine only",
                    helps: ["remove `tls: none`: passwords and messages would go over the network in the clear"])
            }
            let authorities = fields[.certificateAuthorities].flatMap { text($0, .path) }
            let username = fields[.username].flatMap { text($0, .free) }
            let password = fields[.password].flatMap { secret($0) }
            if isComplete, fields.has(.username) != fields.has(.password) {
                let given: RelayKey = fields.has(.username) ? .username : .password
                let other: RelayKey = given == .username ? .password : .username
                sink.report(
                    .relayCredentials, at: arena.span(fields.key(given)!), label: "stands without `\(other.name)`",
                    helps: ["add `\(other.name)`, or remove `\(given.name)` for a relay that asks for neither"])
            }
            if isComplete, !fields.has(.egress) {
                sink.report(
                    .relayEgress, at: arena.span(key), label: "has no `egress`",
                    helps: ["list the addresses that the relay sends from: its provider publishes them"])
            }
            draft.manifest.relays[id] = RelayDeclaration(
                id: id, url: url?.withoutSlash ?? "", username: username, password: password, egress: egress ?? [],
                tls: tls, certificateAuthorities: authorities, span: arena.span(key))
        }
    }

    private mutating func relayURL(_ node: Int32) -> URLText? {
        guard let url = url(node, .relayURL, schemes: ["smtps", "smtp"], code: .relayURL) else { return nil }
        guard url.path.isEmpty || url.path == "/" else {
            sink.report(
                .relayURL, at: arena.span(node), label: "has a path", helps: ["write scheme, host and port only"])
            return nil
        }
        return url
    }
}

extension URLText {
    fileprivate var withoutSlash: String { path.isEmpty ? text : String(text.dropLast()) }
    fileprivate var isInTheClearHere: Bool { scheme == "smtp" && isLoopback }
}
