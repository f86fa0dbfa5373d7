/// Parameters of MIME header fields, beyond ASCII and beyond a line (RFC 2231).
enum MIMEParameter {
    /// What one section of a value holds, so that its line keeps to 78 columns.
    private static let sectionOctetsMax = 60

    /// `name="value"`, or RFC 2231's extended form, in sections if it is long.
    static func words(_ name: String, _ value: String) -> [String] {
        let octets = Array(value.utf8)
        if octets.count <= sectionOctetsMax, octets.allSatisfy({ (0x20..<0x7F).contains($0) }),
            !EncodedWord.mayStart(in: octets)
        {
            return ["\(name)=\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""]
        }
        var sections: [String] = []
        var section = ""
        for octet in octets {
            let character = encoded(octet)
            if section.utf8.count + character.utf8.count > sectionOctetsMax {
                sections.append(section)
                section = ""
            }
            section += character
        }
        sections.append(section)
        guard sections.count > 1 else { return ["\(name)*=utf-8''\(sections[0])"] }
        return sections.enumerated().map { index, section in
            "\(name)*\(index)*=\(index == 0 ? "utf-8''" : "")\(section)" + (index == sections.count - 1 ? "" : ";")
        }
    }

    /// Ours: more sections than a value that `words` writes has.
    private static let sectionsMax = 64

    /// A parameter's value from those of its field, in its plain or its extended form, in sections or not (RFC 2231
    /// §3, §4). Read as UTF-8, whatever character set it names; what is none is U+FFFD.
    static func text(_ name: String, in parameters: [String: String]) -> String? {
        if let extended = parameters["\(name)*"] {
            return String(decoding: decoded(extended, isFirst: true), as: UTF8.self)
        }
        if let plain = parameters[name] { return plain }
        var octets: [UInt8] = []
        for section in 0..<sectionsMax {
            if let extended = parameters["\(name)*\(section)*"] {
                octets += decoded(extended, isFirst: section == 0)
            } else if let plain = parameters["\(name)*\(section)"] {
                octets += plain.utf8
            } else {
                return section == 0 ? nil : String(decoding: octets, as: UTF8.self)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// Undoes `%XX`; the first section has its character set and language before it.
    private static func decoded(_ value: String, isFirst: Bool) -> [UInt8] {
        var rest = Array(value.utf8)[...]
        let quote = UInt8(ascii: "'")
        if isFirst, let first = rest.firstIndex(of: quote), let second = rest[(first + 1)...].firstIndex(of: quote) {
            rest = rest[(second + 1)...]
        }
        var octets: [UInt8] = []
        while let octet = rest.popFirst() {
            let digits = rest.prefix(2)
            if octet == UInt8(ascii: "%"), digits.count == 2, let high = digits.first?.hexadecimalValue,
                let low = digits.last?.hexadecimalValue
            {
                octets.append(high << 4 | low)
                rest = rest.dropFirst(2)
            } else {
                octets.append(octet)
            }
        }
        return octets
    }

    /// attribute-char (RFC 2231 §7), any other octet as `%XX`.
    private static func encoded(_ octet: UInt8) -> String {
        if octet.isASCIIAlphanumeric || "!#$&+-.^_`{|}~".utf8.contains(octet) {
            return String(Unicode.Scalar(octet))
        }
        return "%" + String(decoding: QuotedPrintable.escape(octet).dropFirst(), as: UTF8.self)
    }
}
