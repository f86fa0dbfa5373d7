/// A form's fields (WHATWG URL §5.1, `application/x-www-form-urlencoded`), read strictly: each of a known name, once.
struct FormBody: Sendable {
    private let fields: [String: String]

    subscript(_ name: String) -> String { fields[name] ?? "" }

    /// Throws a `Problem` at whatever is no form or has other fields.
    init(_ octets: [UInt8], known: Set<String>) throws {
        var fields: [String: String] = [:]
        for pair in octets.split(separator: UInt8(ascii: "&")) {
            let parts = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard let name = PercentEncoding.decoded(parts[0], plusIsSpace: true),
                let value = PercentEncoding.decoded(parts.count > 1 ? parts[1] : [], plusIsSpace: true),
                known.contains(name), fields.updateValue(value, forKey: name) == nil
            else { throw Problem(.malformedRequest, "this is not the form that is wanted here") }
        }
        self.fields = fields
    }
}
