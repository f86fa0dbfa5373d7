import Diagnostics

/// Looks a file's octets over before libyaml does: libyaml stops at the first octet that it does not like, says little
/// about it, and takes five different things for the end of a line.
///
/// What is found is reported, then replaced by U+FFFD, one for each scalar, so that parsing can go on and columns stay
/// what the renderer counts.
enum SourceScan {
    /// Places that are reported one by one in a file; a binary file has thousands.
    static let reportedMax = 20

    struct Result {
        var octets: [UInt8]
        /// Lines on which something was replaced: what else is wrong there follows from it.
        var repairedLines: Set<UInt32> = []
    }

    /// The octets to parse; nil where there is nothing to go on with.
    static func octets(of file: SourceFile, index: UInt16, _ sink: inout FindingSink) -> Result? {
        if let encoding = wideEncoding(file.bytes) {
            sink.report(
                .wideEncoding, at: SourceSpan(file: index, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0),
                label: "the file starts as \(encoding) does",
                helps: ["save it as UTF-8: `iconv -f \(encoding) -t UTF-8`"])
            return nil
        }
        guard needsRepair(file.bytes) else { return Result(octets: file.bytes) }
        var scan = Scan(file: index, bytes: file.bytes)
        scan.run(&sink)
        return Result(octets: scan.output, repairedLines: scan.repairedLines)
    }

    /// One pass that nearly every file passes: printable ASCII and line ends, and what else is UTF-8 that YAML allows.
    private static func needsRepair(_ bytes: [UInt8]) -> Bool {
        if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { return true }
        var isASCII = true
        let isSuspect = bytes.withUnsafeBufferPointer { octets in
            for (index, octet) in octets.enumerated() {
                if octet >= 0x20, octet < 0x7F { continue }
                switch octet {
                case 0x0A, 0x09: continue
                case 0x0D: if index + 1 < octets.count, octets[index + 1] == 0x0A { continue }
                // The lead octets of U+0080 to U+009F, U+2028, U+FEFF and U+FFFE: looked at closely by the slow pass.
                case 0xC3...0xE1, 0xE3...0xEE, 0xF0...0xF4, 0x80...0xBF:
                    isASCII = false
                    continue
                case 0xC2 where index + 1 < octets.count && octets[index + 1] >= 0xA0,
                    0xE2 where index + 1 < octets.count && octets[index + 1] != 0x80:
                    isASCII = false
                    continue
                default: break
                }
                return true
            }
            return false
        }
        return isSuspect || !isASCII && String(validating: bytes, as: UTF8.self) == nil
    }

    /// By byte order mark, or by the NULs that stand beside ASCII in UTF-16 and UTF-32.
    private static func wideEncoding(_ bytes: [UInt8]) -> String? {
        if bytes.starts(with: [0xFF, 0xFE, 0, 0]) { return "UTF-32LE" }
        if bytes.starts(with: [0, 0, 0xFE, 0xFF]) { return "UTF-32BE" }
        if bytes.starts(with: [0xFF, 0xFE]) { return "UTF-16LE" }
        if bytes.starts(with: [0xFE, 0xFF]) { return "UTF-16BE" }
        guard bytes.count >= 4 else { return nil }
        if bytes[0] != 0, bytes[1] == 0, bytes[2] != 0, bytes[3] == 0 { return "UTF-16LE" }
        if bytes[0] == 0, bytes[1] != 0, bytes[2] == 0, bytes[3] != 0 { return "UTF-16BE" }
        return nil
    }

    private struct Scan {
        let file: UInt16
        let bytes: [UInt8]
        var output: [UInt8] = []
        private(set) var repairedLines: Set<UInt32> = []
        private var line: UInt32 = 0
        private var column: UInt32 = 0
        private var reported = 0

        private static let replacement: [UInt8] = [0xEF, 0xBF, 0xBD]

        init(file: UInt16, bytes: [UInt8]) {
            self.file = file
            self.bytes = bytes
        }

        mutating func run(_ sink: inout FindingSink) {
            output.reserveCapacity(bytes.count)
            var start = 0
            if bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
                start = 3
                sink.report(
                    .byteOrderMark, at: place(cells: 0), label: "stands before the first character",
                    notes: ["UTF-8 needs no mark; other tools take it for a part of the first key"],
                    helps: ["`signet fmt` removes it"])
            }
            var decoder = UTF8()
            var octets = bytes[start...].makeIterator()
            var afterReturn = false
            decoding: while true {
                switch decoder.decode(&octets) {
                case .emptyInput: break decoding
                case .error:
                    report(.notUTF8, "these octets are no UTF-8 character", &sink)
                    emit(nil)
                case .scalarValue(let scalar):
                    if afterReturn, scalar != "\n" { loneReturn(&sink) }
                    afterReturn = scalar == "\r"
                    take(scalar, &sink)
                }
            }
            if afterReturn { loneReturn(&sink) }
        }

        private mutating func take(_ scalar: Unicode.Scalar, _ sink: inout FindingSink) {
            switch scalar.value {
            case 0x0A:
                output.append(0x0A)
                line += 1
                column = 0
            case 0x09, 0x0D, 0x20...0x7E, 0xA0...0x2027, 0x202A...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD,
                0x10000...0x10FFFF:
                emit(scalar)
            case 0x85, 0x2028, 0x2029:
                report(.lineBreak, "YAML 1.1 ends a line here; other tools do not", &sink)
                emit(nil)
            default:
                let name = scalar.value == 0 ? "NUL" : "U+" + hexadecimal(scalar.value)
                report(.controlCharacter, "\(name) stands here", &sink)
                emit(nil)
            }
        }

        /// A carriage return that no line feed follows ends a line for YAML, and for few others.
        private mutating func loneReturn(_ sink: inout FindingSink) {
            column -= 1
            report(.lineBreak, "a carriage return without a line feed", &sink)
            column += 1
            output[output.count - 1] = 0x20
        }

        private mutating func emit(_ scalar: Unicode.Scalar?) {
            if let scalar { output.append(contentsOf: UTF8.encode(scalar)!) } else { output += Self.replacement }
            column += 1
        }

        private mutating func report(_ code: ManifestCode, _ label: String, _ sink: inout FindingSink) {
            reported += 1
            repairedLines.insert(line)
            guard reported <= SourceScan.reportedMax else { return }
            sink.report(code, at: place(cells: 1), label: label)
        }

        private func place(cells: UInt32) -> SourceSpan {
            SourceSpan(file: file, startLine: line, startColumn: column, endLine: line, endColumn: column + cells)
        }

        private func hexadecimal(_ value: UInt32) -> String {
            let digits = String(value, radix: 16, uppercase: true)
            return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        }
    }
}
