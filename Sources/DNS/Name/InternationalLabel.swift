import CLibIDN2

/// IDNA2008 by libidn2: one label between the form that people read and the one that DNS carries.
///
/// Mapping is UTS #46's, non-transitional: `Bücher` becomes `bücher`, and `ß` stays itself.
enum InternationalLabel {
    struct Failure: Error {
        let reason: String
    }

    /// The A-label of a U-label's UTF-8, which holds no NUL.
    static func toASCII(_ label: [UInt8]) -> Result<[UInt8], Failure> {
        var output: UnsafeMutablePointer<CChar>?
        let flags = Int32(IDN2_NONTRANSITIONAL.rawValue | IDN2_NFC_INPUT.rawValue)
        let code = (label + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { idn2_to_ascii_8z($0.baseAddress, &output, flags) }
        }
        defer { idn2_free(output) }
        guard code == IDN2_OK.rawValue, let output else {
            return .failure(Failure(reason: String(cString: idn2_strerror(code))))
        }
        let ascii = octets(output)
        // A mapped full stop would change where the labels end.
        return ascii.contains(UInt8(ascii: ".")) ? .failure(Failure(reason: "it maps to a dot")) : .success(ascii)
    }

    /// The U-label of an A-label; nil if it has none, or one that does not lead back to the same A-label.
    static func toUnicode(_ label: [UInt8]) -> String? {
        var output: UnsafeMutablePointer<CChar>?
        let code = (label + [0]).withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { idn2_to_unicode_8z8z($0.baseAddress, &output, 0) }
        }
        defer { idn2_free(output) }
        guard code == IDN2_OK.rawValue, let output else { return nil }
        let unicode = octets(output)
        guard case .success(label) = toASCII(unicode) else { return nil }
        return String(decoding: unicode, as: UTF8.self)
    }

    private static func octets(_ text: UnsafePointer<CChar>) -> [UInt8] {
        var result: [UInt8] = []
        var next = text
        while next.pointee != 0 {
            result.append(UInt8(bitPattern: next.pointee))
            next += 1
        }
        return result
    }
}
