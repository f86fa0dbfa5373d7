/// A name as RFC 1035 §3.1 puts it on the wire: each label behind its length, the root's zero at the end.
extension DomainName {
    /// Uncompressed, letters in lower case; at most `wireOctetsMax` octets.
    package var wireOctets: [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.wireOctetsMax) { buffer, count in
            count = writeWire(to: UnsafeMutableRawBufferPointer(buffer))
        }
    }

    /// Writes `wireOctets` to a buffer's start and returns how many there are. The buffer holds at least
    /// `wireOctetsMax` octets, a precondition.
    package func writeWire(to buffer: UnsafeMutableRawBufferPointer) -> Int {
        precondition(buffer.count >= Self.wireOctetsMax)
        if text.isEmpty {
            buffer[0] = 0
            return 1
        }
        var text = text
        return text.withUTF8 { bytes in
            var lengthAt = 0
            var next = 1
            var index = 0
            while index < bytes.count {
                var octet = bytes[index]
                index += 1
                if octet == UInt8(ascii: ".") {
                    buffer[lengthAt] = UInt8(next - lengthAt - 1)
                    lengthAt = next
                    next += 1
                    continue
                }
                if octet == UInt8(ascii: "\\") {
                    octet = bytes[index]
                    if octet >= UInt8(ascii: "0"), octet <= UInt8(ascii: "9") {
                        let digits = (0..<3).map { Int(bytes[index + $0] - UInt8(ascii: "0")) }
                        octet = UInt8(digits[0] * 100 + digits[1] * 10 + digits[2])
                        index += 2
                    }
                    index += 1
                }
                buffer[next] = octet
                next += 1
            }
            buffer[lengthAt] = UInt8(next - lengthAt - 1)
            buffer[next] = 0
            return next + 1
        }
    }

    /// Reads an uncompressed name that is all of `octets`.
    package init(wire octets: [UInt8]) throws(WireError) {
        let text = try octets.withUnsafeBytesResult { bytes throws(WireError) in
            var reader = WireReader(bytes)
            let name = try reader.name(compression: .refused)
            guard reader.isAtEnd else { throw WireError.trailingOctets }
            return name
        }
        self = text
    }
}

extension Array where Element == UInt8 {
    /// `withUnsafeBytes` for a body with a typed error.
    func withUnsafeBytesResult<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let result: Result<Value, Failure> = withUnsafeBytes { bytes in
            do throws(Failure) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        return try result.get()
    }
}
