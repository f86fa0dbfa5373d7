import FoundationEssentials
import HTTPTypes
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

    private final class Lines: @unchecked Sendable { var text = "" }

    private static func line(
        _ message: Logger.Message, always: Logger.Metadata, metadata: Logger.Metadata
    ) -> String {
        let lines = Lines()
        var handler = JSONLogHandler(now: { Date(timeIntervalSince1970: 0) }, write: { lines.text += $0 })
        handler.metadata = always
        handler.log(
            event: LogEvent(
                level: .info, message: message, metadata: metadata, source: "s", file: "f", function: "g", line: 1))
        return lines.text
    }

    /// Written in a shorter way, and no other line for that.
    @Test(
        arguments: [
            (.get, "GET", nil), (.delete, "DELETE", .notFound), (nil, "OTHER", .headersTooLarge),
            (HTTPRequest.Method("M-SEARCH"), "OTHER", .methodNotAllowed),
        ] as [(HTTPRequest.Method?, String, ProblemCode?)])
    func aRequestsLineIsAsEveryOther(method: HTTPRequest.Method?, name: String, code: ProblemCode?) {
        let lines = Lines()
        let sink = LogSink(now: { Date(timeIntervalSince1970: 0) }, write: { lines.text += $0 })
        RequestLog(sink: sink)
            .write(id: "r\"1", method: method, route: "/v1/x", status: .notFound, seconds: 0.0129, code: code)
        let expected = Self.line(
            "request", always: ["hb.request.id": "r\"1"],
            metadata: [
                "method": "\(name)", "route": "/v1/x", "status": "404", "milliseconds": "12",
                "code": "\(code?.rawValue ?? "-")",
            ])
        #expect(lines.text == expected)
    }

    /// RFC 8259 §4: names in an object are to be unique. What an event says goes before what every line says.
    @Test func aNameStandsOnceInALine() {
        let line = Self.line("m", always: ["code": "always"], metadata: ["code": "now", "level": "mine"])
        #expect(line.components(separatedBy: #""code":"#).count == 2)
        #expect(line.contains(#""code":"now""#))
        #expect(line.components(separatedBy: #""level":"#).count == 2)
        #expect(line.contains(#""level":"mine""#))
    }

    /// Whatever a value holds, a line stays one line of JSON.
    @Test func aLineIsOneObject() {
        #expect(
            Self.line("a \"b\"\n\u{1}", always: ["hb.request.id": "r1"], metadata: ["code": "x\\y"])
                == #"{"code":"x\\y","level":"info","message":"a \"b\"\n\u0001","request_id":"r1","time":"1970-01-01T00:00:00.000Z"}"#
                + "\n")
    }
}
