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

    /// attribute-char (RFC 2231 §7), any other octet as `%XX`.
    private static func encoded(_ octet: UInt8) -> String {
        if octet.isASCIIAlphanumeric || "!#$&+-.^_`{|}~".utf8.contains(octet) {
            return String(Unicode.Scalar(octet))
        }
        return "%" + String(decoding: QuotedPrintable.escape(octet).dropFirst(), as: UTF8.self)
    }
}
