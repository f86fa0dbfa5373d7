import DNS
import Diagnostics
import Manifest

/// What `signet init` is to write.
package struct InitRequest: Sendable {
    package enum Provider: String, Sendable, CaseIterable {
        case embedded, manual, powerdns
    }

    package var folder: String
    package var domain: String
    package var provider: Provider
    /// PowerDNS' API; only with that provider.
    package var providerURL: String?

    package init(folder: String, domain: String, provider: Provider, providerURL: String? = nil) {
        self.folder = folder
        self.domain = domain
        self.provider = provider
        self.providerURL = providerURL
    }
}

package struct InitReport: Sendable {
    /// In the order of writing.
    package var written: [String]
    package init(written: [String]) { self.written = written }
}

extension Signet {
    /// Writes `signet.yaml`, a key-encryption key beside the state, and what keeps both out of git. Nothing that exists
    /// is overwritten, and what `validate` would refuse is not written: then nothing is written at all.
    package func initialise(_ request: InitRequest) throws(OperationError) -> InitReport {
        let domain: DomainName
        do { domain = try DomainInput(domain: request.domain, aggregateReports: []).name } catch {
            throw .other(
                "\(ScalarText.quoted(request.domain)) is no domain to send from: \(error.reason); "
                    + "give what stands behind the @ of your addresses, such as mail.example.com")
        }
        let manifest = Self.manifest(request, domain)
        let path = Self.resolve("signet.yaml", in: request.folder)
        let result = ManifestLoader().load([SourceFile(path: path, bytes: Array(manifest.utf8))])
        guard result.manifest != nil else { throw .manifest(result.diagnostics, files: result.files) }
        let hex = ports.random(32).map { octet in
            let digits = String(octet, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
        // The manifest last: whatever cannot be written, the folder does not look as if it were done.
        let all: [(path: String, text: String, mode: UInt16)] = [
            (Self.resolve(".signet/.gitignore", in: request.folder), "*\n", 0o644),
            (Self.resolve(".signet/kek", in: request.folder), hex + "\n", 0o600),
            (path, manifest, 0o644),
        ]
        if let there = all.last(where: { ports.files.exists($0.path) }) {
            throw .file(
                "\(there.path) exists already, and init overwrites nothing; edit what is there, or name another --folder"
            )
        }
        for (path, text, mode) in all {
            do {
                try ports.files.write(Array(text.utf8), to: path, mode: mode, replacing: false)
            } catch {
                throw .file("\(error)")
            }
        }
        return InitReport(written: all.map(\.path))
    }

    private static func manifest(_ request: InitRequest, _ domain: DomainName) -> String {
        let provider =
            switch request.provider {
            case .embedded:
                "  main: { type: embedded, negative_ttl: 2s }   # our own responder on loopback, for trying out"
            case .manual: "  main: { type: manual }                         # prints what to publish, and waits for it"
            case .powerdns:
                "  main: { type: powerdns, url: \(ScalarText.quoted(request.providerURL ?? "http://127.0.0.1:8081")), "
                    + "api_key: { env: PDNS_API_KEY } }"
            }
        let ttl =
            request.provider == .embedded
            ? "\n  ttl: 2s          # seconds only because nothing but this machine asks" : ""
        return """
            version: 1

            settings:
              keyring:
                key: { file: .signet/kek }   # seals the private keys; keep it out of git, and keep a copy

            providers:
            \(provider)

            defaults:\(ttl)
              dkim: { keys: [rsa2048, ed25519] }
              dmarc: { policy: quarantine }

            domains:
              \(domain.text):
                provider: main
                spf: { ip4: [192.0.2.10], all: softfail }   # the addresses that your mail leaves from

            """
    }
}
