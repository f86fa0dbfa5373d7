/// An element with all that is in it, small enough to be held.
struct XMLElement {
    let name: String
    private(set) var children: [XMLElement] = []
    private var octets: [UInt8] = []

    private init(name: String) { self.name = name }

    /// Its own text, without white space at either end.
    var text: String { octets[...].trimmed.text }

    /// The first child of that name.
    subscript(name: String) -> XMLElement? { children.first { $0.name == name } }

    func all(_ name: String) -> [XMLElement] { children.filter { $0.name == name } }

    /// The text of the first child of that name; nil if it has none or an empty one.
    func text(_ name: String) -> String? {
        guard let text = self[name]?.text, !text.isEmpty else { return nil }
        return text
    }

    /// Reads what follows an element's start up to its end. Nil if the document ends first.
    init?(named name: String, from reader: inout XMLReader) throws(ReportError) {
        var open = [XMLElement(name: name)]
        var count = 1
        while let event = try reader.next() {
            let last = open.count - 1
            switch event {
            case .start(let name):
                count += 1
                guard count <= XMLReader.elementsMax else {
                    throw .tooLarge("elements in one part", max: XMLReader.elementsMax)
                }
                guard open.count < XMLReader.depthMax else {
                    throw .tooLarge("elements in one another", max: XMLReader.depthMax)
                }
                open.append(XMLElement(name: name))
            case .text(let octets):
                guard open[last].octets.count + octets.count <= XMLReader.textOctetsMax else {
                    throw .tooLarge("octets of text in one element", max: XMLReader.textOctetsMax)
                }
                open[last].octets += octets
            case .end(let name):
                guard open[last].name == name else {
                    throw .malformed("an end tag without its start", offset: reader.position)
                }
                let element = open.removeLast()
                if open.isEmpty {
                    self = element
                    return
                }
                open[last - 1].children.append(element)
            }
        }
        return nil
    }
}
