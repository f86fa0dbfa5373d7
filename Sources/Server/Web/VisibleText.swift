import Diagnostics

/// Text of a message for a page: characters that draw nothing or turn directions, and letters that pass for others, are
/// marked and named, so that what an approver reads is what is there.
struct VisibleText {
    /// What kind of text it is.
    enum Kind: Sendable {
        /// Names, subjects and the like: one line. What looks like an address in it is read as one, here and in bodies.
        case line
        /// Mail addresses, domains: any letter beyond ASCII is marked.
        case address
        /// Lines of a body: tabs and line ends stand as they are.
        case body
    }

    enum Run: Equatable {
        case plain(String)
        /// Draws nothing, or changes how others are drawn.
        case unseen(Unicode.Scalar)
        /// Looks like another letter.
        case lookalike(Unicode.Scalar)
    }

    private(set) var runs: [Run] = []

    init(_ text: String, _ kind: Kind = .line) {
        var plain = ""
        func flush(into runs: inout [Run]) {
            if !plain.isEmpty { runs.append(.plain(plain)) }
            plain = ""
        }
        let scalars = Array(text.unicodeScalars)
        let places = Self.places(scalars, kind)
        var rest = scalars[...]
        while let first = rest.first {
            let place = places[rest.startIndex]
            let word = rest.prefix { $0.properties.isAlphabetic || $0.properties.generalCategory == .nonspacingMark }
            if word.isEmpty {
                rest.removeFirst()
                if SafeText.isUnseen(first), !(kind == .body && (first == "\t" || first == "\n")) {
                    flush(into: &runs)
                    runs.append(.unseen(first))
                } else if !first.isASCII, place.marks(first) || Self.passesForLatin(first) {
                    flush(into: &runs)
                    runs.append(.lookalike(first))
                } else {
                    plain.unicodeScalars.append(first)
                }
                continue
            }
            rest = rest.dropFirst(word.count)
            let isSuspect = place == .host || Self.isSuspect(word)
            for scalar in word {
                if SafeText.isUnseen(scalar) {
                    flush(into: &runs)
                    runs.append(.unseen(scalar))
                } else if !scalar.isASCII,
                    place.marks(scalar) || Self.passesForLatin(scalar)
                        || isSuspect && Self.script(of: scalar) != .latin && Self.script(of: scalar) != .other
                {
                    flush(into: &runs)
                    runs.append(.lookalike(scalar))
                } else {
                    plain.unicodeScalars.append(scalar)
                }
            }
        }
        flush(into: &runs)
    }

    /// A mailbox or a list of them (RFC 5322 §3.4): what stands in angle brackets is an address, and so is what stands
    /// without any between commas, if it has an `@`, or alone.
    init(mailbox text: String) {
        guard text.contains("<") else {
            self.init(text, .address)
            return
        }
        self.init("")
        for piece in Self.pieces(text) {
            let name = piece.prefix { $0 != "<" }
            let isBare = name.endIndex == piece.endIndex && name.contains("@")
            runs += VisibleText(String(name), isBare ? .address : .line).runs
            var rest = piece[name.endIndex...]
            while !rest.isEmpty {
                let address = rest.prefix { $0 != ">" }
                let between = rest[address.endIndex...].prefix { $0 != "<" }
                runs += VisibleText(String(address), .address).runs + VisibleText(String(between), .line).runs
                rest = rest[between.endIndex...]
            }
        }
    }

    /// Up to and with each comma that stands in no quoted string; one that never ends quotes nothing.
    private static func pieces(_ list: String, minding quotes: Bool = true) -> [Substring] {
        var pieces: [Substring] = []
        var start = list.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in list.indices {
            switch list[index] {
            case _ where isEscaped: isEscaped = false
            case "\\" where isQuoted: isEscaped = true
            case "\"" where quotes: isQuoted.toggle()
            case "," where !isQuoted:
                let end = list.index(after: index)
                pieces.append(list[start..<end])
                start = end
            default: break
            }
        }
        if isQuoted { return Self.pieces(list, minding: false) }
        if start < list.endIndex { pieces.append(list[start...]) }
        return pieces
    }

    /// Whether anything in it is marked.
    var hasMarks: Bool { runs.contains { if case .plain = $0 { false } else { true } } }

    var markup: Markup {
        .group(
            runs.map { run in
                switch run {
                case .plain(let text): .text(text)
                case .unseen(let scalar):
                    .element(.mark, [.class("unseen"), .title(Self.name(scalar))], [.text(SafeText.escape(scalar))])
                case .lookalike(let scalar):
                    .element(
                        .mark, [.class("lookalike"), .title(Self.name(scalar))],
                        [.text(String(scalar)), .element(.span, [.class("code")], [.text(SafeText.escape(scalar))])])
                }
            })
    }

    private static func name(_ scalar: Unicode.Scalar) -> String {
        scalar.properties.name ?? scalar.properties.nameAlias ?? "unnamed character"
    }

    // MARK: addresses in texts

    /// What a character stands in.
    private enum Place {
        case text
        /// Two words with a full stop between them, the last of ASCII letters: a domain, or the end of a sentence.
        case host
        /// A mail address or a URL in a text.
        case link
        /// The whole text is an address.
        case address

        /// Whether a character beyond ASCII is marked for where it stands.
        func marks(_ scalar: Unicode.Scalar) -> Bool {
            switch self {
            case .text, .host: false
            // Where words are written without spaces, a sentence goes on behind a link.
            case .link: !VisibleText.isEastAsian(scalar)
            case .address: true
            }
        }
    }

    private static func places(_ scalars: [Unicode.Scalar], _ kind: Kind) -> [Place] {
        guard kind != .address else { return Array(repeating: .address, count: scalars.count) }
        var places = Array(repeating: Place.text, count: scalars.count)
        for token in scalars.split(whereSeparator: endsLink) {
            let place = place(of: token)
            if place != .text { for index in token.indices { places[index] = place } }
        }
        return places
    }

    /// White space, and what stands around links in text and HTML.
    private static func endsLink(_ scalar: Unicode.Scalar) -> Bool {
        if scalar.isASCII { return scalar.value <= 0x20 || "<>\"'()[]{},;|".unicodeScalars.contains(scalar) }
        switch scalar.properties.generalCategory {
        case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation, .dashPunctuation,
            .spaceSeparator, .lineSeparator, .paragraphSeparator:
            return true
        default: return false
        }
    }

    private static func place(of token: ArraySlice<Unicode.Scalar>) -> Place {
        let isMailbox = token.dropFirst().dropLast().contains("@")
        let isNamed = token.prefix(4).map(\.properties.lowercaseMapping).joined() == "www."
        let hasScheme =
            zip(token.dropFirst(), token.dropFirst(2)).contains { $0 == "/" && $1 == "/" }
            && token.contains(":")
        if isMailbox || isNamed || hasScheme { return .link }
        let labels = token.prefix { !["/", ":", "?", "#"].contains($0) }.split(separator: ".")
        guard labels.count > 1, let last = labels.last, last.count > 1,
            last.allSatisfy({ $0.isASCII && $0.properties.isAlphabetic })
        else { return .text }
        return .host
    }

    private static func isEastAsian(_ scalar: Unicode.Scalar) -> Bool {
        // Kana, Bopomofo, Hangul.
        scalar.properties.isIdeographic
            || [0x3040...0x31BF, 0x1100...0x11FF, 0xAC00...0xD7AF].contains {
                $0.contains(scalar.value)
            }
    }

    // MARK: letters that look like others

    private enum Script { case latin, phonetic, number, greek, coptic, cyrillic, armenian, cherokee, lisu, other }

    /// Those of Unicode's scripts and blocks whose letters are drawn like Latin ones (Unicode Technical Standard 39 §4).
    private static func script(of scalar: Unicode.Scalar) -> Script {
        switch scalar.value {
        // Dotless i and j; IPA, small capitals, and what else no language's common letters are among.
        case 0x131, 0x237, 0x250...0x2AF, 0x1D00...0x1DBF, 0x2C60...0x2C7F, 0xA720...0xA7FF, 0xAB30...0xAB6F: .phonetic
        case 0x2150...0x218F, 0x249C...0x24E9: .number
        case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF: .latin
        case 0x3E2...0x3EF, 0x2C80...0x2CFF: .coptic
        case 0xA4D0...0xA4FF, 0x11FB0: .lisu
        case 0x370...0x3FF, 0x1F00...0x1FFF: .greek
        case 0x400...0x52F, 0x1C80...0x1C8F, 0xA640...0xA69F: .cyrillic
        case 0x531...0x58F: .armenian
        case 0x13A0...0x13FF, 0xAB70...0xABBF: .cherokee
        default: .other
        }
    }

    /// Letters for which a Latin one could be read: those of UTS 39's confusables that are drawn alike in common fonts.
    private static let drawnAlike = Set(
        ("аеорсухіјѕһԁԛԝӏүґАВЕКМНОРСТХІЈЅҮԌԚԜӀ" + "αινορυχγκωΑΒΕΖΗΙΚΜΝΟΡΤΥΧ" + "օսոհցզԼՍՕ").unicodeScalars)

    /// A word of two of these scripts (UTS 39 §5.1), or one of another script that could be read as a Latin word whole.
    private static func isSuspect(_ word: ArraySlice<Unicode.Scalar>) -> Bool {
        let letters = word.filter { $0.properties.isAlphabetic }
        let scripts = Set(letters.map { script(of: $0) }).subtracting([.other])
        if scripts.count > 1 { return true }
        // Shorter ones are common words of those languages.
        return scripts.first != .latin && letters.count >= 3
            && letters.allSatisfy { drawnAlike.contains($0) || [.phonetic, .number].contains(script(of: $0)) }
    }

    /// Latin letters and full stops by another number: full-width, mathematical, letter-like.
    private static func passesForLatin(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFF01...0xFF5E, 0x1D400...0x1D7FF, 0x2100...0x214F, 0x2024, 0x2044, 0x2215, 0x29F8, 0x3002, 0xFF61,
            0x1F100...0x1F189:
            // Signs that everybody knows for what they are.
            ![0x2116, 0x2122, 0x2126].contains(scalar.value)
        default: false
        }
    }
}
