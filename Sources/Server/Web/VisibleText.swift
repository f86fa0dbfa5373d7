import Diagnostics

/// Text of a message for a page: characters that draw nothing or turn directions, and letters that pass for others, are
/// marked and named, so that what an approver reads is what is there.
struct VisibleText {
    /// What kind of text it is.
    enum Kind: Sendable {
        /// Names, subjects and the like: one line.
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
        var rest = Array(text.unicodeScalars)[...]
        while let first = rest.first {
            let word = rest.prefix { $0.properties.isAlphabetic || $0.properties.generalCategory == .nonspacingMark }
            if word.isEmpty {
                rest.removeFirst()
                if SafeText.isUnseen(first), !(kind == .body && (first == "\t" || first == "\n")) {
                    flush(into: &runs)
                    runs.append(.unseen(first))
                } else if !first.isASCII, kind == .address || Self.passesForLatin(first) {
                    flush(into: &runs)
                    runs.append(.lookalike(first))
                } else {
                    plain.unicodeScalars.append(first)
                }
                continue
            }
            rest = rest.dropFirst(word.count)
            let isSuspect = Self.isSuspect(word)
            for scalar in word {
                if SafeText.isUnseen(scalar) {
                    flush(into: &runs)
                    runs.append(.unseen(scalar))
                } else if !scalar.isASCII,
                    kind == .address || Self.passesForLatin(scalar)
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

    // MARK: letters that look like others

    private enum Script { case latin, greek, cyrillic, armenian, cherokee, other }

    /// Those of Unicode's scripts whose letters are drawn like Latin ones (Unicode Technical Standard 39 §4).
    private static func script(of scalar: Unicode.Scalar) -> Script {
        switch scalar.value {
        case 0x41...0x5A, 0x61...0x7A, 0xC0...0x24F, 0x1E00...0x1EFF: .latin
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
        return scripts.first != .latin && letters.count >= 3 && letters.allSatisfy { drawnAlike.contains($0) }
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
