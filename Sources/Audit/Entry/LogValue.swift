/// One value of an entry's details: JSON without fractions, and with personal values marked.
///
///     ["recipients": [.personal("ada@example.test")], "attempt": 2, "relay": "default"]
///
/// Numbers are whole, so that no two programs can write one number in two ways.
package indirect enum LogValue: Sendable, Equatable {
    case bool(Bool)
    /// Within ±(2⁵³ − 1), which every JSON reader holds exactly (RFC 7493 §2.2).
    case integer(Int64)
    case text(String)
    case list([LogValue])
    /// Names must not start with `$`: those are the leaf's own.
    case object([String: LogValue])
    /// About a person: only a salted commitment to it enters the leaf; the value lies beside it and can be erased.
    case personal(String)

    /// How many personal values are in it.
    var personalCount: Int {
        switch self {
        case .bool, .integer, .text: 0
        case .personal: 1
        case .list(let values): values.reduce(0) { $0 + $1.personalCount }
        case .object(let members): members.values.reduce(0) { $0 + $1.personalCount }
        }
    }

    /// 2⁵³ − 1.
    package static let integerMax: Int64 = 9_007_199_254_740_991
    /// How deep lists and objects may nest, the details themselves included.
    package static let depthMax = 16
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByBooleanLiteral,
    ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral
{
    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: LogValue...) { self = .list(elements) }
    package init(dictionaryLiteral elements: (String, LogValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
}
