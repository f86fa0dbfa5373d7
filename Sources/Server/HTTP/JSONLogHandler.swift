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
        var members: [(name: String, text: String)] = []
        // Of one name the first stands, which is the event's own word on it. They are few: a search is a short one.
        func add(_ name: String, _ text: @autoclosure () -> String) {
            if !members.contains(where: { $0.name == name }) { members.append((name, text())) }
        }
        for (key, value) in event.metadata ?? [:] { add(Self.name(key), value.description) }
        for (key, value) in metadata { add(Self.name(key), value.description) }
        add("time", times.text(of: now()))
        add("level", event.level.rawValue)
        add("message", event.message.description)
        members.sort { $0.name < $1.name }
        var line: [UInt8] = []
        line.reserveCapacity(256)
        for (index, member) in members.enumerated() {
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
