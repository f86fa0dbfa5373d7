import Keys

/// The policy file at `https://mta-sts.D/.well-known/mta-sts.txt` (RFC 8461 §3.2).
public struct MTASTSPolicy: Sendable, Hashable {
    public enum Mode: String, Sendable, Hashable, CaseIterable {
        case enforce, testing, none
    }

    /// RFC 8461 §3.2: about a year.
    public static let maxAgeSecondsMax = 31_557_600
    /// A file larger than this is not read (RFC 8461 §3.3 advises 64 KB).
    public static let octetsMax = 65_536

    public var mode: Mode
    /// Host names, possibly with a leading `*.`.
    public var mx: [String]
    public var maxAgeSeconds: Int

    public init(mode: Mode, mx: [String], maxAgeSeconds: Int) {
        self.mode = mode
        self.mx = mx
        self.maxAgeSeconds = maxAgeSeconds
    }

    /// Nil for a file that a sender would not accept. Unknown keys are passed over; of repeated ones, except `mx`, the
    /// first counts.
    public init?(octets: [UInt8]) {
        guard octets.count <= Self.octetsMax else { return nil }
        var values: [String: String] = [:]
        var mx: [String] = []
        for line in octets.split(separator: UInt8.lineFeed) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            let key = line[..<colon].trimmed.text
            let value = line[(colon + 1)...].trimmed.text
            if key == "mx" {
                mx.append(value)
            } else if values[key] == nil {
                values[key] = value
            }
        }
        guard values["version"] == "STSv1", let mode = values["mode"].flatMap(Mode.init(rawValue:)),
            let maxAge = values["max_age"].flatMap(Int.init), (0...Self.maxAgeSecondsMax).contains(maxAge),
            !mx.isEmpty || mode == .none
        else { return nil }
        self.init(mode: mode, mx: mx, maxAgeSeconds: maxAge)
    }

    /// The file, with CRLF line ends.
    public var text: String {
        (["version: STSv1", "mode: \(mode.rawValue)"] + mx.map { "mx: \($0)" } + ["max_age: \(maxAgeSeconds)"])
            .map { $0 + "\r\n" }.joined()
    }

    /// The record that goes with this file: its id changes exactly if the file does.
    public var record: MTASTSRecord {
        let digest = SHA256.hash(Array(text.utf8))
        return MTASTSRecord(id: String(digest.hex.prefix(MTASTSRecord.idCharactersMax)))!
    }
}
