/// Reads what a user or a provider writes as a name into the canonical text that `DomainName` holds.
///
/// Names of letters, digits, hyphens and underscores, nearly all there are, are checked in one pass over their bytes.
/// Only a label with octets above 0x7F reaches libidn2.
enum DomainNameParser {
    private enum Form {
        /// Canonical as it stands, up to this many bytes.
        case canonical(length: Int)
        /// Canonical once upper case is folded.
        case folding(length: Int)
        /// Escapes, other octets, or something wrong: to be read octet by octet.
        case other
    }

    static func canonicalText(_ text: String) throws(DomainNameError) -> String {
        var text = text
        let form = text.withUTF8 { Self.form($0) }
        switch form {
        case .canonical(let length):
            return length == text.utf8.count ? text : String(text.utf8.prefix(length))!
        case .folding(let length):
            return text.withUTF8 { bytes in
                String(unsafeUninitializedCapacity: length) { output in
                    for index in 0..<length { output[index] = folded(bytes[index]) }
                    return length
                }
            }
        case .other:
            var labels = LabelCollector()
            try read(Array(text.utf8), into: &labels)
            return String(decoding: labels.canonical, as: UTF8.self)
        }
    }

    private static func form(_ bytes: UnsafeBufferPointer<UInt8>) -> Form {
        // Without escapes a name takes two octets more on the wire than in text: first length, root.
        guard bytes.count > 1, bytes.count <= DomainName.wireOctetsMax - 1 else { return .other }
        var labelLength = 0
        var hasUpperCase = false
        for byte in bytes {
            switch byte {
            case UInt8(ascii: "."):
                if labelLength == 0 || labelLength > DomainName.labelOctetsMax { return .other }
                labelLength = 0
                continue
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
                UInt8(ascii: "_"), UInt8(ascii: "*"):
                break
            case UInt8(ascii: "A")...UInt8(ascii: "Z"):
                hasUpperCase = true
            default:
                return .other
            }
            labelLength += 1
        }
        if labelLength > DomainName.labelOctetsMax { return .other }
        let length = labelLength == 0 ? bytes.count - 1 : bytes.count
        if length > DomainName.wireOctetsMax - 2 { return .other }
        return hasUpperCase ? .folding(length: length) : .canonical(length: length)
    }

    /// RFC 4343 §3.1: only the letters A to Z have a case.
    static func folded(_ octet: UInt8) -> UInt8 {
        octet >= UInt8(ascii: "A") && octet <= UInt8(ascii: "Z") ? octet | 0x20 : octet
    }

    private static func read(_ bytes: [UInt8], into labels: inout LabelCollector) throws(DomainNameError) {
        if bytes.isEmpty { throw DomainNameError(.emptyText) }
        if bytes == [UInt8(ascii: ".")] { return }
        var label: [UInt8] = []
        var isEscaped = false
        var isInternational = false
        var index = 0
        while index < bytes.count {
            let byte = bytes[index]
            let dotLength = dotLength(bytes[index...])
            if dotLength > 0 {
                try labels.append(label, isEscaped: isEscaped, isInternational: isInternational)
                label.removeAll(keepingCapacity: true)
                (isEscaped, isInternational) = (false, false)
                index += dotLength
            } else if byte == UInt8(ascii: "\\") {
                guard let (octet, length) = escape(bytes[index...]) else {
                    throw DomainNameError(.badEscape, label: labels.count + 1)
                }
                label.append(octet)
                isEscaped = true
                index += length
            } else if byte <= 0x20 || byte == 0x7F {
                throw DomainNameError(.forbiddenOctet(byte), label: labels.count + 1)
            } else {
                if byte > 0x7F { isInternational = true }
                label.append(byte)
                index += 1
            }
        }
        if !label.isEmpty {
            try labels.append(label, isEscaped: isEscaped, isInternational: isInternational)
        }
    }

    /// How many bytes the label separator at the start takes; 0 if there is none. UTS #46 §2.3 maps U+3002, U+FF0E
    /// and U+FF61 to the full stop.
    private static func dotLength(_ bytes: ArraySlice<UInt8>) -> Int {
        let first = bytes.first!
        if first == UInt8(ascii: ".") { return 1 }
        guard first == 0xE3 || first == 0xEF else { return 0 }
        let three = Array(bytes.prefix(3))
        return three == [0xE3, 0x80, 0x82] || three == [0xEF, 0xBC, 0x8E] || three == [0xEF, 0xBD, 0xA1] ? 3 : 0
    }

    /// RFC 1035 §5.1: `\DDD` or `\X`, at the start. The octet and how many bytes were read; nil if it is neither.
    static func escape(_ bytes: ArraySlice<UInt8>) -> (octet: UInt8, length: Int)? {
        let rest = bytes.dropFirst()
        guard let first = rest.first, first >= 0x20, first < 0x7F else { return nil }
        guard first >= UInt8(ascii: "0"), first <= UInt8(ascii: "9") else { return (first, 2) }
        guard rest.count >= 3 else { return nil }
        var value = 0
        for digit in rest.prefix(3) {
            guard digit >= UInt8(ascii: "0"), digit <= UInt8(ascii: "9") else { return nil }
            value = value * 10 + Int(digit - UInt8(ascii: "0"))
        }
        return value <= 255 ? (UInt8(value), 4) : nil
    }
}

/// Canonical text under construction, label by label, within the limits of RFC 1035 §2.3.4.
struct LabelCollector {
    private(set) var canonical: [UInt8] = []
    private(set) var count = 0
    private var wireOctets = 1

    mutating func append(_ label: [UInt8], isEscaped: Bool, isInternational: Bool) throws(DomainNameError) {
        guard isInternational else {
            try append(label)
            return
        }
        if isEscaped {
            throw DomainNameError(.notInternational("it mixes escapes with characters beyond ASCII"), label: count + 1)
        }
        switch InternationalLabel.toASCII(label) {
        case .success(let ascii): try append(ascii)
        case .failure(let failure): throw DomainNameError(.notInternational(failure.reason), label: count + 1)
        }
    }

    /// Takes one label's octets as they stand on the wire.
    mutating func append(_ octets: [UInt8]) throws(DomainNameError) {
        if octets.isEmpty { throw DomainNameError(.emptyLabel, label: count + 1) }
        if octets.count > DomainName.labelOctetsMax {
            throw DomainNameError(.labelTooLong(octets: octets.count), label: count + 1)
        }
        wireOctets += octets.count + 1
        if wireOctets > DomainName.wireOctetsMax { throw DomainNameError(.nameTooLong(octets: wireOctets)) }
        if count > 0 { canonical.append(UInt8(ascii: ".")) }
        for octet in octets { Self.appendCanonical(octet, to: &canonical) }
        count += 1
    }

    private static func appendCanonical(_ octet: UInt8, to text: inout [UInt8]) {
        switch octet {
        case UInt8(ascii: "."), UInt8(ascii: "\\"):
            text.append(UInt8(ascii: "\\"))
            text.append(octet)
        case 0x21...0x7E:
            text.append(DomainNameParser.folded(octet))
        default:
            text.append(UInt8(ascii: "\\"))
            text.append(UInt8(ascii: "0") + octet / 100)
            text.append(UInt8(ascii: "0") + octet / 10 % 10)
            text.append(UInt8(ascii: "0") + octet % 10)
        }
    }
}
