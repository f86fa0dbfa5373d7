import DNS

/// A DNS message from the wire, read whole and read as the reply to a question.
enum DNSWireFuzz {
    private static let server = ServerAddress("127.0.0.1:53")!

    static func run(_ octets: [UInt8]) {
        let id = octets.count < 2 ? 0 : UInt16(octets[0]) << 8 | UInt16(octets[1])
        var name = try! DomainName("www.example.com")
        var type = RecordType.txt
        if let message = try? DNSMessage(wire: octets) {
            if let question = message.questions.first { (name, type) = (question.name, question.type) }
            let written = message.wireOctets()
            guard let read = try? DNSMessage(wire: written) else {
                promise(written.count > DNSMessage.octetsMax - 512, "what was written can be read")
                return
            }
            promise(
                read == message || read.flags.isTruncated || written.count > DNSMessage.octetsMax - 512,
                "what was written reads as the same")
            let short = message.wireOctets(octetsMax: 512)
            _ = try? DNSMessage(wire: short)
        }
        let question = ServerQuestion(server: server, name: name, type: type)
        _ = ReplyReader.read(octets, id: id, for: question)
    }
}
