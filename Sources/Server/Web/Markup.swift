/// HTML that can only be made of elements and text, so that text is escaped by construction: no other type turns a string
/// into markup. Names of elements and attributes are closed lists; there are no inline scripts, styles or event handlers to
/// put anything into.
struct Markup: Sendable, ExpressibleByStringLiteral {
    let html: String

    private init(html: String) { self.html = html }

    init(stringLiteral value: String) { self = .text(value) }

    static let nothing = Markup(html: "")

    static func text(_ text: String) -> Markup { Markup(html: escaped(text)) }

    static func group(_ children: [Markup]) -> Markup { Markup(html: children.map(\.html).joined()) }

    static func element(_ tag: Tag, _ attributes: [Attribute] = [], _ children: [Markup] = []) -> Markup {
        var html = "<\(tag.rawValue)"
        for attribute in attributes {
            html += " \(attribute.name)"
            if let value = attribute.value { html += "=\"\(escaped(value))\"" }
        }
        html += ">"
        // HTML Living Standard §13.1.2: void elements have neither content nor an end.
        if tag.isVoid {
            precondition(children.isEmpty, "a void element has no content")
            return Markup(html: html)
        }
        // §13.1.2.5: a line end right behind this start would be dropped.
        if tag == .pre { html += "\n" }
        for child in children { html += child.html }
        return Markup(html: html + "</\(tag.rawValue)>")
    }

    /// A whole page.
    static func document(head: [Markup], body: [Markup]) -> String {
        let root = element(.html, [.lang("en")], [element(.head, [], head), element(.body, [], body)])
        return "<!doctype html>\n" + root.html + "\n"
    }

    enum Tag: String, Sendable, CaseIterable {
        case html, head, body, meta, title, link, script
        case header, nav, main, footer, section, details, summary, noscript
        case h1, h2, h3, p, a, ul, ol, li, dl, dt, dd, div, span, pre, code, mark, strong, time, bdi
        case table, caption, thead, tbody, tr, th, td
        case form, label, input, textarea, button, fieldset, legend

        var isVoid: Bool { self == .meta || self == .link || self == .input }
    }

    /// Only those that are used; none takes a script, and addresses are paths of this server.
    struct Attribute: Sendable {
        let name: String
        let value: String?

        private init(_ name: String, _ value: String? = nil) {
            self.name = name
            self.value = value
        }

        static func lang(_ value: String) -> Attribute { Attribute("lang", value) }
        static func id(_ value: String) -> Attribute { Attribute("id", value) }
        static func `class`(_ value: String) -> Attribute { Attribute("class", value) }
        static func role(_ value: String) -> Attribute { Attribute("role", value) }
        static func title(_ value: String) -> Attribute { Attribute("title", value) }
        static func name(_ value: String) -> Attribute { Attribute("name", value) }
        static func content(_ value: String) -> Attribute { Attribute("content", value) }
        static func type(_ value: String) -> Attribute { Attribute("type", value) }
        static func value(_ value: String) -> Attribute { Attribute("value", value) }
        static func `for`(_ value: String) -> Attribute { Attribute("for", value) }
        static func scope(_ value: String) -> Attribute { Attribute("scope", value) }
        static func rows(_ value: Int) -> Attribute { Attribute("rows", "\(value)") }
        static func dateTime(_ value: String) -> Attribute { Attribute("datetime", value) }
        static func relation(_ value: String) -> Attribute { Attribute("rel", value) }
        static func integrity(_ value: String) -> Attribute { Attribute("integrity", value) }
        static func autocomplete(_ value: String) -> Attribute { Attribute("autocomplete", value) }
        static func direction(_ value: String) -> Attribute { Attribute("dir", value) }
        static func tabIndex(_ value: Int) -> Attribute { Attribute("tabindex", "\(value)") }
        static func aria(_ name: ARIA, _ value: String) -> Attribute { Attribute("aria-\(name.rawValue)", value) }
        static func data(_ name: DataName, _ value: String) -> Attribute { Attribute("data-\(name.rawValue)", value) }
        static func href(_ path: WebPath) -> Attribute { Attribute("href", path.text) }
        /// To an element of the same page.
        static func href(fragment: StaticString) -> Attribute { Attribute("href", "#\(fragment)") }
        static func source(_ path: WebPath) -> Attribute { Attribute("src", path.text) }
        static func post(_ path: WebPath) -> [Attribute] {
            [Attribute("method", "post"), Attribute("action", path.text)]
        }
        static let hidden = Attribute("hidden")
        static let required = Attribute("required")
        static let `defer` = Attribute("defer")
        static let noSpellCheck = Attribute("spellcheck", "false")
        static let utf8 = Attribute("charset", "utf-8")

        enum ARIA: String, Sendable { case current, describedby, label }
        enum DataName: String, Sendable {
            case answer, approver, payload, signed, focus
            case publicKey = "public-key"
        }
    }

    /// For text and for values in double quotes (HTML Living Standard §13.3, "escaping a string"). What HTML has no
    /// character reference for, such as U+0000, becomes U+FFFD.
    private static func escaped(_ text: String) -> String {
        var result = ""
        result.reserveCapacity(text.utf8.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\n", "\t": result.unicodeScalars.append(scalar)
            case "\u{0}"..."\u{1F}", "\u{7F}"..."\u{9F}": result.unicodeScalars.append("\u{FFFD}")
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }
}

/// A path on this server, each segment percent-encoded (RFC 3986 §2.1): no text in it can name another host or scheme.
struct WebPath: Sendable, Equatable {
    let text: String

    init(_ segments: [String], query: (name: String, value: String)? = nil) {
        var text = "/" + segments.map(Self.encoded).joined(separator: "/")
        if let query { text += "?\(Self.encoded(query.name))=\(Self.encoded(query.value))" }
        self.text = text
    }

    init(_ segments: String...) { self.init(segments) }

    private static func encoded(_ segment: String) -> String {
        segment.utf8.map { octet in
            // RFC 3986 §2.3: unreserved.
            switch octet {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                String(Unicode.Scalar(octet))
            default: "%" + (octet < 16 ? "0" : "") + String(octet, radix: 16, uppercase: true)
            }
        }.joined()
    }
}
