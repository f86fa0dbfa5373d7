import Audit
import FoundationEssentials

/// Where the lines of the server's log go, and the clock that they tell. Each is one JSON object.
final class LogSink: Sendable {
    private let now: @Sendable () -> Date
    private let times = LogTime()
    private let write: @Sendable (String) -> Void

    /// - Parameter write: takes a whole line, its end included.
    init(now: @escaping @Sendable () -> Date, write: @escaping @Sendable (String) -> Void) {
        self.now = now
        self.write = write
    }

    /// The time now, as lines have it.
    var time: String { times.text(of: now()) }

    /// Of every name there is one, and they are in order.
    func write(_ members: [(name: String, text: String)]) {
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
}
