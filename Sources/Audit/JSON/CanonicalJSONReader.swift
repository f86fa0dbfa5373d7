/// Reads JSON (RFC 8259) strictly: no duplicate names, no lone surrogates, whole numbers only, bounded depth.
///
/// `canonical` also refuses whatever is not the RFC 8785 form: one value has one text.
package struct CanonicalJSONReader {
    /// Bundles nest 5 deep, leaves `LogValue.depthMax` and the object around the details.
    package static let depthMax = LogValue.depthMax + 1

    private let octets: [UInt8]
    private var position = 0
    /// A value takes many times the memory of its shortest text, and no document of ours is made of such texts alone.
    private var valuesLeft: Int

    private init(_ octets: [UInt8]) {
        self.octets = octets
        valuesLeft = (1 << 20) + octets.count / 16
    }

    /// Only octets that `CanonicalJSON.octets` would have written.
    package static func canonical(_ octets: [UInt8]) throws(JSONError) -> CanonicalJSON {
        let value = try any(octets)
        guard value.octets == octets else {
            throw JSONError(offset: zip(value.octets, octets).prefix { $0 == $1 }.count, "not in the form of RFC 8785")
        }
        return value
    }

    /// Any layout and any order of members.
    package static func any(_ octets: [UInt8]) throws(JSONError) -> CanonicalJSON {
        guard String(validating: octets, as: UTF8.self) != nil else { throw JSONError(offset: 0, "not UTF-8") }
        var reader = CanonicalJSONReader(octets)
        let value = try reader.value(depth: 0)
        reader.skipSpace()
        guard reader.position == octets.count else { throw reader.error("more follows the value") }
        return value
    }

    private func error(_ reason: String) -> JSONError { JSONError(offset: position, reason) }

    private var next: UInt8? { position < octets.count ? octets[position] : nil }

    private mutating func skipSpace() {
        while let octet = next, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { position += 1 }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONError) -> CanonicalJSON {
        guard depth <= Self.depthMax else { throw error("nested deeper than \(Self.depthMax)") }
        guard valuesLeft > 0 else { throw error("more values than a document of this size has") }
        valuesLeft -= 1
        skipSpace()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try list(depth: depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case .some(UInt8(ascii: "-")), .some(UInt8(ascii: "0")...UInt8(ascii: "9")): return .integer(try integer())
        case nil: throw error("the text ends where a value is expected")
        default: throw error("no value starts like this")
        }
    }

    private mutating func word(_ word: StaticString, _ value: CanonicalJSON) throws(JSONError) -> CanonicalJSON {
        let end = position + word.utf8CodeUnitCount
        guard end <= octets.count,
            octets[position..<end].elementsEqual(
                UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount))
        else { throw error("no value starts like this") }
        position = end
        return value
    }

    private mutating func object(depth: Int) throws(JSONError) -> CanonicalJSON {
        position += 1
        var members: [String: CanonicalJSON] = [:]
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipSpace()
            guard next == UInt8(ascii: "\"") else { throw error("a member's name is expected") }
            let start = position
            let name = try text()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon is expected") }
            let value = try value(depth: depth + 1)
            guard members.updateValue(value, forKey: name) == nil else {
                throw JSONError(offset: start, "the name stands twice in its object")
            }
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw error("a comma or the object's end is expected") }
        return .object(members)
    }

    private mutating func list(depth: Int) throws(JSONError) -> CanonicalJSON {
        position += 1
        var values: [CanonicalJSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .list(values) }
        repeat {
            values.append(try value(depth: depth + 1))
            skipSpace()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw error("a comma or the array's end is expected") }
        return .list(values)
    }

    private mutating func integer() throws(JSONError) -> Int64 {
        let start = position
        _ = take(UInt8(ascii: "-"))
        let digits = octets[position...].prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        position += digits.count
        // RFC 8259 §6: no leading zeros. RFC 8785 §3.2.2.3 writes minus zero as 0.
        guard let first = digits.first, first != UInt8(ascii: "0") || digits.count == 1,
            next != UInt8(ascii: "."), next != UInt8(ascii: "e"), next != UInt8(ascii: "E"),
            let number = Int64(String(decoding: octets[start..<position], as: UTF8.self)),
            number != 0 || digits.count == position - start,
            number.magnitude <= UInt64(LogValue.integerMax)
        else { throw JSONError(offset: start, "not a whole number within ±(2^53 - 1)") }
        return number
    }

    private mutating func text() throws(JSONError) -> String {
        position += 1
        var result: [UInt8] = []
        while let octet = next {
            position += 1
            switch octet {
            case UInt8(ascii: "\""): return String(decoding: result, as: UTF8.self)
            case UInt8(ascii: "\\"): try escape(to: &result)
            case ..<0x20:
                position -= 1
                throw error("a control character stands unescaped")
            default: result.append(octet)
            }
        }
        throw error("the text ends inside a string")
    }

    private mutating func escape(to result: inout [UInt8]) throws(JSONError) {
        guard let octet = next else { throw error("the text ends inside a string") }
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): result.append(octet)
        case UInt8(ascii: "b"): result.append(0x08)
        case UInt8(ascii: "t"): result.append(0x09)
        case UInt8(ascii: "n"): result.append(0x0A)
        case UInt8(ascii: "f"): result.append(0x0C)
        case UInt8(ascii: "r"): result.append(0x0D)
        case UInt8(ascii: "u"):
            var code = UInt32(try hexadecimal())
            if (0xD800..<0xDC00).contains(code) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else { throw error("a lone surrogate") }
                let low = UInt32(try hexadecimal())
                guard (0xDC00..<0xE000).contains(low) else { throw error("a lone surrogate") }
                code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(code) else { throw error("a lone surrogate") }
            result += String(Character(scalar)).utf8
        default: throw error("no such escape")
        }
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        let digits = octets[position...].prefix(4)
        guard digits.count == 4, let code = UInt16(String(decoding: digits, as: UTF8.self), radix: 16),
            digits.first != UInt8(ascii: "+")
        else { throw error("four hexadecimal digits are expected") }
        position += 4
        return code
    }
}

/// Where a text stops being the JSON that is wanted, and why.
package struct JSONError: Error, Sendable, Equatable, CustomStringConvertible {
    package let offset: Int
    package let reason: String

    init(offset: Int, _ reason: String) {
        self.offset = offset
        self.reason = reason
    }

    package var description: String { "at octet \(offset): \(reason)" }
}
