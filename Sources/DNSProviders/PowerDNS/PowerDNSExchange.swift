import DNS
import Transport

/// One request to PowerDNS' API and what came of it, in words for a reader.
struct PowerDNSExchange {
    /// What came of a try.
    enum Outcome {
        case answered(HTTPResponse)
        /// Certainly not carried out; may be tried again.
        case notDone(ProviderError, retryAfter: Duration?)
        /// The answer was lost: carried out or not, nobody knows.
        case lost(ProviderError, retryAfter: Duration?)
        /// Certainly not carried out, and no use to try again.
        case refused(ProviderError)
    }

    /// `PowerDNS at http://127.0.0.1:8081`.
    var server: String
    /// What was asked, as it follows "when asked": `to list the zone example.test`.
    var asked: String
    var apiKey: String

    func outcome(_ result: Result<HTTPResponse, HTTPError>, unixSeconds now: Int64) -> Outcome {
        switch result {
        case .failure(let error):
            let failure = ProviderError(
                .unavailable, "\(server) gave no answer when asked \(asked): \(error.message)")
            if error.mayHaveArrived { return .lost(failure, retryAfter: nil) }
            return error.isTransient ? .notDone(failure, retryAfter: nil) : .refused(failure)
        case .success(let response):
            return outcome(response, now)
        }
    }

    private func outcome(_ response: HTTPResponse, _ now: Int64) -> Outcome {
        let retryAfter = response.retryAfter(unixSeconds: now)
        switch response.status {
        case 200...299:
            return .answered(response)
        case 429:
            return .notDone(error(.rateLimited, response), retryAfter: retryAfter)
        case 401, 403:
            return .refused(error(.unauthorized, response, "check the API key, and `webserver-allow-from` there"))
        case 404:
            return .refused(
                error(.noSuchZone, response, "it does not hold that zone, or `server` or `url` is not the right one"))
        case 408, 425:
            return .notDone(error(.unavailable, response), retryAfter: retryAfter)
        case 300...399:
            return .refused(
                error(.unavailable, response, "`url` leads elsewhere, and a credential does not follow"))
        case 400...499 where Self.names[response.status] != nil:
            return .refused(error(.rejected, response))
        default:
            // A server error, or a proxy's, says nothing about what was done before it; nor does a status that
            // PowerDNS never gives, such as nginx' 444 and 499.
            return .lost(error(.unavailable, response), retryAfter: retryAfter)
        }
    }

    /// The answer was one that PowerDNS does not give.
    func strange(_ response: HTTPResponse) -> ProviderError {
        error(.unavailable, response, "that is not an answer of PowerDNS' API")
    }

    private func error(_ code: ProviderError.Code, _ response: HTTPResponse, _ hint: String? = nil) -> ProviderError {
        var message = "\(server) answered \(response.status)"
        if let name = Self.names[response.status] { message += " \(name)" }
        message += " when asked \(asked)"
        if let reason = reason(response), reason != Self.names[response.status] { message += ": \(reason)" }
        if let hint { message += " (\(hint))" }
        return ProviderError(code, message)
    }

    /// `{"error": "…", "errors": ["…"]}`, where newer versions say in `errors` which record sets are meant; or the body's
    /// text.
    func reason(_ response: HTTPResponse) -> String? {
        var found: [UInt8]?
        var details: [[UInt8]] = []
        var scanner = JSONScanner(response.body)
        if scanner.isAtObject() {
            try? scanner.object { (scanner, member) throws(JSONScanner.Malformed) in
                switch member {
                case "error": found = try scanner.string()
                case "errors":
                    try scanner.array { (scanner) throws(JSONScanner.Malformed) in
                        details.append(try scanner.string())
                    }
                default: try scanner.skip()
                }
            }
        }
        if !details.isEmpty {
            let details = Array(details.joined(separator: "; ".utf8))
            found = found.map { $0 + Array(": ".utf8) + details } ?? details
        }
        return ResponseExcerpt.text(found ?? response.body, secret: apiKey)
    }

    /// RFC 9110 §15; RFC 6585 §4.
    private static let names = [
        200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
        405: "Method Not Allowed", 409: "Conflict", 413: "Content Too Large", 422: "Unprocessable Entity",
        429: "Too Many Requests", 500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
        504: "Gateway Timeout",
    ]
}
