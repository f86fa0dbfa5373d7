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
        var members = [
            (name: "time", text: times.text(of: now())), (name: "level", text: event.level.rawValue),
            (name: "message", text: event.message.description),
        ]
        for (key, value) in event.metadata ?? [:] { members.append((Self.name(key), value.description)) }
        // The event's own word on something stands before what is always said.
        for (key, value) in metadata where event.metadata?[key] == nil {
            members.append((Self.name(key), value.description))
        }
        members.sort { $0.name < $1.name }
        var line: [UInt8] = []
        line.reserveCapacity(256)
        for (index, member) in members.enumerated() where index == 0 || members[index - 1].name != member.name {
            line.append(UInt8(ascii: index == 0 ? "{" : ","))
            CanonicalJSON.write(member.name, to: &line)
            line.append(UInt8(ascii: ":"))
            CanonicalJSON.write(member.text, to: &line)
        }
        line += "}\n".utf8
        write(String(decoding: line, as: UTF8.self))
    }

    /// Hummingbird's name for it, and ours.
    private static func name(_ key: String) -> String { key == "hb.request.id" ? "request_id" : key }
}
