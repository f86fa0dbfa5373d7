import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import NIOHTTP1
import Operations

/// Around every request: its id, its time, its line in the log, and an answer even where a handler throws.
struct DoorMiddleware: RouterMiddleware {
    let metrics: MetricsRegistry
    let log: RequestLog

    static let requestID = HTTPField.Name("x-request-id")!
    static let contentTypeOptions = HTTPField.Name("x-content-type-options")!

    func handle(
        _ request: Request, context: DoorContext, next: (Request, DoorContext) async throws -> Response
    ) async throws -> Response {
        let begin = ContinuousClock.now
        metrics.requestBegan()
        // Put into words anew each time it is asked for.
        let id = context.id
        var response: Response
        var code: ProblemCode?
        do {
            response = try await next(request, context)
        } catch {
            let problem = Self.problem(error, request, context)
            code = problem.code
            response = problem.response(requestID: id)
        }
        response.headers[Self.requestID] = id
        response.headers[Self.contentTypeOptions] = "nosniff"
        if response.headers[.cacheControl] == nil { response.headers[.cacheControl] = "no-store" }
        let seconds = (ContinuousClock.now - begin).timeInterval
        let route = context.endpointPath ?? "none"
        metrics.requestEnded(route: route, status: response.status.code, seconds: seconds)
        log.write(
            id: id, method: request.method, route: route, status: response.status, seconds: seconds, code: code)
        // RFC 9110 §9.3.2: whatever the answer is, a client does not read content behind it, and would take that for the
        // next answer. What its length would have been stands in the header.
        return request.method == .head ? response.createHeadResponse() : response
    }

    private static func problem(_ error: any Error, _ request: Request, _ context: DoorContext) -> Problem {
        switch error {
        case let error as HTTPError where error.status == .notFound: noRoute(request)
        case let error as HTTPError where error.status == .contentTooLarge:
            Problem(.bodyTooLarge, "the body is larger than this route takes")
        default: problem(error, context.logger)
        }
    }

    /// What an error is to a client; the log gets what is the operator's.
    static func problem(_ error: any Error, _ logger: Logger) -> Problem {
        switch error {
        case let problem as Problem: return problem
        case let error as HTTPParserError: return Problem(error)
        case let error as OperationError:
            let problem = Problem(error)
            if problem.code.status.kind == .serverError {
                logger.error("\(OperationProblemText.text(error))", metadata: ["code": "\(problem.code.rawValue)"])
            }
            return problem
        default:
            // The error's own words could hold what a client sent: its type says enough to find it.
            logger.error("unexpected error", metadata: ["type": "\(type(of: error))"])
            return Problem(.internalError, "an unexpected error; the server's log says more")
        }
    }

    /// RFC 9110 §15.5.6: a path that is there and a method that is not. The router by itself says "not found" to both.
    private static func noRoute(_ request: Request) -> Problem {
        let path = request.uri.path
        let present =
            Route.allCases.filter { $0.matches(path) }.map(\.method)
            + WebRoute.allCases.filter { $0.matches(path) }.map(\.method)
        guard !present.isEmpty else { return Problem(.notFound, "there is no such route") }
        // What answers to GET answers to HEAD (RFC 9110 §9.1); the router sees to that.
        let allowed = (present.contains(.get) ? present + [.head] : present).map(\.rawValue).sorted()
            .joined(separator: ", ")
        var problem = Problem(.methodNotAllowed, "this path answers to \(allowed)")
        problem.headers[.allow] = allowed
        return problem
    }
}
