/// What a server said, cut to what fits into a sentence.
enum ResponseExcerpt {
    /// Longer bodies are cut: an error's reason stands at its start.
    static let scalarsMax = 200
    /// How much of a body is looked at.
    private static let octetsMax = 16_384

    /// Text without mark-up, line ends and control characters; nil if nothing is left. `secret` never shows.
    static func text(_ body: [UInt8], secret: String) -> String? {
        let head = Array(body.prefix(octetsMax))
        let looksLikeHTML = head.first { !isBlank($0) } == UInt8(ascii: "<")
        var text = String(decoding: looksLikeHTML ? withoutMarkUp(head) : head, as: UTF8.self)
        text = words(text)
        if !secret.isEmpty {
            text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "[secret]")
        }
        if text.isEmpty { return nil }
        guard text.unicodeScalars.count > scalarsMax else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(scalarsMax))) + "…"
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte <= 0x20 }

    /// Without tags, and without what stands in `script` and `style`.
    private static func withoutMarkUp(_ body: [UInt8]) -> [UInt8] {
        var output: [UInt8] = []
        var hidden: String?
        var rest = body[...]
        while let byte = rest.first {
            guard byte == UInt8(ascii: "<") else {
                if hidden == nil { output.append(byte) }
                rest = rest.dropFirst()
                continue
            }
            let tag = rest.prefix { $0 != UInt8(ascii: ">") }
            let name = String(decoding: tag.dropFirst().prefix { $0 != 0x20 }, as: UTF8.self).lowercased()
            if let element = hidden {
                if name == "/" + element { hidden = nil }
            } else if name == "script" || name == "style" {
                hidden = name
            }
            output.append(0x20)
            rest = rest.dropFirst(tag.count + 1)
        }
        return output
    }

    private static func words(_ text: String) -> String {
        text.unicodeScalars.split { $0.value <= 0x20 || $0.properties.generalCategory == .control }
            .map { String(String.UnicodeScalarView($0)) }.joined(separator: " ")
    }
}
