import DNS

/// What the macros of one evaluation stand for (RFC 7208 §7.2, §7.3).
struct SPFMacroValues {
    private let address: IPAddress
    private let sender: String
    private let helo: String
    private let receiver: String
    private let unixTime: Int64
    /// `d`.
    var domain = ""
    /// `p`.
    var validatedName = "unknown"

    /// An expansion longer than this is no name and no explanation.
    static let octetsMax = 16_384

    init(address: IPAddress, sender: String, helo: String, receiver: String, unixTime: Int64) {
        self.address = address
        self.helo = helo
        self.receiver = receiver
        self.unixTime = unixTime
        self.sender = sender
    }

    private var at: String.Index? { sender.utf8.lastIndex(of: UInt8(ascii: "@")) }

    /// RFC 7208 §4.3: a sender without a local part is postmaster's.
    private var localPart: String {
        let local = at.map { sender[..<$0] } ?? ""
        return local.isEmpty ? "postmaster" : String(local)
    }

    private var senderDomain: String { at.map { String(sender[sender.utf8.index(after: $0)...]) } ?? sender }

    /// Nil if the text is malformed or its expansion too long.
    func expand(_ text: ArraySlice<UInt8>, in place: SPFMacroString.Place) -> [UInt8]? {
        var reader = SPFMacroString(text, in: place)
        var result: [UInt8] = []
        do {
            while let part = try reader.next() {
                switch part {
                case .literal(let octets): result += octets
                case .escape(let escape):
                    result += UnsafeBufferPointer(start: escape.utf8Start, count: escape.utf8CodeUnitCount)
                case .macro(let macro): result += value(of: macro)
                }
                if result.count > Self.octetsMax { return nil }
            }
            return result
        } catch {
            return nil
        }
    }

    private func value(of macro: SPFMacroString.Macro) -> [UInt8] {
        var value = plainValue(ofLetter: macro.letter)
        if macro.isReversed || macro.partsKept != nil || !macro.delimiters.isEmpty {
            var parts = value.split(omittingEmptySubsequences: false) { octet in
                macro.delimiters.isEmpty ? octet == UInt8(ascii: ".") : macro.delimiters.contains(octet)
            }
            if macro.isReversed { parts.reverse() }
            if let kept = macro.partsKept { parts = parts.suffix(kept) }
            value = Array(parts.joined(separator: [UInt8(ascii: ".")]))
        }
        return macro.isEscaped ? Self.escaped(value) : value
    }

    private func plainValue(ofLetter letter: UInt8) -> [UInt8] {
        switch letter {
        case UInt8(ascii: "s"): Array((localPart + "@" + senderDomain).utf8)
        case UInt8(ascii: "l"): Array(localPart.utf8)
        case UInt8(ascii: "o"): Array(senderDomain.utf8)
        case UInt8(ascii: "d"): Array(domain.utf8)
        case UInt8(ascii: "i"): dottedAddress
        case UInt8(ascii: "p"): Array(validatedName.utf8)
        case UInt8(ascii: "v"): Array((address.bitWidth == 32 ? "in-addr" : "ip6").utf8)
        case UInt8(ascii: "h"): Array(helo.utf8)
        case UInt8(ascii: "c"): Array(address.description.utf8)
        case UInt8(ascii: "r"): Array(receiver.utf8)
        default: Array(String(unixTime).utf8)
        }
    }

    /// `192.0.2.3`, or 32 nibbles with dots between them, as in RFC 7208 §7.4.
    private var dottedAddress: [UInt8] {
        guard case .v6 = address else { return Array(address.description.utf8) }
        let digits = Array("0123456789ABCDEF".utf8)
        let nibbles = address.octets.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return Array(nibbles.map { [$0] }.joined(separator: [UInt8(ascii: ".")]))
    }

    /// RFC 7208 §7.3: everything but RFC 3986's unreserved characters.
    private static func escaped(_ octets: [UInt8]) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return octets.flatMap { octet -> [UInt8] in
            switch octet {
            case UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "~"): [octet]
            case _ where octet.isASCIIAlphanumeric: [octet]
            default: [UInt8(ascii: "%"), digits[Int(octet >> 4)], digits[Int(octet & 15)]]
            }
        }
    }
}

extension SPFMacroString {
    /// Whether a macro of this letter, lower case, stands in the text.
    static func uses(_ letter: UInt8, in octets: ArraySlice<UInt8>) -> Bool {
        var reader = SPFMacroString(octets, in: .explanation)
        while let part = try? reader.next() {
            if case .macro(let macro) = part, macro.letter == letter { return true }
        }
        return false
    }
}
