/// The second pair of octets of a message's header (RFC 1035 §4.1.1).
package struct HeaderFlags: RawRepresentable, Sendable, Hashable {
    package var rawValue: UInt16

    package init(rawValue: UInt16 = 0) { self.rawValue = rawValue }

    /// QR
    package var isResponse: Bool {
        get { rawValue & 0x8000 != 0 }
        set { set(0x8000, newValue) }
    }
    /// 0 is QUERY.
    package var operation: UInt8 {
        get { UInt8(rawValue >> 11 & 0xF) }
        set { rawValue = rawValue & ~0x7800 | UInt16(newValue & 0xF) << 11 }
    }
    /// AA
    package var isAuthoritative: Bool {
        get { rawValue & 0x0400 != 0 }
        set { set(0x0400, newValue) }
    }
    /// TC
    package var isTruncated: Bool {
        get { rawValue & 0x0200 != 0 }
        set { set(0x0200, newValue) }
    }
    /// RD
    package var recursionDesired: Bool {
        get { rawValue & 0x0100 != 0 }
        set { set(0x0100, newValue) }
    }
    /// RA
    package var recursionAvailable: Bool {
        get { rawValue & 0x0080 != 0 }
        set { set(0x0080, newValue) }
    }
    /// RCODE's lower four bits.
    package var responseCode: UInt8 {
        get { UInt8(rawValue & 0xF) }
        set { rawValue = rawValue & ~0xF | UInt16(newValue & 0xF) }
    }

    private mutating func set(_ bit: UInt16, _ value: Bool) {
        rawValue = value ? rawValue | bit : rawValue & ~bit
    }
}
