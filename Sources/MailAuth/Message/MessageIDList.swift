/// The message ids of a Message-ID, In-Reply-To or References field (RFC 5322 §3.6.4), as far as an answer may carry
/// them on: each as `<left@right>`, in order, each once.
///
/// What stands around them is passed over, as the obsolete grammar allows phrases there (§4.5.4), and so is an id in a
/// form that is no longer written: it would have to be written again.
package struct MessageIDList: Sendable, Hashable {
    package let ids: [String]

    package init(_ body: ArraySlice<UInt8>) {
        var ids: [String] = []
        var rest = body
        while let open = rest.firstIndex(of: UInt8(ascii: "<")) {
            rest = rest[(open + 1)...]
            guard let close = rest.firstIndex(of: UInt8(ascii: ">")) else { break }
            let id = rest[..<close]
            if let inner = id.lastIndex(of: UInt8(ascii: "<")) {
                // What was opened before it was never closed.
                rest = rest[inner...]
                continue
            }
            rest = rest[(close + 1)...]
            let text = "<\(id.text)>"
            if Self.isID(id), !ids.contains(text) { ids.append(text) }
        }
        self.ids = ids
    }

    /// id-left "@" id-right, without the obsolete forms.
    static func isID(_ id: ArraySlice<UInt8>) -> Bool {
        guard id.count <= MessageBuilder.messageIDOctetsMax, id.allSatisfy({ $0 < 0x80 }) else { return false }
        let sides = id.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return sides.count == 2 && OutgoingMailbox.isDotAtom(sides[0])
            && (OutgoingMailbox.isDotAtom(sides[1]) || isDomainLiteral(sides[1]))
    }

    /// no-fold-literal = "[" *dtext "]"
    private static func isDomainLiteral(_ octets: ArraySlice<UInt8>) -> Bool {
        octets.count > 2 && octets.first == UInt8(ascii: "[") && octets.last == UInt8(ascii: "]")
            && octets.dropFirst().dropLast().allSatisfy { (0x21...0x5A).contains($0) || (0x5E...0x7E).contains($0) }
    }
}
