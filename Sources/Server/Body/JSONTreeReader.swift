import FoundationEssentials

/// Why octets are not taken for JSON.
enum JSONTreeFault: Error, Equatable, Sendable {
    /// Not as RFC 8259 has it, or a number that is not within what a Double holds.
    case malformed
    /// Beyond a bound of ours, in words.
    case tooLarge(String)
    /// A name that stands twice in one object: `to`, `attachments[0].content`.
    case repeatedMember(String)

    /// The same, told from further out.
    fileprivate func within(_ outer: String) -> JSONTreeFault {
        guard case .repeatedMember(let name) = self else { return self }
        return .repeatedMember(name.hasPrefix("[") ? outer + name : outer.isEmpty ? name : "\(outer).\(name)")
    }
}

/// Reads JSON (RFC 8259) strictly, in time linear in its octets: whatever a client sends is read by this, with bounds on
/// depth and count, and with no member twice. Of two readers of `{"to": …, "to": …}` one takes the first and one the last.
struct JSONTreeReader {
    /// What is refused although it is JSON.
    struct Bounds: Sendable {
        /// Values within one another. What is sent here is six deep; a client's own `_meta` may be deeper.
        var depthMax = 64
        /// Values in one body, those in objects and lists counted too: a hundred attachments and a hundred recipients are
        /// some four hundred.
        var valuesMax = 10_000
        /// Octets of a member's name; ours have twenty.
        var nameOctetsMax = 256
        /// Octets of a number: Double takes time for each.
        var numberOctetsMax = 256
        /// Combining marks after one another. Comparing texts orders these, in time quadratic in their number; UAX #15
        /// §13 (Stream-Safe Text Format) finds that no language has more than 30.
        var marksMax = 128

        /// Of what somebody sends.
        static let client = Bounds()
        /// None, for what was written here: a message's subject is told as it stands, whoever chose it.
        static let own = Bounds(
            depthMax: .max, valuesMax: .max, nameOctetsMax: .max, numberOctetsMax: .max, marksMax: .max)
    }

    private static let integerOfDoubleMax = 9_007_199_254_740_992.0

    private let octets: UnsafeRawBufferPointer
    private let bounds: Bounds
    private var position = 0
    private var valuesLeft: Int

    static func read(_ octets: Data, bounds: Bounds = .client) throws(JSONTreeFault) -> JSONTree {
        let result = octets.withUnsafeBytes { octets -> Result<JSONTree, JSONTreeFault> in
            var reader = JSONTreeReader(octets: octets, bounds: bounds)
            do throws(JSONTreeFault) { return .success(try reader.whole()) } catch { return .failure(error) }
        }
        return try result.get()
    }

    private init(octets: UnsafeRawBufferPointer, bounds: Bounds) {
        self.octets = octets
        self.bounds = bounds
        valuesLeft = bounds.valuesMax
    }

    private mutating func whole() throws(JSONTreeFault) -> JSONTree {
        // RFC 8259 §8.1: a byte order mark may be ignored.
        if octets.starts(with: [0xEF, 0xBB, 0xBF]) { position = 3 }
        let value = try value(depth: 1)
        skipBlanks()
        guard position == octets.count else { throw .malformed }
        return value
    }

    private var current: UInt8? { position < octets.count ? octets[position] : nil }

    private mutating func skipBlanks() {
        while position < octets.count {
            switch octets[position] {
            case 0x20, 0x09, 0x0A, 0x0D: position += 1
            default: return
            }
        }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        skipBlanks()
        guard current == octet else { return false }
        position += 1
        return true
    }

    private mutating func value(depth: Int) throws(JSONTreeFault) -> JSONTree {
        guard valuesLeft > 0 else { throw .tooLarge("more than \(bounds.valuesMax) values") }
        valuesLeft -= 1
        guard depth <= bounds.depthMax else { throw .tooLarge("values more than \(bounds.depthMax) deep") }
        skipBlanks()
        switch current {
        case UInt8(ascii: "{"): return try object(depth)
        case UInt8(ascii: "["): return try list(depth)
        case UInt8(ascii: "\""): return .text(try text())
        case UInt8(ascii: "t"): return try literal("true", .bool(true))
        case UInt8(ascii: "f"): return try literal("false", .bool(false))
        case UInt8(ascii: "n"): return try literal("null", .null)
        default: return try number()
        }
    }

    private mutating func object(_ depth: Int) throws(JSONTreeFault) -> JSONTree {
        position += 1
        var members: [String: JSONTree] = [:]
        if take(UInt8(ascii: "}")) { return .object(members) }
        repeat {
            skipBlanks()
            guard current == UInt8(ascii: "\"") else { throw .malformed }
            let start = position
            let name = try text()
            guard position - start - 2 <= bounds.nameOctetsMax else {
                throw .tooLarge("a member's name of more than \(bounds.nameOctetsMax) octets")
            }
            guard take(UInt8(ascii: ":")) else { throw .malformed }
            let value: JSONTree
            do throws(JSONTreeFault) { value = try self.value(depth: depth + 1) } catch {
                throw error.within(Problem.FieldError.harmless(name))
            }
            guard members.updateValue(value, forKey: name) == nil else {
                throw .repeatedMember(Problem.FieldError.harmless(name))
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw .malformed }
        return .object(members)
    }

    private mutating func list(_ depth: Int) throws(JSONTreeFault) -> JSONTree {
        position += 1
        var values: [JSONTree] = []
        if take(UInt8(ascii: "]")) { return .list(values) }
        repeat {
            do throws(JSONTreeFault) { values.append(try value(depth: depth + 1)) } catch {
                throw error.within("[\(values.count)]")
            }
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw .malformed }
        return .list(values)
    }

    private mutating func literal(_ word: String, _ value: JSONTree) throws(JSONTreeFault) -> JSONTree {
        guard octets[position...].starts(with: word.utf8) else { throw .malformed }
        position += word.utf8.count
        return value
    }

    // MARK: numbers

    /// RFC 8259 §6.
    private mutating func number() throws(JSONTreeFault) -> JSONTree {
        let start = position
        if current == UInt8(ascii: "-") { position += 1 }
        // No zero before other digits.
        if current == UInt8(ascii: "0") { position += 1 } else { try digits() }
        var isWhole = true
        if current == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            try digits()
        }
        if current == UInt8(ascii: "e") || current == UInt8(ascii: "E") {
            isWhole = false
            position += 1
            if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { position += 1 }
            try digits()
        }
        guard position - start <= bounds.numberOctetsMax else {
            throw .tooLarge("a number of more than \(bounds.numberOctetsMax) octets")
        }
        let text = String(decoding: octets[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else { throw .malformed }
        // `1.0` is the number that `1` is.
        // Beyond 2^53 a Double is no longer the very number.
        guard abs(number) <= Self.integerOfDoubleMax, let integer = Int64(exactly: number) else {
            return .number(number)
        }
        return .integer(integer)
    }

    private mutating func digits() throws(JSONTreeFault) {
        let start = position
        while let octet = current, octet >= UInt8(ascii: "0"), octet <= UInt8(ascii: "9") { position += 1 }
        guard position > start else { throw .malformed }
    }

    // MARK: texts

    private mutating func text() throws(JSONTreeFault) -> String {
        position += 1
        let start = position
        position = plainEnd(from: start)
        if current == UInt8(ascii: "\"") {
            defer { position += 1 }
            let octets = UnsafeRawBufferPointer(rebasing: octets[start..<position])
            return try text(octets, isASCII: Self.isASCII(octets))
        }
        var plain: [UInt8] = []
        var run = start..<position
        while true {
            plain.append(contentsOf: UnsafeRawBufferPointer(rebasing: octets[run]))
            switch current {
            case UInt8(ascii: "\""):
                position += 1
                return try text(plain, isASCII: plain.withUnsafeBytes(Self.isASCII))
            case UInt8(ascii: "\\"):
                position += 1
                let scalar = try escape()
                if scalar.isASCII { plain.append(UInt8(scalar.value)) } else { plain += UTF8.encode(scalar)! }
            default: throw .malformed
            }
            run = position..<plainEnd(from: position)
            position = run.upperBound
        }
    }

    /// Where a text's octets that stand for themselves end.
    private func plainEnd(from start: Int) -> Int {
        var end = start
        while end < octets.count {
            let octet = octets[end]
            if octet < 0x20 || octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { break }
            end += 1
        }
        return end
    }

    /// All octets are looked at, which a processor does many at once.
    private static func isASCII(_ octets: UnsafeRawBufferPointer) -> Bool { octets.reduce(0, |) < 0x80 }

    private func text(_ octets: some Collection<UInt8>, isASCII: Bool) throws(JSONTreeFault) -> String {
        guard let text = String(validating: octets, as: UTF8.self) else { throw .malformed }
        // Most are ASCII and have none.
        guard octets.count > bounds.marksMax, !isASCII else { return text }
        var marks = 0
        for scalar in text.unicodeScalars {
            // U+0300 is the first that is one.
            let isMark = scalar.value >= 0x300 && scalar.properties.canonicalCombiningClass != .notReordered
            marks = isMark ? marks + 1 : 0
            if marks > bounds.marksMax {
                throw .tooLarge("more than \(bounds.marksMax) combining marks after one another")
            }
        }
        return text
    }

    private mutating func escape() throws(JSONTreeFault) -> Unicode.Scalar {
        guard let octet = current else { throw .malformed }
        position += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(octet)
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try codePoint()
        default: throw .malformed
        }
    }

    /// RFC 8259 §7: what is beyond the Basic Multilingual Plane is a surrogate pair. Half of one is no character.
    private mutating func codePoint() throws(JSONTreeFault) -> Unicode.Scalar {
        let unit = try codeUnit()
        if let scalar = Unicode.Scalar(unit) { return scalar }
        guard unit < 0xDC00, octets[position...].starts(with: "\\u".utf8) else { throw .malformed }
        position += 2
        let low = try codeUnit()
        guard (0xDC00..<0xE000).contains(low),
            let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
        else { throw .malformed }
        return scalar
    }

    private mutating func codeUnit() throws(JSONTreeFault) -> UInt32 {
        var unit: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = current.flatMap(PercentEncoding.digit) else { throw .malformed }
            unit = unit << 4 | UInt32(digit)
            position += 1
        }
        return unit
    }
}
