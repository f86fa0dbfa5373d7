import Operations
import SendGate
import Synchronization

/// What the server counts, in Prometheus' text form (its exposition format, version 0.0.4). Labels are from closed lists,
/// so the number of series is bounded; none holds anything of a person.
final class MetricsRegistry: Sendable {
    /// Upper bounds of the histogram of answer times, in seconds.
    private static let bounds: [Double] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

    private struct Series: Hashable {
        var route: String
        var status: Int
    }

    private struct Histogram {
        var buckets = [Int](repeating: 0, count: MetricsRegistry.bounds.count)
        var count = 0
        var sumSeconds = 0.0

        mutating func record(_ seconds: Double) {
            count += 1
            sumSeconds += seconds
            for (index, bound) in MetricsRegistry.bounds.enumerated() where seconds <= bound { buckets[index] += 1 }
        }
    }

    private struct State {
        var requests: [Series: Int] = [:]
        var times: [String: Histogram] = [:]
        var inFlight = 0
        var outcomes: [String: Int] = [:]
        var tokenFailures = 0
        var workerRuns = 0
        var workerFailures = 0
    }

    private let state = Mutex(State())
    let bodies = BodyBudget()

    func requestBegan() { state.withLock { $0.inFlight += 1 } }

    func requestEnded(route: String, status: Int, seconds: Double) {
        state.withLock { state in
            state.inFlight -= 1
            state.requests[Series(route: route, status: status), default: 0] += 1
            state.times[route, default: Histogram()].record(seconds)
        }
    }

    /// - Parameter outcome: what became of a message: a state of the outbox.
    func messageEnded(_ outcome: String) { state.withLock { $0.outcomes[outcome, default: 0] += 1 } }
    /// What is repeated was counted when it happened.
    func messageReported(_ report: SendReport) {
        if let state = report.state, !report.isRepeated { messageEnded(state.rawValue) }
    }
    func tokenFailed() { state.withLock { $0.tokenFailures += 1 } }
    func workerRan(failed: Bool) {
        state.withLock { state in
            state.workerRuns += 1
            if failed { state.workerFailures += 1 }
        }
    }

    // MARK: text

    var text: String {
        let state = state.withLock { $0 }
        var page = Page()
        page.family("signet_http_requests_total", "counter", "Requests answered.")
        for (series, count) in state.requests.sorted(by: {
            ($0.key.route, $0.key.status) < ($1.key.route, $1.key.status)
        }) {
            page.line("signet_http_requests_total", [("route", series.route), ("status", "\(series.status)")], count)
        }
        page.family("signet_http_request_seconds", "histogram", "Time from a request's head to its answer.")
        for (route, times) in state.times.sorted(by: { $0.key < $1.key }) {
            for (index, bound) in Self.bounds.enumerated() {
                page.line(
                    "signet_http_request_seconds_bucket", [("route", route), ("le", "\(bound)")], times.buckets[index])
            }
            page.line("signet_http_request_seconds_bucket", [("route", route), ("le", "+Inf")], times.count)
            page.line("signet_http_request_seconds_sum", [("route", route)], times.sumSeconds)
            page.line("signet_http_request_seconds_count", [("route", route)], times.count)
        }
        page.family("signet_http_requests_in_flight", "gauge", "Requests that are being answered.")
        page.line("signet_http_requests_in_flight", [], state.inFlight)
        page.family("signet_http_body_octets_in_flight", "gauge", "Octets of request bodies held in memory.")
        page.line("signet_http_body_octets_in_flight", [], bodies.octetsInFlight)
        page.family("signet_messages_total", "counter", "Messages by what became of them when they were worked on.")
        for (outcome, count) in state.outcomes.sorted(by: { $0.key < $1.key }) {
            page.line("signet_messages_total", [("outcome", outcome)], count)
        }
        page.family("signet_token_failures_total", "counter", "Requests with a token that is none.")
        page.line("signet_token_failures_total", [], state.tokenFailures)
        page.family("signet_worker_runs_total", "counter", "Rounds through the outbox.")
        page.line("signet_worker_runs_total", [], state.workerRuns)
        page.family("signet_worker_failures_total", "counter", "Rounds that could not be made.")
        page.line("signet_worker_failures_total", [], state.workerFailures)
        return page.text
    }

    private struct Page {
        var text = ""

        mutating func family(_ name: String, _ type: String, _ help: String) {
            text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
        }

        /// Label values are words of ours: nothing in them needs escaping.
        mutating func line(_ name: String, _ labels: [(String, String)], _ value: some CustomStringConvertible) {
            let list = labels.map { "\($0.0)=\"\($0.1)\"" }.joined(separator: ",")
            text += "\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
        }
    }
}
