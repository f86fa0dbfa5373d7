/// One file that a user wrote, kept whole so that a diagnostic can quote it.
///
/// Positions are counted as libyaml counts them: lines and columns from zero, columns in Unicode scalars.
package struct SourceFile: Sendable, Equatable {
    /// The path as the user gave it, or as found below the folder that the user gave.
    package let path: String
    package let bytes: [UInt8]
    /// Places that no output may quote: what stands there may be a secret. Whoever renders shows them masked.
    package var secrets: [SourceSpan]

    package init(path: String, bytes: [UInt8], secrets: [SourceSpan] = []) {
        self.path = path
        self.bytes = bytes
        self.secrets = secrets
    }

    /// The text of one line (from zero), without its line end; nil past the end of the file.
    /// Bytes that are not UTF-8 come out as U+FFFD. Linear in the file's size: for rendering only.
    package func line(_ number: Int) -> String? {
        var current = 0
        var start = 0
        while current < number {
            guard let newline = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) else { return nil }
            start = newline + 1
            current += 1
        }
        guard start <= bytes.count else { return nil }
        var end = bytes[start...].firstIndex(of: UInt8(ascii: "\n")) ?? bytes.count
        if end > start, bytes[end - 1] == UInt8(ascii: "\r") { end -= 1 }
        return String(decoding: bytes[start..<end], as: UTF8.self)
    }
}

/// A place in one of the files of a manifest: from a start up to, not including, an end.
package struct SourceSpan: Sendable, Hashable {
    /// Which file: an index into the list of files that travels with the diagnostics.
    package var file: UInt16
    package var startLine: UInt32
    package var startColumn: UInt32
    package var endLine: UInt32
    package var endColumn: UInt32

    package init(file: UInt16, startLine: UInt32, startColumn: UInt32, endLine: UInt32, endColumn: UInt32) {
        self.file = file
        self.startLine = startLine
        self.startColumn = startColumn
        self.endLine = endLine
        self.endColumn = endColumn
    }
}
