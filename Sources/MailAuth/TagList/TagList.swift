/// The `tag=value; tag=value` syntax of RFC 6376 §3.2, in one place: DKIM signatures and keys, DMARC, ARC, MTA-STS,
/// TLS reporting, BIMI and agent keys all speak it.
///
/// Values are slices of the octets that were read, without folding white space at their ends; inner white space is the
/// caller's to judge.
struct TagList {
    struct Tag {
        /// Case-sensitive, as §3.2 says.
        var name: ArraySlice<UInt8>
        var value: ArraySlice<UInt8>
        /// From the first octet behind the preceding semicolon up to, not including, the next one.
        var whole: ArraySlice<UInt8>
    }

    /// No list of any standard has more than some twenty tags.
    static let tagsMax = 64
    /// Parts that a lenient reader looks at: as many empty ones between the tags.
    private static let partsMax = 2 * tagsMax

    private(set) var tags: [Tag] = []

    /// Reads strictly: one malformed or repeated tag and the list is invalid.
    init(_ octets: ArraySlice<UInt8>) throws(TagListError) {
        tags.reserveCapacity(12)
        var start = octets.startIndex
        while true {
            let end = octets[start...].firstIndex(of: UInt8(ascii: ";")) ?? octets.endIndex
            let part = octets[start..<end]
            // A semicolon may end the list; an empty tag elsewhere is none.
            if end == octets.endIndex, start > octets.startIndex, part.trimmed.isEmpty { break }
            let tag = try Self.tag(part)
            if self[tag.name] != nil { throw .duplicate(tag.name.text) }
            guard tags.count < Self.tagsMax else { throw .tooManyTags }
            tags.append(tag)
            if end == octets.endIndex { break }
            start = end + 1
        }
    }

    /// Reads as RFC 9989 §4.8 wants: what is malformed is passed over, and of equal names the first counts.
    init(lenient octets: ArraySlice<UInt8>) {
        for part in Self.split(octets) where tags.count < Self.tagsMax {
            guard let tag = try? Self.tag(part), self[tag.name] == nil else { continue }
            tags.append(tag)
        }
    }

    /// The value of the tag of that name; nil without one.
    subscript(name: StaticString) -> ArraySlice<UInt8>? {
        for tag in tags where tag.name.equals(name) { return tag.value }
        return nil
    }

    private subscript(name: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        for tag in tags where tag.name == name { return tag.value }
        return nil
    }

    /// The first parts between semicolons; what lies behind the bound is no part of any of them.
    private static func split(_ octets: ArraySlice<UInt8>) -> ArraySlice<ArraySlice<UInt8>> {
        octets.split(separator: UInt8(ascii: ";"), maxSplits: partsMax, omittingEmptySubsequences: false)
            .prefix(partsMax)
    }

    /// tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
    private static func tag(_ part: ArraySlice<UInt8>) throws(TagListError) -> Tag {
        guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { throw .malformed(part.trimmed.text) }
        let name = part[..<equals].trimmed
        let value = part[(equals + 1)...].trimmed
        // tag-name = ALPHA *( ALPHA / DIGIT / "_" )
        guard let first = name.first, first.isASCIILetter,
            name.allSatisfy({ $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "_") })
        else { throw .malformed(part.trimmed.text) }
        // tval = 1*VALCHAR; RFC 8616 §4 widens it to UTF-8.
        guard value.allSatisfy({ $0 > 0x20 && $0 != 0x7F || $0.isFoldingWhitespace }) else {
            throw .malformed(part.trimmed.text)
        }
        return Tag(name: name, value: value, whole: part)
    }
}

/// Why a text is no tag list.
public enum TagListError: Error, Sendable, Hashable {
    /// The part between two semicolons.
    case malformed(String)
    case duplicate(String)
    case tooManyTags
}

extension TagListError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformed(let part): "`\(part)` is not of the form name=value"
        case .duplicate(let name): "the tag `\(name)` stands twice"
        case .tooManyTags: "more than \(TagList.tagsMax) tags"
        }
    }
}

extension Collection where Element == UInt8 {
    /// Whether these are the octets of the text, case and all.
    func equals(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount
            && elementsEqual(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }
}
