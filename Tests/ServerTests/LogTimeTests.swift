import FoundationEssentials
import Logging
import Testing

@testable import Server

@Suite struct LogTimeTests {
    @Test(
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (0.25, "1970-01-01T00:00:00.250Z"), (0.0625, "1970-01-01T00:00:00.062Z"),
            (1_795_545_599.5, "2026-11-24T18:39:59.500Z"), (1_795_545_600, "2026-11-24T18:40:00.000Z"),
            (-0.5, "1969-12-31T23:59:59.500Z"),
        ] as [(Double, String)])
    func timesAreToTheMillisecond(seconds: Double, text: String) {
        #expect(LogTime().text(of: Date(timeIntervalSince1970: seconds)) == text)
    }

    @Test func aSecondThatIsKeptIsNotTheNext() {
        let times = LogTime()
        let texts = [10.0, 10.5, 11, 10.25, 11.75].map { times.text(of: Date(timeIntervalSince1970: $0)).suffix(7) }
        #expect(texts == ["10.000Z", "10.500Z", "11.000Z", "10.250Z", "11.750Z"])
    }

    /// RFC 8259 §4: names in an object are to be unique. What an event says goes before what every line says.
    @Test func aNameStandsOnceInALine() throws {
        final class Lines: @unchecked Sendable { var text = "" }
        let lines = Lines()
        var handler = JSONLogHandler(now: { Date(timeIntervalSince1970: 0) }, write: { lines.text += $0 })
        handler.metadata["code"] = "always"
        handler.log(
            event: LogEvent(
                level: .info, message: "m", metadata: ["code": "now", "level": "mine"], source: "s", file: "f",
                function: "g", line: 1))
        #expect(lines.text.components(separatedBy: #""code":"#).count == 2)
        #expect(lines.text.contains(#""code":"now""#))
        #expect(lines.text.components(separatedBy: #""level":"#).count == 2)
    }

    /// Whatever a value holds, a line stays one line of JSON.
    @Test func aLineIsOneObject() throws {
        final class Lines: @unchecked Sendable { var text = "" }
        let lines = Lines()
        var handler = JSONLogHandler(now: { Date(timeIntervalSince1970: 0) }, write: { lines.text += $0 })
        handler.metadata["hb.request.id"] = "r1"
        handler.log(
            event: LogEvent(
                level: .info, message: "a \"b\"\n\u{1}", metadata: ["code": "x\\y"],
                source: "s", file: "f", function: "g", line: 1))
        #expect(
            lines.text
                == #"{"code":"x\\y","level":"info","message":"a \"b\"\n\u0001","request_id":"r1","time":"1970-01-01T00:00:00.000Z"}"#
                + "\n")
    }
}
