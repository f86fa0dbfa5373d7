import DNS
import Transport

/// Asks one server for the TXT record of every name of a file, as a plan does.
enum LookUpBenchmark {
    static func run(address: String, port: String, names path: String) async {
        guard let server = ServerAddress("\(address):\(port)"), let octets = file(path) else {
            return Main.stop("no server, or no names")
        }
        let questions = octets.split(separator: 0x0A).compactMap { line in
            (try? DomainName(String(decoding: line, as: UTF8.self))).map {
                ServerQuestion(server: server, name: $0, type: .txt)
            }
        }
        let client = DNSClient(httpClient: HTTPClient())
        let start = seconds()
        let replies = await client.ask(questions)
        let end = seconds()
        let answers = replies.count {
            if case .answer(let answer) = $0, case .records = answer.outcome { true } else { false }
        }
        print(questions.count, answers, end - start)
    }
}
