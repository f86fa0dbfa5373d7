import DNS
import Foundation
import Keys
import MailAuth
import TestSupport
import Transport

/// The keys that everybody signs with, as files for the peers, and DNS for all: a responder of ours on loopback.
final class PeerKeys: Sendable {
    enum Algorithm: String, CaseIterable, Sendable {
        case rsa = "rsa-sha256"
        case ed25519 = "ed25519-sha256"

        var selector: String { self == .rsa ? "r" : "e" }
    }

    static let domain = try! DomainName("d.example")

    let folder: URL
    /// `127.0.0.1:5300`.
    let nameServer: String
    private let responder: DNSResponder
    private let signers: [Algorithm: Signer]
    let resolver: any Resolver

    /// Made by the openssl command, because keys of ours do not leave Keys.
    init(in folder: URL) throws {
        self.folder = folder
        var signers: [Algorithm: Signer] = [:]
        var records: [String: String] = [:]
        for algorithm in Algorithm.allCases {
            let path = folder.appending(path: algorithm.selector + ".pem").path
            let words =
                algorithm == .rsa
                ? ["genrsa", "-traditional", "-out", path, "2048"] : ["genpkey", "-algorithm", "ed25519", "-out", path]
            let made = try ChildProcess.run("openssl", words)
            guard made.status == 0 else { throw Lab.Failure(description: "openssl: \(made.all)") }
            let signer = try Signer(pem: Array(try Data(contentsOf: URL(filePath: path))))
            signers[algorithm] = signer
            records["\(algorithm.selector)._domainkey.d.example"] = DKIMRecord(publicKey: signer.publicKey).text
        }
        self.signers = signers
        let text = records.map { "\($0) \($1)\n" }.joined()
        try Data(text.utf8).write(to: folder.appending(path: "keys.txt"))
        let authority = ZoneAuthority(
            apex: Self.domain,
            startOfAuthority: StartOfAuthority(
                primary: Self.domain, mailbox: Self.domain, serial: 1, refresh: 3600, retry: 600, expire: 86400,
                minimum: 60), timeToLiveSeconds: 60)
        let zone = DNSZoneTable(
            authority,
            try records.map {
                RecordSet(try DomainName($0), .txt, timeToLiveSeconds: 300, data: [.txt(TXTValue($1))])
            })
        responder = try DNSResponder(zones: zone)
        nameServer = responder.address.description
        resolver = ZoneResolver(zone: zone)
    }

    deinit { responder.stop() }

    func pem(_ algorithm: Algorithm) -> String { folder.appending(path: algorithm.selector + ".pem").path }

    func signer(_ algorithm: Algorithm) -> Signer { signers[algorithm]! }

    /// What a peer's driver finds in its environment.
    var environment: [String: String] {
        ["SIGNET_DNS": nameServer, "SIGNET_KEYS": folder.appending(path: "keys.txt").path]
    }
}

private struct ZoneResolver: Resolver {
    let zone: DNSZoneTable

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        switch zone.answer(name, type) {
        case .records(let set): .found(set.data, timeToLiveSeconds: set.timeToLiveSeconds)
        case .noData: .noData
        case .noSuchName: .noSuchName
        default: .failed("not of this zone")
        }
    }
}
