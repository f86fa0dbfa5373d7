/// What a server offers in its answer to EHLO (RFC 5321 §4.1.1.1), as far as it is used here.
struct SMTPExtensions: Equatable {
    /// RFC 2920.
    var pipelining = false
    /// RFC 6152.
    var eightBitMIME = false
    /// RFC 6531.
    var internationalized = false
    /// RFC 1870: offered, and the largest message if one is named.
    var size = false
    var octetsMax: Int?

    init() {}

    /// From the lines of the reply after the first, which greets.
    init(lines: some Sequence<String>) {
        for line in lines {
            let words = line.split(separator: " ")
            guard let keyword = words.first?.uppercased() else { continue }
            switch keyword {
            case "PIPELINING": pipelining = true
            case "8BITMIME": eightBitMIME = true
            case "SMTPUTF8": internationalized = true
            case "SIZE":
                size = true
                // RFC 1870 §3: zero, or nothing, is no fixed maximum.
                octetsMax = words.count > 1 ? Int(words[1]).flatMap { $0 > 0 ? $0 : nil } : nil
            default: break
            }
        }
    }
}
