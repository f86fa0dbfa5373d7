import FoundationEssentials
import HTTPTypes
import Hummingbird
import Keys

/// Strong entity tags (RFC 9110 §8.8.3): the digest of the answer's octets.
enum EntityTag {
    static func tag(of value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let octets = (try? encoder.encode(value)) ?? Data()
        return "\"\(SHA256.hash([UInt8](octets)).hex.prefix(32))\""
    }

    /// The answer, or that the client has it already.
    static func answer(
        _ response: Response, for value: some Encodable, _ request: Request, cacheControl: String
    ) -> Response {
        let tag = tag(of: value)
        if let known = request.headers[.ifNoneMatch], matches(known, tag) {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: cacheControl])
        }
        var response = response
        response.headers[.eTag] = tag
        response.headers[.cacheControl] = cacheControl
        return response
    }

    /// RFC 9110 §13.1.2 compares weakly: `W/` before a tag does not count.
    private static func matches(_ list: String, _ tag: String) -> Bool {
        list.split(separator: ",").contains { entry in
            let entry = entry.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed()
            let text = String(entry)
            return text == "*" || text == tag || text == "W/\(tag)"
        }
    }
}
