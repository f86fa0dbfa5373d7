import DNS
import MailAuth

/// Evaluating one sender again and again, every answer in memory.
enum SPFBenchmark {
    static func run(records path: String, address: String, domain: String, seconds span: Double) async {
        guard let octets = file(path), let address = IPAddress(address) else {
            return Main.stop("no records, or no address")
        }
        let lines = octets.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
        let verifier = SPFVerifier(
            resolver: MemoryResolver(
                lines.compactMap { line in
                    guard let blank = line.firstIndex(of: " ") else { return nil }
                    return (String(line[..<blank]), .txt, [.txt(TXTValue(String(line[line.index(after: blank)...])))])
                }))
        var done = 0
        var verdict = SPFVerdict.none
        let start = processorSeconds()
        var end = start
        repeat {
            for _ in 0..<100 {
                verdict = await verifier.check(
                    address: address, mailFrom: "user@\(domain)", helo: domain, unixTime: 1_800_000_000
                ).verdict
            }
            done += 100
            end = processorSeconds()
        } while end - start < span
        print(done, end - start, verdict.name)
    }
}
