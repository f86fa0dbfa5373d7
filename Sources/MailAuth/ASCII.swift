/// Octets as US-ASCII characters: what the grammars of mail and DNS text are made of.
extension UInt8 {
    var isASCIIUpper: Bool { self &- 0x41 < 26 }
    var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
    var isASCIIDigit: Bool { self &- 0x30 < 10 }
    var isASCIIAlphanumeric: Bool { isASCIILetter || isASCIIDigit }
    var asciiLowercased: UInt8 { isASCIIUpper ? self | 0x20 : self }

    /// A digit's value in base 16, either case.
    var hexadecimalValue: UInt8? {
        switch self {
        case 0x30...0x39: self - 0x30
        case 0x41...0x46: self - 0x41 + 10
        case 0x61...0x66: self - 0x61 + 10
        default: nil
        }
    }

    static let tab: UInt8 = 0x09
    static let lineFeed: UInt8 = 0x0A
    static let carriageReturn: UInt8 = 0x0D
    static let space: UInt8 = 0x20

    /// WSP of RFC 5234: space or tab.
    var isWhitespace: Bool { self == .space || self == .tab }
    /// What folding white space is made of (RFC 5322 §3.2.2).
    var isFoldingWhitespace: Bool { isWhitespace || self == .carriageReturn || self == .lineFeed }
}

extension Collection where Element == UInt8 {
    /// Whether these are the octets of an ASCII text, letters compared without case. The text is in lower case.
    func equalsIgnoringCase(_ lowercased: StaticString) -> Bool {
        guard count == lowercased.utf8CodeUnitCount else { return false }
        var pointer = lowercased.utf8Start
        for octet in self {
            if octet.asciiLowercased != pointer.pointee { return false }
            pointer += 1
        }
        return true
    }
}

extension ArraySlice<UInt8> {
    /// Without folding white space at either end.
    var trimmed: ArraySlice<UInt8> {
        var start = startIndex
        var end = endIndex
        while start < end, self[start].isFoldingWhitespace { start += 1 }
        while end > start, self[end - 1].isFoldingWhitespace { end -= 1 }
        return self[start..<end]
    }

    var text: String { String(decoding: self, as: UTF8.self) }
}
