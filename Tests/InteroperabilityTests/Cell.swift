import MailAuth

/// One way of signing.
struct Cell: Sendable, Hashable {
    let algorithms: [PeerKeys.Algorithm]
    let header: DKIMCanonicalization
    let body: DKIMCanonicalization

    var canonicalization: String { "\(header.rawValue)/\(body.rawValue)" }

    var algorithmName: String {
        algorithms.count > 1 ? "dual" : algorithms[0] == .rsa ? "RSA-2048" : "Ed25519"
    }

    static let algorithmSets: [[PeerKeys.Algorithm]] = [[.rsa], [.ed25519], [.rsa, .ed25519]]

    static let all = algorithmSets.flatMap { algorithms in
        DKIMCanonicalization.allCases.flatMap { header in
            DKIMCanonicalization.allCases.map { Cell(algorithms: algorithms, header: header, body: $0) }
        }
    }
}
