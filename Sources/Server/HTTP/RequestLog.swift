import HTTPTypes

/// The log's line about each request, written without what a logger has to do for any line.
struct RequestLog: Sendable {
    let sink: LogSink

    /// - Parameters:
    ///   - route: the template, never the path: an id in it may be a person's.
    ///   - method: a client can write anything for one, and the log is not for it to write in.
    ///   - code: of the problem that was answered with.
    func write(
        id: String, method: HTTPRequest.Method?, route: String, status: HTTPResponse.Status, seconds: Double,
        code: ProblemCode?
    ) {
        sink.write([
            ("code", code?.rawValue ?? "-"), ("level", "info"), ("message", "request"), ("method", Self.known(method)),
            ("milliseconds", String(Int(seconds * 1000))), ("request_id", id), ("route", route),
            ("status", String(status.code)), ("time", sink.time),
        ])
    }

    private static func known(_ method: HTTPRequest.Method?) -> String {
        switch method {
        case .get?, .head?, .post?, .put?, .patch?, .delete?, .options?: method!.rawValue
        default: "OTHER"
        }
    }
}
