import DNS
import MailAuth

/// An outgoing message made of what a caller may pass: nine texts with 0x1E between them. What is built has exactly the
/// fields that were asked for, and nothing that a caller wrote starts a field or a line of its own.
enum BuilderFuzz {
    private struct Counter: RandomNumberGenerator {
        var state: UInt64 = 0

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            return state
        }
    }

    static func run(_ octets: [UInt8]) {
        var texts = octets.split(separator: 0x1E, maxSplits: 8, omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        texts += Array(repeating: "", count: 9 - texts.count)
        var builder = MessageBuilder(
            from: .init(texts[0], name: texts[1]), unixTime: 1_800_000_000, messageID: "1@d.example")
        if !texts[2].isEmpty { builder.to = [.init(texts[2], name: texts[1])] }
        builder.subject = texts[3]
        if !texts[4].isEmpty { builder.headers = [.init(texts[4], texts[5])] }
        builder.text = texts[6]
        if !texts[7].isEmpty { builder.html = texts[7] }
        if !texts[8].isEmpty { builder.attachments = [.init(filename: texts[8], content: octets)] }
        var generator = Counter()
        guard let built = try? builder.build(using: &generator) else { return }
        check(Message(built.octets), built, builder)
    }

    private static func check(_ message: Message, _ built: MessageBuilder.Message, _ builder: MessageBuilder) {
        var lineStart = 0
        var previous: UInt8 = 0
        for (index, octet) in built.octets.enumerated() {
            promise((octet == 0x0A) == (previous == 0x0D) || octet == 0x0D && previous != 0x0D, "no bare CR or LF")
            if octet == 0x0A {
                promise(index - lineStart - 1 <= MessageBuilder.lineOctetsMax, "no line is too long")
                lineStart = index + 1
            }
            promise(octet < 0x80 || built.needsSMTPUTF8, "7-bit, unless it says otherwise")
            previous = octet
        }
        promise(lineStart == built.octets.count, "the last line ends")
        promise(message.fields(named: "from").count == 1, "one From")
        // Without a recipient to show, To says so: `undisclosed-recipients:;`.
        promise(message.fields(named: "to").count <= 1, "one To")
        promise(message.fields(named: "subject").count <= 1, "one Subject")
        let mimeFields = message.fields.count {
            String(decoding: $0.name, as: UTF8.self).lowercased().hasPrefix("content-")
        }
        promise(mimeFields <= 3, "Content fields are the builder's own")
        guard case .success = DMARCVerifier.author(of: message) else {
            fatalError("broken promise: a receiver finds the author")
        }
    }
}
