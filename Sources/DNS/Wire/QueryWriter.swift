/// Writes one question as a message, straight into a buffer.
package enum QueryWriter {
    /// Header, a name, type and class, and an OPT record without options.
    package static let octetsMax = DNSMessage.headerOctets + DomainName.wireOctetsMax + 4 + 11

    /// Returns how many octets the message has. The buffer holds at least `octetsMax`, a precondition.
    ///
    /// With a payload size it carries an OPT record (RFC 6891); nil leaves that out, for servers that refuse it.
    package static func write(
        id: UInt16, _ name: DomainName, _ type: RecordType, recursionDesired: Bool, payloadOctets: UInt16?,
        to buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        precondition(buffer.count >= octetsMax)
        func put(_ value: UInt16, at offset: Int) {
            buffer[offset] = UInt8(value >> 8)
            buffer[offset + 1] = UInt8(truncatingIfNeeded: value)
        }
        var flags = HeaderFlags()
        flags.recursionDesired = recursionDesired
        put(id, at: 0)
        put(flags.rawValue, at: 2)
        put(1, at: 4)
        put(0, at: 6)
        put(0, at: 8)
        put(payloadOctets == nil ? 0 : 1, at: 10)
        var end = DNSMessage.headerOctets
        end += name.writeWire(to: UnsafeMutableRawBufferPointer(rebasing: buffer[end...]))
        put(type.rawValue, at: end)
        put(DNSMessage.classInternet, at: end + 2)
        end += 4
        if let payloadOctets {
            buffer[end] = 0
            put(RecordType.opt.rawValue, at: end + 1)
            put(payloadOctets, at: end + 3)
            for offset in end + 5..<end + 11 { buffer[offset] = 0 }
            end += 11
        }
        return end
    }
}
