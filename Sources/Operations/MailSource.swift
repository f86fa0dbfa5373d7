package import DNS
import FoundationEssentials
import Keys
import Manifest
import MailAuth
import Reconcile

/// Whom a mail operation asks about names.
package struct MailResolution: Sendable {
    /// The manifest whose `settings.dns` counts; nil: none is read.
    package var manifestPath: String?
    /// Beside the manifest's, or in their place.
    package var stubs: [DomainName: [ServerAddress]]
    /// In place of the manifest's and of the system's; empty: theirs.
    package var resolvers: [ResolverAddress]

    package init(
        manifestPath: String? = nil, stubs: [DomainName: [ServerAddress]] = [:], resolvers: [ResolverAddress] = []
    ) {
        self.manifestPath = manifestPath
        self.stubs = stubs
        self.resolvers = resolvers
    }
}

/// What a message is signed or sealed with.
package enum MailKeys: Sendable {
    /// PEM files, each with its selector.
    case files([(path: String, selector: String)])
    /// A domain's active keys, or those of the selectors that are named.
    case keyring(manifestPath: String, selectors: [String])
}

extension Signet {
    /// Larger messages are refused; servers take a tenth of it.
    package static let mailOctetsMax = 256 << 20

    func mailNetwork(_ resolution: MailResolution) async throws(OperationError) -> any DNSNetwork {
        let loaded = try resolution.manifestPath.map { (path) throws(OperationError) in
            try load(Scope(manifestPath: path))
        }
        return try await mailNetwork(resolution, loaded)
    }

    /// With the manifest that `resolution` names.
    func mailNetwork(
        _ resolution: MailResolution, _ loaded: LoadedManifest?
    ) async throws(OperationError) -> any DNSNetwork {
        var manifest = loaded?.manifest ?? Manifest()
        let state = loaded.map(statePath) ?? manifest.settings.statePath
        manifest.settings.dns.stubs.merge(resolution.stubs) { $1 }
        if !resolution.resolvers.isEmpty { manifest.settings.dns.resolvers = resolution.resolvers }
        let store: any StateStore
        do { store = try ports.openStore(state, .readOnly) } catch { throw .store(error) }
        do { return try await ports.network(manifest, store) } catch { throw .other("\(error)") }
    }

    /// One key that signs for a domain.
    struct MailKey: Sendable {
        var selector: String
        var signer: Signer
    }

    /// - Parameters:
    ///   - domain: nil: of the one declaration that `isMeant` holds for.
    ///   - meaning: what those declarations have in common, for a reader.
    func mailKeys(
        _ keys: MailKeys, domain: DomainName?, meaning: String = "",
        isMeant: (DomainDeclaration) -> Bool = { _ in true }
    ) async throws(OperationError) -> (domain: DomainName?, declaration: DomainDeclaration?, keys: [MailKey]) {
        switch keys {
        case .files(let files):
            var read: [MailKey] = []
            for file in files {
                if let domain { try Self.check(selector: file.selector, domain) }
                let pem: [UInt8]
                do { pem = try await ports.secrets.secret(.file(file.path), relativeTo: ".") } catch {
                    throw .file("the private key cannot be read: \(error)")
                }
                do { read.append(MailKey(selector: file.selector, signer: try Signer(pem: pem))) } catch {
                    throw .keyring(
                        "\(file.path) holds no private key to sign with: \(error); an unencrypted PEM file with an RSA "
                            + "key of 2048 bits or more, or an Ed25519 key, is wanted")
                }
            }
            return (domain, nil, read)
        case .keyring(let path, let selectors):
            let loaded = try await loadWithDeclared(Scope(manifestPath: path))
            let meant = loaded.manifest.domains.filter(isMeant)
            let declaration: DomainDeclaration
            if let domain {
                guard let found = loaded.manifest.domain(domain) else {
                    throw .other(
                        "\(domain) is not a domain of the manifest \(path); declare it, name another with --domain, or "
                            + "sign with --key and --selector")
                }
                declaration = found
            } else if meant.count == 1 {
                declaration = meant[0]
            } else {
                throw .other(
                    "the manifest \(path) has \(meant.isEmpty ? "no domain" : "\(meant.count) domains")\(meaning); "
                        + (meant.isEmpty ? "declare it there" : "name one with --domain"))
            }
            return (declaration.name, declaration, try await mailKeys(of: declaration.name, selectors, loaded))
        }
    }

    private func mailKeys(
        of domain: DomainName, _ selectors: [String], _ loaded: LoadedManifest
    ) async throws(OperationError) -> [MailKey] {
        let store = try openStore(loaded, .readOnly)
        let known = try await keyRecords(loaded, store).filter {
            $0.id.domain == domain.text && $0.id.purpose == .dkim
        }
        var chosen: [KeyRecord] = []
        if selectors.isEmpty {
            chosen = DKIMKeyLife.signingKeys(of: domain, in: known)
            guard !chosen.isEmpty else {
                let told = known.map { "\($0.id.selector) is \($0.state.rawValue)" }.joined(separator: ", ")
                throw .keyring(
                    "\(domain) has no active key (\(told.isEmpty ? "it has none at all" : told)); run `signet apply` "
                        + "and `signet wait`, or choose one with --selector")
            }
        }
        for selector in selectors {
            let there = known.filter { $0.state.isLive || $0.state == .retiring }
            guard let key = there.first(where: { $0.id.selector == selector }) else {
                let there = there.map(\.id.selector)
                throw .keyring(
                    "\(domain) has no key with the selector \(selector); "
                        + (there.isEmpty ? "it has none at all" : "there is " + there.joined(separator: ", ")))
            }
            chosen.append(key)
        }
        let keyring = try await openKeyring(loaded, store)
        var keys: [MailKey] = []
        for key in chosen {
            do { keys.append(MailKey(selector: key.id.selector, signer: try await keyring.signer(for: key.id))) } catch
            {
                throw .keyring("\(error)")
            }
        }
        return keys
    }

    /// RFC 6376 §3.1: a selector is labels of a name.
    private static func check(selector: String, _ domain: DomainName) throws(OperationError) {
        do { _ = try domain.prepending("\(selector)._domainkey") } catch {
            throw .other("\(selector) is no selector: \(error)")
        }
    }
}

/// A message as it stands in a file: what is signed is its form on the wire, what is written are its own octets.
struct MailFile {
    let octets: [UInt8]
    let message: Message
    /// Its lines end in LF alone, or the first does: what is put in front of it has to end so too.
    let isInUnixForm: Bool

    init(_ octets: [UInt8]) throws(OperationError) {
        guard !octets.isEmpty else { throw .other("the message is empty") }
        self.octets = octets
        message = Message(file: octets)
        isInUnixForm = message.octets.count != octets.count
    }

    /// New fields, in wire form, before the message; what was there stays as it is, octet by octet.
    func prepending(_ fields: [UInt8]) -> (fields: [UInt8], message: [UInt8]) {
        let fields = isInUnixForm ? fields.filter { $0 != UInt8(ascii: "\r") } : fields
        return (fields, fields + octets)
    }

    /// What a signer should know.
    var notes: [String] {
        var notes: [String] = []
        if octets.contains(UInt8(ascii: "\r")), hasBareLineEnds {
            // RFC 5321 §2.3.8: CR and LF only go together.
            notes.append(
                "the message has bare CRs or LFs beside CRLFs; servers refuse or change such lines, and then its "
                    + "signatures fail")
        }
        return notes
    }

    private var hasBareLineEnds: Bool {
        var previous: UInt8 = 0
        for octet in octets {
            if (octet == UInt8(ascii: "\n")) != (previous == UInt8(ascii: "\r")) { return true }
            previous = octet
        }
        return false
    }
}
