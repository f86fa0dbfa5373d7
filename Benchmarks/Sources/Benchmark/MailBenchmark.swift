import CReference
import DNS
import Keys
import MailAuth

/// Signing and verifying a message whole, from its octets on, beside OpenSSL's bare operation with the same key.
struct MailBenchmark {
    private let reference: OpaquePointer
    private let signer: DKIMSigner
    private let octets: [UInt8]
    private let batch: Int
    private static let time: Int64 = 1_800_000_000

    init?(isRSA: Bool, octets count: Int) {
        guard let reference = reference_new(isRSA ? 1 : 0) else { return nil }
        self.reference = reference
        var length = 0
        let pem = reference_pem(reference, &length)!.withMemoryRebound(to: UInt8.self, capacity: length) {
            Array(UnsafeBufferPointer(start: $0, count: length))
        }
        guard let key = try? Signer(pem: pem), let domain = try? DomainName("mail.example.com") else { return nil }
        signer = DKIMSigner(domain: domain, selector: "mm1", key: key)
        octets = Self.message(octets: count)
        batch = 16
    }

    /// Some dozen header fields and a body of lines of text, as many octets as asked for.
    static func message(octets: Int) -> [UInt8] {
        let header = """
            Received: from client.example.com (client.example.com [192.0.2.10])
            \tby mail.example.com with ESMTPSA id 4a7b9c; Fri, 15 Jan 2027 08:00:00 +0000
            From: Onboarding <onboarding@mail.example.com>
            To: Ada Example <ada@receiver.example>
            Cc: oversight@example.com
            Subject: Your account is ready, and what comes next
            Date: Fri, 15 Jan 2027 08:00:00 +0000
            Message-ID: <20270115080000.4a7b9c@mail.example.com>
            In-Reply-To: <20270114.1@receiver.example>
            References: <20270113.1@receiver.example> <20270114.1@receiver.example>
            MIME-Version: 1.0
            Content-Type: text/plain; charset=utf-8
            Content-Transfer-Encoding: 8bit
            Auto-Submitted: auto-generated


            """
        var text = Array(header.utf8).flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }
        let line = Array("The quick brown fox jumps over the lazy dog, and then it does so once again.\r\n".utf8)
        while text.count + line.count <= octets { text += line }
        return text
    }

    func sign(rounds: Int) {
        for _ in 0..<rounds {
            let ours = rate(of: batch) {
                for _ in 0..<batch {
                    guard (try? signer.sign(Message(octets), unixTime: Self.time)) != nil else {
                        fatalError("signing failed")
                    }
                }
            }
            let raw = rate(of: batch) {
                if reference_sign(reference, Int32(batch)) != 1 { fatalError("OpenSSL failed") }
            }
            print(ours, raw)
        }
    }

    func verify(rounds: Int) async {
        let signed = try! signer.sign(Message(octets), unixTime: Self.time) + octets
        let record = DKIMRecord(publicKey: signer.key.publicKey)
        let resolver = MemoryResolver([
            ("mm1._domainkey.mail.example.com", .txt, [.txt(TXTValue(joined: Array(record.text.utf8)))])
        ])
        let verifier = DKIMVerifier(resolver: resolver)
        for _ in 0..<rounds {
            let ours = await rate(of: batch) {
                for _ in 0..<batch {
                    let results = await verifier.verify(Message(signed), unixTime: Self.time)
                    guard results.count == 1, results[0].verdict == .pass else { fatalError("\(results)") }
                }
            }
            let raw = rate(of: batch) {
                if reference_verify(reference, Int32(batch)) != 1 { fatalError("OpenSSL failed") }
            }
            print(ours, raw)
        }
    }
}

/// Every answer in memory.
struct MemoryResolver: Resolver {
    private let answers: [RecordSetKey: LookUpAnswer]

    init(_ records: [(name: String, type: RecordType, data: [RecordData])]) {
        answers = Dictionary(
            uniqueKeysWithValues: records.map {
                (RecordSetKey(try! DomainName($0.name), $0.type), .found($0.data, timeToLiveSeconds: 300))
            })
    }

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        answers[RecordSetKey(name, type)] ?? .noSuchName
    }
}
