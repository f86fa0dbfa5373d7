/// The files of a zip archive (PKWARE APPNOTE 6.3), as report generators make it: stored or deflated, a single volume.
struct ZIPArchive {
    /// Ours: a report's archive holds one file.
    static let filesMax = 16
    private static let endSignature: [UInt8] = [0x50, 0x4B, 5, 6]
    private static let entrySignature: [UInt8] = [0x50, 0x4B, 1, 2]
    private static let localSignature: [UInt8] = [0x50, 0x4B, 3, 4]
    /// APPNOTE §4.3.16: the end record, and a comment of at most 65,535 octets.
    private static let endRecordOctets = 22
    private static let commentOctetsMax = 65_535

    private let octets: ArraySlice<UInt8>

    init(_ octets: [UInt8]) { self.octets = octets[...] }

    /// Every file's content; directories are left out.
    ///
    /// - Parameter max: for all files together, inflated.
    func contents(max: Int) throws(ReportError) -> [[UInt8]] {
        guard let end = endRecord else { throw .archive("there is no end of its directory") }
        let count = try number(end + 10, octets: 2)
        guard count <= Self.filesMax else { throw .tooLarge("files in the archive", max: Self.filesMax) }
        var position = try number(end + 16, octets: 4)
        var contents: [[UInt8]] = []
        var total = 0
        for _ in 0..<count {
            guard has(Self.entrySignature, at: position) else { throw .archive("its directory is damaged") }
            let nameLength = try number(position + 28, octets: 2)
            // Some generators give their one file no name.
            let last = nameLength > 0 ? try octet(position + 46 + nameLength - 1) : 0
            if last != UInt8(ascii: "/") {
                contents.append(try content(ofEntryAt: position, max: max - total))
                total += contents.last?.count ?? 0
            }
            position +=
                46 + nameLength + (try number(position + 30, octets: 2)) + (try number(position + 32, octets: 2))
        }
        return contents
    }

    private func content(ofEntryAt entry: Int, max: Int) throws(ReportError) -> [UInt8] {
        // APPNOTE §4.4.4, bit 0.
        guard try number(entry + 8, octets: 2) & 1 == 0 else { throw .archive("it is encrypted") }
        let method = try number(entry + 10, octets: 2)
        let packed = try number(entry + 20, octets: 4)
        let local = try number(entry + 42, octets: 4)
        guard packed != 0xFFFF_FFFF, local != 0xFFFF_FFFF else { throw .archive("it is a ZIP64 archive") }
        guard has(Self.localSignature, at: local) else { throw .archive("its directory is damaged") }
        // The local header's extra field may differ in length from the directory's.
        let start = local + 30 + (try number(local + 26, octets: 2)) + (try number(local + 28, octets: 2))
        guard start + packed <= octets.count else { throw .archive("it is cut off") }
        let data = octets[start..<(start + packed)]
        switch method {
        case 0:
            guard data.count <= max else { throw .tooLarge("octets inflated from the archive", max: max) }
            return Array(data)
        case 8:
            return try Inflation.inflate(data, .deflate, max: max)
        default:
            throw .archive("its compression method is not supported")
        }
    }

    /// The last end record whose comment fits.
    private var endRecord: Int? {
        var position = octets.count - Self.endRecordOctets
        let first = Swift.max(0, position - Self.commentOctetsMax)
        while position >= first {
            if has(Self.endSignature, at: position) { return position }
            position -= 1
        }
        return nil
    }

    private func has(_ signature: [UInt8], at position: Int) -> Bool {
        position >= 0 && position + signature.count <= octets.count
            && octets[position..<(position + signature.count)].elementsEqual(signature)
    }

    private func octet(_ position: Int) throws(ReportError) -> UInt8 {
        guard octets.indices.contains(position) else { throw .archive("it is cut off") }
        return octets[position]
    }

    /// Little-endian.
    private func number(_ position: Int, octets count: Int) throws(ReportError) -> Int {
        var value = 0
        for offset in 0..<count { value |= Int(try octet(position + offset)) << (8 * offset) }
        return value
    }
}
