import Audit
package import FoundationEssentials
package import Logging

/// The server's log: one JSON object a line. Values are written as they are given, so nobody gives it a token, an address
/// of a person, or a body.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let now: @Sendable () -> Date
    private let times = LogTime()
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a whole line, its end included.
    package init(now: @escaping @Sendable () -> Date, write: @escaping @Sendable (String) -> Void) {
        self.now = now
        self.write = write
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        var members: [String: CanonicalJSON] = [
            "time": .text(times.text(of: now())), "level": .text(event.level.rawValue),
            "message": .text(event.message.description),
        ]
        for (key, value) in metadata { members[Self.name(key)] = .text(value.description) }
        for (key, value) in event.metadata ?? [:] { members[Self.name(key)] = .text(value.description) }
        var line = CanonicalJSON.object(members).octets
        line.append(UInt8(ascii: "\n"))
        write(String(decoding: line, as: UTF8.self))
    }

    /// Hummingbird's name for it, and ours.
    private static func name(_ key: String) -> String { key == "hb.request.id" ? "request_id" : key }
}
