import DNS

/// Master-file text of records, as providers' interfaces carry it: `TXT "v=spf1 -all"`, the type first.
enum PresentationFuzz {
    static func run(_ octets: [UInt8]) {
        let text = String(decoding: octets, as: UTF8.self)
        if let name = try? DomainName(text) {
            promise((try? DomainName(name.text.isEmpty ? "." : name.text)) == name, "a name's text reads as the name")
            promise((try? DomainName(absolute: name.presentation)) == name, "a name's presentation reads as the name")
            promise(name.wireOctets.count <= DomainName.wireOctetsMax, "a name fits")
            _ = name.unicodeText
        }
        guard let blank = text.firstIndex(of: " "), let type = RecordType(String(text[..<blank])) else {
            round(.txt, text)
            return
        }
        round(type, String(text[text.index(after: blank)...]))
    }

    private static func round(_ type: RecordType, _ text: String) {
        guard let data = try? RecordData(type: type, presentation: text) else { return }
        promise(data.type == type, "data is of the type that was asked for")
        promise(
            (try? RecordData(type: type, presentation: data.presentation)) == data, "what was written reads as the same"
        )
        guard case .txt(let value) = data else { return }
        promise(TXTValue(joined: value.joined) == value, "how a value is split changes nothing")
    }
}
