package import FoundationEssentials
package import Logging

/// The server's log: one JSON object a line. Values are written as they are given, so nobody gives it a token, an address
/// of a person, or a body.
package struct JSONLogHandler: LogHandler {
    package var metadata: Logger.Metadata = [:]
    package var logLevel: Logger.Level = .info
    private let sink: LogSink

    /// - Parameter write: takes a whole line, its end included.
    package init(now: @escaping @Sendable () -> Date, write: @escaping @Sendable (String) -> Void) {
        self.init(sink: LogSink(now: now, write: write))
    }

    init(sink: LogSink) { self.sink = sink }

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
        add("time", sink.time)
        add("level", event.level.rawValue)
        add("message", event.message.description)
        members.sort { $0.name < $1.name }
        sink.write(members)
    }

    /// Hummingbird's name for it, and ours.
    private static func name(_ key: String) -> String { key == "hb.request.id" ? "request_id" : key }
}
