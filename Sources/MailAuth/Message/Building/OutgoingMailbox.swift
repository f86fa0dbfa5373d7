import DNS

/// A mailbox that is fit to be written (RFC 5322 §3.4, RFC 6532).
struct OutgoingMailbox {
    private let name: HeaderText?
    /// `local-part@domain`, the domain in A-labels.
    let address: String
    /// False: the local part needs RFC 6532.
    let isASCII: Bool

    init(_ input: MessageBuilder.Address, field: String) throws(MessageBuilderError) {
        let path = field + ".address"
        if input.address.isEmpty { throw MessageBuilderError(path, .missing) }
        let text = try HeaderText(
            input.address, field: path, max: MessageBuilder.localPartOctetsMax + 1 + Self.domainOctetsMax)
        guard let at = text.text.lastIndex(of: "@") else {
            throw MessageBuilderError(path, .malformed("an address is `local-part@domain`"))
        }
        let local = Array(text.text[..<at].utf8)
        try MessageBuilder.check(path, local.count, MessageBuilder.localPartOctetsMax)
        // Quoted local parts are left out on purpose: no mailbox needs one (RFC 5321 §4.1.2), and they hide things.
        guard Self.isDotAtom(local[...]) else {
            throw MessageBuilderError(
                path, .malformed("the part before the @ holds white space, a special character or a misplaced dot"))
        }
        guard let domain = try? DomainName(String(text.text[text.text.index(after: at)...])), !domain.isRoot,
            domain.text.utf8.allSatisfy({ $0.isASCIIAlphanumeric || ".-_".utf8.contains($0) })
        else { throw MessageBuilderError(path, .malformed("the part behind the @ is no domain name")) }
        address = String(decoding: local, as: UTF8.self) + "@" + domain.text
        isASCII = local.allSatisfy { $0 < 0x80 }

        guard let given = input.name, !given.isEmpty else {
            name = nil
            return
        }
        name = try HeaderText(given, field: field + ".name", max: MessageBuilder.displayNameOctetsMax)
    }

    /// RFC 1035's 255 octets as text, in U-labels at most four octets a character.
    private static let domainOctetsMax = 4 * 253

    /// dot-atom-text, with RFC 6532's characters.
    static func isDotAtom(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { atom in
            !atom.isEmpty && atom.allSatisfy(AddressLexer.isAtomOctet)
        }
    }

    func append(to field: inout FoldedField, isFirst: Bool, isLast: Bool) {
        let end = isLast ? "" : ","
        guard let name else {
            field.append(address + end)
            return
        }
        if name.isPlain, name.text.utf8.count <= Self.plainNameOctetsMax {
            let words = name.text.utf8.split(separator: .space, omittingEmptySubsequences: false)
            if words.allSatisfy({ !$0.isEmpty && $0.allSatisfy(AddressLexer.isAtomOctet) }) {
                for word in words { field.append(String(Substring(word))) }
            } else {
                field.append(Self.quoted(name.text))
            }
        } else {
            field.append(
                encodedWords: EncodedWord.words(name.text, firstColumn: field.column + 1, mayFold: !isFirst))
        }
        field.append("<\(address)>\(end)")
    }

    /// A longer name is written in encoded words, which can be folded.
    private static let plainNameOctetsMax = 60

    /// quoted-string (RFC 5322 §3.2.4)
    private static func quoted(_ text: String) -> String {
        "\"" + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
    }
}
