import Keys

/// Encoded words (RFC 2047): how a header field of ASCII carries other text.
enum EncodedWord {
    /// RFC 2047 §2.
    static let octetsMax = 75
    /// RFC 2047 §2: a line with an encoded word in it.
    static let columnsMax = 76
    /// Plain words up to this length stay plain: they fit a line of 998 octets with the field's name before them.
    static let unfoldedWordOctetsMax = 900

    /// One character in Q: four octets, each as `=XX`.
    private static let roomMin = 12

    private static let prefix = "=?utf-8?"
    private static let suffix = "?="

    /// The text in words of at most 75 octets, in whichever of B and Q is shorter; no word ends within a character
    /// (RFC 2047 §5).
    ///
    /// - Parameters:
    ///   - firstColumn: where the first word will stand, so that its line keeps to 76 columns.
    ///   - mayFold: whether a line may end before the first word; then what fits one word is not split.
    static func words(_ text: String, firstColumn: Int, mayFold: Bool) -> [String] {
        let octets = Array(text.utf8)
        let isQ = octets.reduce(0) { $0 + qWidth($1) } <= (octets.count + 2) / 3 * 4
        let overhead = prefix.utf8.count + 2 + suffix.utf8.count
        var words: [String] = []
        var pending: [UInt8] = []
        func width(_ octets: [UInt8]) -> Int {
            isQ ? octets.reduce(0) { $0 + qWidth($1) } : (octets.count + 2) / 3 * 4
        }
        let fullRoom = octetsMax - overhead
        let firstRoom = columnsMax - firstColumn - overhead
        // With too little room in the first line, the word starts the next one.
        var room =
            firstRoom < roomMin || mayFold && width(octets) <= fullRoom ? fullRoom : min(firstRoom, fullRoom)
        for scalar in text.unicodeScalars {
            let next = Array(String(scalar).utf8)
            if !pending.isEmpty, width(pending + next) > room {
                words.append(word(pending, isQ: isQ))
                pending = []
                room = fullRoom
            }
            pending += next
        }
        if !pending.isEmpty { words.append(word(pending, isQ: isQ)) }
        return words
    }

    private static func word(_ octets: [UInt8], isQ: Bool) -> String {
        isQ ? prefix + "q?" + qText(octets) + suffix : prefix + "b?" + Base64.encodeText(octets) + suffix
    }

    /// RFC 2047 §5 (3): in a display name only these stand for themselves; a space is `_`.
    private static func isPlainInQ(_ octet: UInt8) -> Bool {
        octet.isASCIIAlphanumeric || octet == UInt8(ascii: "!") || octet == UInt8(ascii: "*")
            || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "/")
    }

    private static func qWidth(_ octet: UInt8) -> Int { isPlainInQ(octet) || octet == .space ? 1 : 3 }

    private static func qText(_ octets: [UInt8]) -> String {
        var text: [UInt8] = []
        for octet in octets {
            if isPlainInQ(octet) {
                text.append(octet)
            } else if octet == .space {
                text.append(UInt8(ascii: "_"))
            } else {
                text += QuotedPrintable.escape(octet)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Finding encoded words where none should be.
extension EncodedWord {
    /// Whether something in it starts like an encoded word.
    static func mayStart(in octets: [UInt8]) -> Bool {
        octets.indices.dropLast().contains {
            octets[$0] == UInt8(ascii: "=") && octets[$0 + 1] == UInt8(ascii: "?")
        }
    }

    /// Whether a reader would decode a part of it: `=?charset?B-or-Q?text?=`. White space inside is let pass, because
    /// readers in use decode that too.
    static func isFound(in octets: [UInt8]) -> Bool {
        for index in octets.indices.dropLast()
        where octets[index] == UInt8(ascii: "=") && octets[index + 1] == UInt8(ascii: "?") {
            let parts = octets[(index + 2)...].split(
                separator: UInt8(ascii: "?"), maxSplits: 3, omittingEmptySubsequences: false)
            guard parts.count == 4, parts[1].count == 1, let encoding = parts[1].first?.asciiLowercased,
                encoding == UInt8(ascii: "b") || encoding == UInt8(ascii: "q"),
                parts[3].first == UInt8(ascii: "=")
            else { continue }
            return true
        }
        return false
    }
}
