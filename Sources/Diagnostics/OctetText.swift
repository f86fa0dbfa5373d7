/// Octets as lines of text: what is not UTF-8 becomes `\x` and two hexadecimal digits.
package enum OctetText {
    package static func lines(_ octets: [UInt8]) -> [String] {
        var lines = octets.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        // The end of the last line begins no further one.
        if lines.last?.isEmpty == true { lines.removeLast() }
        return lines.map { line in
            // CRLF ends a line; any other CR is shown.
            text(line.last == UInt8(ascii: "\r") ? line.dropLast() : line)
        }
    }

    package static func text(_ octets: ArraySlice<UInt8>) -> String {
        var result = ""
        var rest = octets
        while let first = rest.first {
            let count = first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
            if let character = String(validating: rest.prefix(count), as: UTF8.self), rest.count >= count {
                result += character
                rest = rest.dropFirst(count)
            } else {
                let digits = String(first, radix: 16, uppercase: true)
                result += "\\x" + (digits.count < 2 ? "0" : "") + digits
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
