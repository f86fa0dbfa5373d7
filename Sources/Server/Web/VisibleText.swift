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
        for (scalar, isLookalike) in zip(scalars, Self.lookalikes(scalars, kind)) {
            if SafeText.isUnseen(scalar), !(kind == .body && (scalar == "\t" || scalar == "\n")) {
                flush(into: &runs)
                runs.append(.unseen(scalar))
            } else if isLookalike {
                flush(into: &runs)
                runs.append(.lookalike(scalar))
            } else {
                plain.unicodeScalars.append(scalar)
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

    /// Whether each of them is marked for what it could be taken for. ASCII never is.
    private static func lookalikes(_ scalars: [Unicode.Scalar], _ kind: Kind) -> [Bool] {
        guard kind != .address else { return scalars.map { !$0.isASCII } }
        var marks = scalars.indices.map { passesForLatin(scalars[$0]) || isStopWithinHost($0, scalars) }
        func mark(_ places: Range<Int>, where isMarked: (Unicode.Scalar) -> Bool) {
            for index in places where !scalars[index].isASCII && isMarked(scalars[index]) { marks[index] = true }
        }
        let words = scalars.indices.split { !isOfWord(scalars[$0]) }
        for (number, word) in words.enumerated() {
            let neighbours = words[max(number - 1, 0)..<min(number + 2, words.count)].filter { $0 != word }
            if isSuspect(scalars[word], beside: neighbours.map { scalars[$0] }) {
                mark(word) { ![.latin, .other].contains(scriptInText(of: $0)) }
            }
        }
        for token in scalars.indices.split(whereSeparator: { endsLink($0, scalars) }) {
            let link = linkStart(in: scalars[token])
            mark(link..<token.endIndex) { isOfName($0) && !isEastAsian($0) }
            for label in hostLabels(scalars[token.startIndex..<link]) where isSuspect(label: label) {
                mark(label.indices) { ![.latin, .other].contains(script(of: $0)) }
            }
        }
        return marks
    }

    private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isAlphabetic || scalar.properties.generalCategory == .nonspacingMark
    }

    // MARK: addresses in texts

    /// White space, and what stands around links in text and HTML.
    private static func endsLink(_ index: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        let scalar = scalars[index]
        if scalar.isASCII { return scalar.value <= 0x20 || "<>\"'()[]{},;|".unicodeScalars.contains(scalar) }
        // An ideographic comma.
        if scalar == "\u{3001}" { return true }
        if isIdeographicStop(scalar) { return !isStopWithinHost(index, scalars) }
        switch scalar.properties.generalCategory {
        case .openPunctuation, .closePunctuation, .initialPunctuation, .finalPunctuation, .dashPunctuation,
            .spaceSeparator, .lineSeparator, .paragraphSeparator:
            return true
        default: return false
        }
    }

    private static func isIdeographicStop(_ scalar: Unicode.Scalar) -> Bool {
        scalar == "\u{3002}" || scalar == "\u{FF61}"
    }

    /// An ideographic full stop ends sentences; in a host it is read as a dot (Unicode Technical Standard 46 §4).
    private static func isStopWithinHost(_ index: Int, _ scalars: [Unicode.Scalar]) -> Bool {
        isIdeographicStop(scalars[index]) && index > 0 && index + 1 < scalars.count
            && isASCIILetterOrDigit(scalars[index - 1]) && isASCIILetterOrDigit(scalars[index + 1])
    }

    private static func isASCIILetterOrDigit(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || scalar.properties.numericType != nil)
    }

    /// Where a mail address or a URL starts in what stands between blanks; its end: there is none.
    private static func linkStart(in token: ArraySlice<Unicode.Scalar>) -> Int {
        let colon = token.indices.first { token[$0] == ":" && token[$0...].starts(with: "://".unicodeScalars) }
        // RFC 3986 §3.1.
        let scheme = token[..<(colon ?? token.startIndex)].reversed().prefix {
            isASCIILetterOrDigit($0) || ["+", "-", "."].contains($0)
        }
        let start = colon.map { $0 - scheme.count } ?? token.endIndex
        // Another may stand before it.
        let before = token[..<start]
        if before.prefix(4).map(\.properties.lowercaseMapping).joined() == "www." { return before.startIndex }
        guard let at = before.dropFirst().dropLast().firstIndex(of: "@") else { return start }
        return before[..<at].lastIndex(of: ":").map { $0 + 1 } ?? before.startIndex
    }

    /// Of a host without a scheme: words with full stops between them, the last of ASCII letters. It may as well be a
    /// file's name, or the end of a sentence. None: it is no host.
    private static func hostLabels(_ token: ArraySlice<Unicode.Scalar>) -> [ArraySlice<Unicode.Scalar>] {
        let labels = token.prefix { !["/", ":", "?", "#"].contains($0) }
            .split { $0 == "." || $0 == "\u{FF0E}" || isIdeographicStop($0) }
        guard labels.count > 1, let last = labels.last, last.count > 1,
            last.allSatisfy({ $0.isASCII && $0.properties.isAlphabetic })
        else { return [] }
        // No domain that somebody can register has a `_`; file names do.
        return labels.flatMap { $0.split(separator: "_") }
    }

    /// A letter, mark or number.
    private static func isOfName(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .nonspacingMark,
            .spacingMark, .enclosingMark, .decimalNumber, .letterNumber, .otherNumber:
            true
        default: scalar.properties.isAlphabetic || script(of: scalar) != .other
        }
    }

    /// Where words are written without spaces, a sentence goes on behind a link.
    private static func isEastAsian(_ scalar: Unicode.Scalar) -> Bool {
        // The iteration mark; Kana, Bopomofo, Hangul.
        scalar.properties.isIdeographic
            || [0x3005...0x3005, 0x3040...0x31BF, 0xFF66...0xFF9F, 0x1100...0x11FF, 0xAC00...0xD7AF].contains {
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

    /// Those among the phonetic ones that stand in living alphabets: Turkish and Azerbaijani ones, and those of Africa
    /// (ISO 6438), without what is drawn like an ASCII letter.
    private static let livingLatin = Set("ıəɓɖɗɛɣɨɲɔʃʉʊʋʒ".unicodeScalars)

    /// As a reader of texts takes it. In names that are looked up it is not enough that some alphabet has the letter.
    private static func scriptInText(of scalar: Unicode.Scalar) -> Script {
        livingLatin.contains(scalar) ? .latin : script(of: scalar)
    }

    private static func isDrawnAlike(_ scalar: Unicode.Scalar) -> Bool {
        drawnAlike.contains(scalar) || [.phonetic, .number].contains(script(of: scalar))
    }

    /// A word of two of these scripts (UTS 39 §5.1), or one of another script that could be read as a Latin word whole,
    /// where no word beside it shows the script.
    private static func isSuspect(
        _ word: ArraySlice<Unicode.Scalar>, beside neighbours: [ArraySlice<Unicode.Scalar>]
    ) -> Bool {
        let letters = word.filter(\.properties.isAlphabetic)
        let scripts = Set(letters.map(scriptInText)).subtracting([.other])
        guard scripts.count == 1, let script = scripts.first else { return scripts.count > 1 }
        // Shorter ones are common words of those languages.
        return script != .latin && letters.count >= 3 && letters.allSatisfy(isDrawnAlike)
            && !neighbours.contains { $0.contains { scriptInText(of: $0) == script && !isDrawnAlike($0) } }
    }

    /// The same of a host's label, however short it is and whatever stands beside it.
    private static func isSuspect(label: ArraySlice<Unicode.Scalar>) -> Bool {
        let letters = label.filter(\.properties.isAlphabetic)
        let scripts = Set(letters.map(script)).subtracting([.other])
        return scripts.count > 1 || scripts.first != .latin && letters.allSatisfy(isDrawnAlike)
    }

    /// Latin letters, digits, full stops and slashes by another number: full-width, mathematical, letter-like.
    private static func passesForLatin(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0xFF0E...0xFF19, 0xFF21...0xFF3A, 0xFF41...0xFF5A, 0x1D400...0x1D7FF, 0x2100...0x214F, 0x2024, 0x2044,
            0x2215, 0x29F8, 0x1F100...0x1F189:
            // Signs that everybody knows for what they are.
            ![0x2116, 0x2122, 0x2126].contains(scalar.value)
        default: false
        }
    }
}
