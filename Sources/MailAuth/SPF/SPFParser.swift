import DNS

/// Reads an SPF record by the grammar of RFC 7208 §12.
struct SPFParser {
    static let version = Array("v=spf1".utf8)

    private let octets: [UInt8]

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func parse(into record: inout SPFRecord) throws(SPFSyntaxError) {
        guard SPFRecord.isSPF(octets) else { throw SPFSyntaxError(.notSPF) }
        var index = Self.version.count
        while index < octets.count {
            // record = version *( 1*SP ( directive / modifier ) ) *SP
            if octets[index] == 0x20 {
                index += 1
                continue
            }
            var end = index
            while end < octets.count, octets[end] != 0x20 { end += 1 }
            try parse(term: octets[index..<end], into: &record)
            index = end
        }
    }

    private func parse(term: ArraySlice<UInt8>, into record: inout SPFRecord) throws(SPFSyntaxError) {
        if let bad = term.first(where: { $0 < 0x21 || $0 > 0x7E }) {
            throw SPFSyntaxError(.forbiddenOctet(bad), term: term, offset: term.startIndex)
        }
        do {
            var nameEnd = term.startIndex
            while nameEnd < term.endIndex, !Self.endsName(term[nameEnd]) { nameEnd += 1 }
            // RFC 7208 §4.6.1: a modifier has its = immediately behind the name, before any : or /.
            if nameEnd < term.endIndex, term[nameEnd] == UInt8(ascii: "=") {
                try parseModifier(name: term[..<nameEnd], value: term[(nameEnd + 1)...], into: &record)
            } else {
                record.terms.append(try parseDirective(term, nameEnd: nameEnd))
            }
        } catch let reason {
            throw SPFSyntaxError(reason, term: term, offset: term.startIndex)
        }
    }

    private static func endsName(_ octet: UInt8) -> Bool {
        octet == UInt8(ascii: ":") || octet == UInt8(ascii: "/") || octet == UInt8(ascii: "=")
    }

    private func parseModifier(
        name: ArraySlice<UInt8>, value: ArraySlice<UInt8>, into record: inout SPFRecord
    ) throws(SPFSyntaxError.Reason) {
        guard let first = name.first, first.isASCIILetter,
            name.allSatisfy({
                $0.isASCIILetter || $0.isASCIIDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
                    || $0 == UInt8(ascii: ".")
            })
        else { throw .badModifierName }
        if name.equalsIgnoringCase("redirect") {
            guard record.redirect == nil else { throw .duplicateModifier }
            record.redirect = try domain(value)
        } else if name.equalsIgnoringCase("exp") {
            guard record.explanation == nil else { throw .duplicateModifier }
            record.explanation = try domain(value)
        } else {
            guard SPFMacroString.isValid(value, in: .modifier) else { throw .badMacro }
            record.unknownModifiers.append(
                SPFRecord.Modifier(
                    name: String(decoding: name, as: UTF8.self), value: String(decoding: value, as: UTF8.self)))
        }
    }

    private func parseDirective(
        _ term: ArraySlice<UInt8>, nameEnd: Int
    ) throws(SPFSyntaxError.Reason) -> SPFTerm {
        var name = term[..<nameEnd]
        var qualifier = SPFQualifier.pass
        switch name.first {
        case UInt8(ascii: "+"): name = name.dropFirst()
        case UInt8(ascii: "-"): (qualifier, name) = (.fail, name.dropFirst())
        case UInt8(ascii: "~"): (qualifier, name) = (.softfail, name.dropFirst())
        case UInt8(ascii: "?"): (qualifier, name) = (.neutral, name.dropFirst())
        default: break
        }
        let rest = term[nameEnd...]
        let argument = rest.first == UInt8(ascii: ":") ? rest.dropFirst() : nil
        return SPFTerm(try mechanism(named: name, argument: argument, rest: rest), qualifier: qualifier)
    }

    /// `rest` is all that follows the name; `argument` what follows a colon right behind it.
    private func mechanism(
        named name: ArraySlice<UInt8>, argument: ArraySlice<UInt8>?, rest: ArraySlice<UInt8>
    ) throws(SPFSyntaxError.Reason) -> SPFMechanism {
        if name.equalsIgnoringCase("all") {
            guard rest.isEmpty else { throw .unexpectedArgument }
            return .all
        }
        if name.equalsIgnoringCase("include") {
            guard let argument else { throw .missingDomain }
            return .include(try domain(argument))
        }
        if name.equalsIgnoringCase("exists") {
            guard let argument else { throw .missingDomain }
            return .exists(try domain(argument))
        }
        if name.equalsIgnoringCase("ip4") {
            let (address, prefix) = try network(argument, prefixMax: 32)
            guard case .v4 = address else { throw .badAddress }
            return .ip4(address, prefix: prefix)
        }
        if name.equalsIgnoringCase("ip6") {
            let (address, prefix) = try network(argument, prefixMax: 128)
            guard case .v6 = address else { throw .badAddress }
            return .ip6(address, prefix: prefix)
        }
        if name.equalsIgnoringCase("a") {
            let (domain, prefix4, prefix6) = try domainAndPrefixes(argument, rest: rest)
            return .a(domain, prefix4: prefix4, prefix6: prefix6)
        }
        if name.equalsIgnoringCase("mx") {
            let (domain, prefix4, prefix6) = try domainAndPrefixes(argument, rest: rest)
            return .mx(domain, prefix4: prefix4, prefix6: prefix6)
        }
        if name.equalsIgnoringCase("ptr") {
            if rest.isEmpty { return .ptr(nil) }
            guard let argument else { throw .unexpectedArgument }
            return .ptr(try domain(argument))
        }
        throw .unknownMechanism
    }

    private func domain(_ octets: ArraySlice<UInt8>) throws(SPFSyntaxError.Reason) -> String {
        if octets.isEmpty { throw .missingDomain }
        return try SPFMacroString.canonicalDomain(octets)
    }

    private func network(
        _ argument: ArraySlice<UInt8>?, prefixMax: UInt8
    ) throws(SPFSyntaxError.Reason) -> (IPAddress, UInt8) {
        guard let argument else { throw .badAddress }
        let slash = argument.firstIndex(of: UInt8(ascii: "/")) ?? argument.endIndex
        guard let address = IPAddress(String(decoding: argument[..<slash], as: UTF8.self)) else { throw .badAddress }
        if slash == argument.endIndex { return (address, prefixMax) }
        return (address, try prefix(argument[(slash + 1)...], max: prefixMax))
    }

    /// `[ ":" domain-spec ] [ "/" prefix4 ] [ "//" prefix6 ]`. A domain-spec may hold slashes, so that prefix lengths
    /// are looked for from the end.
    private func domainAndPrefixes(
        _ argument: ArraySlice<UInt8>?, rest: ArraySlice<UInt8>
    ) throws(SPFSyntaxError.Reason) -> (String?, UInt8, UInt8) {
        var remaining = argument ?? rest
        var prefix4: UInt8 = 32
        var prefix6: UInt8 = 128
        if let (before, digits) = Self.trailingDigits(remaining), before.dropLast().last == UInt8(ascii: "/") {
            prefix6 = try prefix(digits, max: 128)
            remaining = before.dropLast(2)
        }
        if let (before, digits) = Self.trailingDigits(remaining) {
            prefix4 = try prefix(digits, max: 32)
            remaining = before.dropLast()
        }
        if argument == nil {
            guard remaining.isEmpty else { throw .badPrefixLength }
            return (nil, prefix4, prefix6)
        }
        return (try domain(remaining), prefix4, prefix6)
    }

    /// Splits behind the last slash if digits, at least one, are all that follow it.
    private static func trailingDigits(
        _ octets: ArraySlice<UInt8>
    ) -> (before: ArraySlice<UInt8>, digits: ArraySlice<UInt8>)? {
        var start = octets.endIndex
        while start > octets.startIndex, octets[start - 1].isASCIIDigit { start -= 1 }
        guard start < octets.endIndex, start > octets.startIndex, octets[start - 1] == UInt8(ascii: "/") else {
            return nil
        }
        return (octets[..<start], octets[start...])
    }

    /// RFC 7208 §12: no leading zero, except for zero itself.
    private func prefix(_ digits: ArraySlice<UInt8>, max: UInt8) throws(SPFSyntaxError.Reason) -> UInt8 {
        guard (1...3).contains(digits.count), digits.allSatisfy(\.isASCIIDigit),
            digits.first != UInt8(ascii: "0") || digits.count == 1
        else { throw .badPrefixLength }
        let value = digits.reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        guard value <= Int(max) else { throw .badPrefixLength }
        return UInt8(value)
    }
}
