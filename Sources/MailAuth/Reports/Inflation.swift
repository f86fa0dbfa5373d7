import CZlib

/// Inflates what zlib's formats hold (RFC 1951, 1952), up to a bound: a few octets can stand for gigabytes.
enum Inflation {
    enum Format: Int32 {
        case deflate = -15
        case gzip = 31
    }

    private static let pieceOctets = 64 << 10

    /// - Parameter max: more octets than this are refused.
    static func inflate(
        _ octets: ArraySlice<UInt8>, _ format: Format, max: Int
    ) throws(ReportError) -> [UInt8] {
        var stream = z_stream()
        guard signet_inflate_start(&stream, format.rawValue) == Z_OK else { throw .archive("zlib does not start") }
        defer { inflateEnd(&stream) }
        var output: [UInt8] = []
        // zlib counts in 32 bits; a report's archive is bounded far below.
        guard octets.count < Int(UInt32.max) else { throw .tooLarge("octets of the archive", max: Int(UInt32.max)) }
        var input = Array(octets)
        var piece = [UInt8](repeating: 0, count: pieceOctets)
        let status = input.withUnsafeMutableBufferPointer { input in
            piece.withUnsafeMutableBufferPointer { piece in
                run(&stream, input: input, piece: piece, output: &output, max: max)
            }
        }
        if output.count > max { throw .tooLarge("octets inflated from the archive", max: max) }
        switch status {
        case Z_STREAM_END: return output
        case Z_DATA_ERROR: throw .archive("its data is damaged")
        default: throw .archive("it is cut off")
        }
    }

    private static func run(
        _ stream: inout z_stream, input: UnsafeMutableBufferPointer<UInt8>, piece: UnsafeMutableBufferPointer<UInt8>,
        output: inout [UInt8], max: Int
    ) -> Int32 {
        stream.next_in = input.baseAddress
        stream.avail_in = UInt32(input.count)
        var status = Z_OK
        repeat {
            stream.next_out = piece.baseAddress
            stream.avail_out = UInt32(piece.count)
            status = CZlib.inflate(&stream, Z_NO_FLUSH)
            output += UnsafeBufferPointer(rebasing: piece[..<(piece.count - Int(stream.avail_out))])
            // RFC 1952 §2.2: a file may have several members. What else follows one is passed over.
            if status == Z_STREAM_END, stream.avail_in >= 2, stream.next_in[0] == 0x1F, stream.next_in[1] == 0x8B {
                status = inflateReset(&stream)
            }
            // Z_BUF_ERROR: no progress is possible, so that the input has ended too early.
        } while status == Z_OK && output.count <= max
        return status
    }
}
