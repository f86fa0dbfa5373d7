/// A DMARC record as it was found, with what a receiver does about its mistakes (RFC 9989 §4.7, §4.8, §4.10.1).
struct DMARCReading: Sendable, Equatable {
    var record: DMARCRecord
    /// False: no valid `p`, or an invalid `sp` or `np`, and no report address either: receivers apply no DMARC at all
    /// (RFC 9989 §4.10.1). It still counts in a tree walk.
    var isUsable: Bool
    /// Tags that were passed over, as they stand in the record.
    var ignoredTags: [String]

    /// Nil unless it starts with `v=DMARC1`, case and all; such a text is not DMARC's. White space may stand around the
    /// equals sign, not in front (RFC 9989 §4.8, dmarc-version).
    init?(_ octets: [UInt8]) {
        let tags = TagList(lenient: octets[...])
        guard let first = tags.tags.first, first.name.equals("v"), first.value.equals("DMARC1"),
            // The lenient list passes malformed tags over; the version must stand first in the text itself.
            first.name.startIndex == octets.startIndex
        else { return nil }
        record = DMARCRecord(policy: .none)
        isUsable = true
        ignoredTags = []

        var hasPolicy = false
        var hasBadPolicy = false
        for tag in tags.tags.dropFirst() {
            let isRead: Bool
            switch tag.name.text.lowercased() {
            case "p":
                isRead = Self.read(tag.value) { record.policy = $0 }
                hasPolicy = isRead
            case "sp":
                isRead = Self.read(tag.value) { record.subdomainPolicy = $0 }
                hasBadPolicy = hasBadPolicy || !isRead
            case "np":
                isRead = Self.read(tag.value) { record.nonexistentPolicy = $0 }
                hasBadPolicy = hasBadPolicy || !isRead
            case "adkim": isRead = Self.read(tag.value) { record.dkimAlignment = $0 }
            case "aspf": isRead = Self.read(tag.value) { record.spfAlignment = $0 }
            case "rua":
                record.aggregateReports = Self.uris(tag.value)
                isRead = !record.aggregateReports.isEmpty
            case "ruf":
                record.failureReports = Self.uris(tag.value)
                isRead = !record.failureReports.isEmpty
            case "fo":
                record.failureOptions = Self.failureOptions(tag.value)
                isRead = !record.failureOptions.isEmpty
            case "t":
                record.isTesting = tag.value.equalsIgnoringCase("y")
                isRead = record.isTesting || tag.value.equalsIgnoringCase("n")
            case "psd":
                isRead = Self.readPublicSuffix(tag.value, into: &record)
            default:
                // RFC 9989 §4.7: unknown tags are ignored; `pct`, `rf` and `ri` are unknown now.
                isRead = false
            }
            if !isRead { ignoredTags.append(tag.whole.trimmed.text) }
        }
        if !hasPolicy || hasBadPolicy {
            // RFC 9989 §4.10.1: as if p=none, if there is somebody to report to; else no DMARC.
            isUsable = !record.aggregateReports.isEmpty
            record.policy = .none
            record.subdomainPolicy = nil
            record.nonexistentPolicy = nil
        }
    }

    /// ABNF literals are compared without case (RFC 5234 §2.3).
    private static func read<Value: RawRepresentable<String>>(
        _ octets: ArraySlice<UInt8>, _ assign: (Value) -> Void
    ) -> Bool {
        guard let value = Value(rawValue: octets.text.lowercased()) else { return false }
        assign(value)
        return true
    }

    private static func readPublicSuffix(_ octets: ArraySlice<UInt8>, into record: inout DMARCRecord) -> Bool {
        if octets.equalsIgnoringCase("y") {
            record.publicSuffix = true
        } else if octets.equalsIgnoringCase("n") {
            record.publicSuffix = false
        } else {
            return octets.equalsIgnoringCase("u")
        }
        return true
    }

    /// The valid URIs of a list; an obsolete size limit, `!10m`, is cut off (RFC 9989 §4.8).
    static func uris(_ octets: ArraySlice<UInt8>) -> [String] {
        octets.split(separator: UInt8(ascii: ",")).compactMap { part in
            let uri = part.prefix { $0 != UInt8(ascii: "!") }.trimmed
            // URI = scheme ":" hier-part (RFC 3986 §3)
            guard let colon = uri.firstIndex(of: UInt8(ascii: ":")), let first = uri.first, first.isASCIILetter,
                uri[..<colon].allSatisfy({
                    $0.isASCIIAlphanumeric || $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-")
                        || $0 == UInt8(ascii: ".")
                }),
                colon + 1 < uri.endIndex, !uri.contains(where: \.isFoldingWhitespace)
            else { return nil }
            let isMail = uri[..<colon].equalsIgnoringCase("mailto")
            let address = uri[(colon + 1)...].prefix { $0 != UInt8(ascii: "?") }
            if isMail {
                guard let at = address.lastIndex(of: UInt8(ascii: "@")), at > address.startIndex,
                    at + 1 < address.endIndex
                else { return nil }
            }
            return uri.text
        }
    }

    /// dmarc-fo: `0`, `1`, `d`, `s`, each once, `0` and `1` not together; the empty list otherwise.
    private static func failureOptions(_ octets: ArraySlice<UInt8>) -> [String] {
        let options = octets.split(separator: UInt8(ascii: ":"), omittingEmptySubsequences: false)
            .map { $0.trimmed.text.lowercased() }
        guard options.allSatisfy(["0", "1", "d", "s"].contains), Set(options).count == options.count,
            !(options.contains("0") && options.contains("1"))
        else { return [] }
        return options
    }
}
