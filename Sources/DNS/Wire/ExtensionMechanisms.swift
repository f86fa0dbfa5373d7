/// What an OPT record says (EDNS, RFC 6891).
package struct ExtensionMechanisms: Sendable, Equatable {
    /// What one UDP answer may have in octets without fragments on the path (DNS Flag Day 2020).
    package static let payloadOctetsDefault: UInt16 = 1232
    /// RFC 6891 §6.2.3: smaller values count as this one; also the limit without EDNS (RFC 1035 §4.2.1).
    package static let payloadOctetsMin: UInt16 = 512

    /// The largest UDP message that the sender takes, in octets.
    package var payloadOctets: UInt16
    /// The upper eight bits of the response code.
    package var extendedResponseCode: UInt8
    package var version: UInt8
    package var extendedError: ExtendedError?

    package init(
        payloadOctets: UInt16 = Self.payloadOctetsDefault, extendedResponseCode: UInt8 = 0, version: UInt8 = 0,
        extendedError: ExtendedError? = nil
    ) {
        self.payloadOctets = payloadOctets
        self.extendedResponseCode = extendedResponseCode
        self.version = version
        self.extendedError = extendedError
    }

    /// Reads an OPT record from its CLASS field on. RFC 6891 §6.1.2, §6.1.3.
    init(from reader: inout WireReader) throws(WireError) {
        let payload = try reader.uint16()
        self.init(
            payloadOctets: max(payload, Self.payloadOctetsMin), extendedResponseCode: try reader.uint8(),
            version: try reader.uint8())
        try reader.skip(2)
        let end = Int(try reader.uint16()) + reader.offset
        guard end <= reader.octets.count else { throw .truncated }
        while reader.offset < end {
            let code = try reader.uint16()
            let length = Int(try reader.uint16())
            guard length <= end - reader.offset else { throw .badRecordData(.opt) }
            if code == ExtendedError.optionCode, length >= 2, extendedError == nil {
                extendedError = ExtendedError(
                    code: try reader.uint16(), text: String(decoding: try reader.take(length - 2), as: UTF8.self))
            } else {
                try reader.skip(length)
            }
        }
    }

    func write(to writer: inout WireWriter) {
        writer.uint8(0)
        writer.uint16(RecordType.opt.rawValue)
        writer.uint16(payloadOctets)
        writer.uint8(extendedResponseCode)
        writer.uint8(version)
        writer.uint16(0)
        guard let extendedError else {
            writer.uint16(0)
            return
        }
        let text = Array(extendedError.text.utf8.prefix(ExtendedError.textOctetsMax))
        writer.uint16(UInt16(6 + text.count))
        writer.uint16(ExtendedError.optionCode)
        writer.uint16(UInt16(2 + text.count))
        writer.uint16(extendedError.code)
        writer.append(text)
    }
}

/// Why a server answered with an error, in its own words (RFC 8914).
package struct ExtendedError: Sendable, Equatable, CustomStringConvertible {
    static let optionCode: UInt16 = 15
    /// What we keep of a server's text, in octets; ours to choose.
    static let textOctetsMax = 256

    package let code: UInt16
    package let text: String

    package init(code: UInt16, text: String = "") {
        self.code = code
        self.text = text
    }

    /// The purposes of RFC 8914 §4, by code.
    private static let purposes = [
        "other error", "unsupported DNSKEY algorithm", "unsupported DS digest type", "stale answer", "forged answer",
        "DNSSEC indeterminate", "DNSSEC bogus", "signature expired", "signature not yet valid", "DNSKEY missing",
        "RRSIGs missing", "no zone key bit set", "NSEC missing", "cached error", "not ready", "blocked", "censored",
        "filtered", "prohibited", "stale NXDOMAIN answer", "not authoritative", "not supported",
        "no reachable authority", "network error", "invalid data",
    ]

    /// One line for a reader. The server's text is a stranger's: control characters are left out, and its length is
    /// bounded.
    package var description: String {
        let purpose = Int(code) < Self.purposes.count ? Self.purposes[Int(code)] : "extended error \(code)"
        var shown = String.UnicodeScalarView()
        for scalar in text.unicodeScalars.prefix(Self.textOctetsMax)
        where scalar.properties.generalCategory != .control && scalar.properties.generalCategory != .format {
            shown.append(scalar)
        }
        return shown.isEmpty ? purpose : "\(purpose): \(String(shown))"
    }
}
