/// The macro language of RFC 7208 §7: read once here, for checking a record and for expanding it.
struct SPFMacroString {
    /// Where a macro-string stands decides what it may hold.
    enum Place {
        /// A domain-spec: no `c`, `r`, `t` (RFC 7208 §7.2).
        case domain
        /// An unknown modifier's value: every letter of the grammar.
        case modifier
        /// The text that `exp` points at: every letter, and spaces.
        case explanation
    }

    enum Part {
        case literal(ArraySlice<UInt8>)
        /// What `%%`, `%_` and `%-` stand for.
        case escape(StaticString)
        case macro(Macro)
    }

    struct Macro {
        /// Lower case.
        var letter: UInt8
        /// An upper-case letter asks for URL escaping (RFC 7208 §7.3).
        var isEscaped: Bool
        /// How many right-hand parts are kept; nil: all.
        var partsKept: Int?
        var isReversed: Bool
        /// Empty: the dot.
        var delimiters: ArraySlice<UInt8>
    }

    struct Malformed: Error {}

    private var rest: ArraySlice<UInt8>
    private let place: Place

    init(_ octets: ArraySlice<UInt8>, in place: Place) {
        rest = octets
        self.place = place
    }

    /// The next part; nil at the end.
    mutating func next() throws(Malformed) -> Part? {
        guard let first = rest.first else { return nil }
        guard first == UInt8(ascii: "%") else {
            let end = rest.firstIndex(of: UInt8(ascii: "%")) ?? rest.endIndex
            let literal = rest[..<end]
            // macro-literal = %x21-24 / %x26-7E
            guard literal.allSatisfy({ $0 > 0x20 && $0 < 0x7F || $0 == 0x20 && place == .explanation }) else {
                throw Malformed()
            }
            rest = rest[end...]
            return .literal(literal)
        }
        rest = rest.dropFirst()
        switch rest.popFirst() {
        case UInt8(ascii: "%"): return .escape("%")
        case UInt8(ascii: "_"): return .escape(" ")
        case UInt8(ascii: "-"): return .escape("%20")
        case UInt8(ascii: "{"): return .macro(try macro())
        default: throw Malformed()
        }
    }

    /// macro-letter transformers *delimiter "}"
    private mutating func macro() throws(Malformed) -> Macro {
        guard let close = rest.firstIndex(of: UInt8(ascii: "}")), let first = rest.first else { throw Malformed() }
        var body = rest[rest.startIndex..<close].dropFirst()
        rest = rest[(close + 1)...]
        let letter = first.asciiLowercased
        let letters: StaticString = place == .domain ? "slodiphv" : "slodiphvcrt"
        guard first.isASCIILetter, letters.contains(letter) else { throw Malformed() }
        var macro = Macro(
            letter: letter, isEscaped: first.isASCIIUpper, partsKept: nil, isReversed: false, delimiters: [])
        let digits = body.prefix { $0.isASCIIDigit }
        body = body[digits.endIndex...]
        if !digits.isEmpty {
            // RFC 7208 §7.3: a number, if there is one, is not zero. More parts than 128 no name has.
            let number = digits.reduce(0) { min($0 * 10 + Int($1 - UInt8(ascii: "0")), 128) }
            guard number > 0 else { throw Malformed() }
            macro.partsKept = number
        }
        if let next = body.first, next | 0x20 == UInt8(ascii: "r") {
            macro.isReversed = true
            body = body.dropFirst()
        }
        let delimiters: StaticString = ".-+,/_="
        guard body.allSatisfy({ delimiters.contains($0) }) else { throw Malformed() }
        macro.delimiters = body
        return macro
    }

    static func isValid(_ octets: ArraySlice<UInt8>, in place: Place) -> Bool {
        var reader = SPFMacroString(octets, in: place)
        do {
            while try reader.next() != nil {}
            return true
        } catch {
            return false
        }
    }

    /// A domain-spec as it is kept: in lower case and without the trailing dot where it holds no macro.
    static func canonicalDomain(_ octets: ArraySlice<UInt8>) throws(SPFSyntaxError.Reason) -> String {
        var reader = SPFMacroString(octets, in: .domain)
        var last: Part?
        var hasMacro = false
        do {
            while let part = try reader.next() {
                if case .literal = part {} else { hasMacro = true }
                last = part
            }
        } catch {
            throw .badMacro
        }
        if case .literal(let literal) = last, !endsInTopLabel(literal) { throw .badDomain }
        if hasMacro { return octets.text }
        let name = octets.last == UInt8(ascii: ".") ? octets.dropLast() : octets
        return String(decoding: name.map(\.asciiLowercased), as: UTF8.self)
    }

    /// domain-end = ( "." toplabel [ "." ] ); a top label is letters, digits and inner hyphens, not all digits.
    private static func endsInTopLabel(_ literal: ArraySlice<UInt8>) -> Bool {
        let name = literal.last == UInt8(ascii: ".") ? literal.dropLast() : literal
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return false }
        let label = name[(dot + 1)...]
        guard let first = label.first, let last = label.last else { return false }
        return first.isASCIIAlphanumeric && last.isASCIIAlphanumeric && !label.allSatisfy(\.isASCIIDigit)
            && label.allSatisfy { $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "-") }
    }
}

extension StaticString {
    fileprivate func contains(_ octet: UInt8) -> Bool {
        UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount).contains(octet)
    }
}
