import FoundationEssentials
import HTTPTypes
import Hummingbird
import Logging
import Operations
import SendGate

/// The web page: a skin over `Desk` for people, who sign in with an oversight token. Everything on it is asked as that
/// token; an answer counts by the approver's signature, as everywhere.
struct WebDoor: Sendable {
    let api: API
    let sessions: WebSessions

    /// Who asks.
    private struct Visitor {
        var session: WebSessions.Session
        var caller: Caller
    }

    func add(to router: Router<DoorContext>) {
        for route in WebRoute.allCases {
            router.on(RouterPath(stringLiteral: route.path), method: route.method) { request, context in
                var response = try await respond(route, request, context)
                WebPolicy.apply(to: &response)
                return response
            }
        }
    }

    private func respond(_ route: WebRoute, _ request: Request, _ context: DoorContext) async throws -> Response {
        var visitor: Visitor?
        do {
            if route.method == .post { try WebPolicy.checkOwn(request, hasTLS: api.hasTLS) }
            switch route {
            case .asset: return try asset(request, context)
            case .signIn: return try await signIn(request, context)
            case .signInPage:
                let to = request.uri.queryParameters["to"].flatMap { WebRoute.page(String($0)) }
                return SignInPage.page(to: to ?? WebPath("")).response()
            case .signOutPage: return Self.seeOther(WebPath(""))
            case .answerPage: return Self.seeOther(ApprovalPage.path(try Self.approvalID(context)))
            case .inbox, .approval, .answer, .domains, .domain, .signOut: break
            }
            visitor = try await self.visitor(request)
            guard let visitor else {
                let page = route.method == .get ? WebRoute.page(request.uri.path) : nil
                return Self.seeOther(SignInPage.path(to: page ?? WebPath("")))
            }
            return try await answer(route, visitor, request, context)
        } catch let problem as Problem {
            return Self.page(problem, visitor?.session).response()
        } catch let error as OperationError {
            let problem = Problem(error)
            if problem.code.status.kind == .serverError {
                context.logger.error(
                    "\(OperationProblemText.text(error))", metadata: ["code": "\(problem.code.rawValue)"])
            }
            return Self.page(problem, visitor?.session).response()
        }
    }

    private func answer(
        _ route: WebRoute, _ visitor: Visitor, _ request: Request, _ context: DoorContext
    ) async throws -> Response {
        let session = visitor.session
        switch route {
        case .inbox: return try await inbox(visitor, request)
        case .approval: return try await approval(try Self.approvalID(context), visitor).response()
        case .answer: return try await decide(try Self.approvalID(context), visitor, request, context)
        case .domains:
            return DomainsPage.list(try await api.desk.domainStates(by: visitor.caller), session).response()
        case .domain:
            let found = try await api.desk.domain(try context.parameter("id"), by: visitor.caller)
            return DomainsPage.one(found.state, observedAt: found.observedAt, history: found.history, session)
                .response()
        case .signOut: return try await signOut(visitor, request, context)
        case .asset, .signIn, .signInPage, .signOutPage, .answerPage: preconditionFailure("these need nobody signed in")
        }
    }

    private static func approvalID(_ context: DoorContext) throws -> ApprovalID {
        ApprovalID(rawValue: try context.parameter("id"))
    }

    private static func page(_ problem: Problem, _ session: WebSessions.Session?) -> WebPage {
        WebPage(
            title: problem.code.status.reasonPhrase, session: session,
            content: [
                .element(.h1, [], [.text(problem.code.status.reasonPhrase)]),
                WebPage.notice(problem.detail, isBad: true),
                .element(.p, [], [.element(.a, [.href(WebPath(""))], ["To the inbox"])]),
            ], status: problem.code.status)
    }

    private static func seeOther(_ path: WebPath, cookie: String? = nil) -> Response {
        var headers: HTTPFields = [.location: path.text]
        if let cookie { headers[.setCookie] = cookie }
        return Response(status: .seeOther, headers: headers)
    }

    private func asset(_ request: Request, _ context: DoorContext) throws -> Response {
        let name = try context.parameter("file")
        guard let asset = WebAsset.all.first(where: { $0.name == name }) else {
            throw Problem(.notFound, "there is no such file")
        }
        return asset.respond(request)
    }

    // MARK: signing in

    /// The token is looked at anew: one that has ended, or was revoked, ends its sessions.
    private func visitor(_ request: Request) async throws -> Visitor? {
        guard let cookie = WebPolicy.cookie(request), let session = sessions.session(cookie) else { return nil }
        guard let grant = try await api.desk.grant(of: session.token) else {
            sessions.end(cookie)
            return nil
        }
        let caller = Caller.token(grant)
        try caller.admitted(to: .readPending)
        return Visitor(session: session, caller: caller)
    }

    private func signIn(_ request: Request, _ context: DoorContext) async throws -> Response {
        let form = try await api.bodies.form(request, context, known: SignInPage.fields, of: nil)
        let target = WebRoute.page(form["to"]) ?? WebPath("")
        let grant: Caller.Grant
        do {
            let text = form["token"].filter { !$0.isWhitespace }
            grant = try await api.gatekeeper.grant(text, client: context.client)
            guard Authorization.admit(.readPending, scopes: grant.scopes) == .allowed else {
                throw Problem(.scopeMissing, "this token does not have the scope oversight")
            }
        } catch var problem as Problem {
            if problem.code == .unauthenticated { problem.detail = "this is no token that is good" }
            return SignInPage.page(to: target, problem: problem).response()
        }
        if let old = WebPolicy.cookie(request) { sessions.end(old) }
        let cookie = sessions.begin(grant.id)
        return Self.seeOther(
            target, cookie: WebPolicy.setCookie(cookie, isSecure: WebPolicy.isSecure(request, hasTLS: api.hasTLS)))
    }

    private func signOut(_ visitor: Visitor, _ request: Request, _ context: DoorContext) async throws -> Response {
        let form = try await api.bodies.form(
            request, context, known: [WebPage.formTokenField], of: visitor.session.token)
        try check(form, visitor, WebPage.signOut)
        if let cookie = WebPolicy.cookie(request) { sessions.end(cookie) }
        return Self.seeOther(
            WebPath(""), cookie: WebPolicy.setCookie(nil, isSecure: WebPolicy.isSecure(request, hasTLS: api.hasTLS)))
    }

    private func check(_ form: FormBody, _ visitor: Visitor, _ path: WebPath) throws {
        guard visitor.session.isFormToken(form[WebPage.formTokenField], path) else {
            throw Problem(.foreignOrigin, "the form is not from this session; open the page again")
        }
    }

    // MARK: approvals

    private func inbox(_ visitor: Visitor, _ request: Request) async throws -> Response {
        var after: ApprovalCursor?
        if let last = request.uri.queryParameters["after"] {
            // Where it stood, although it may be answered by now.
            let record = try await api.desk.approval(ApprovalID(rawValue: String(last)), by: visitor.caller).record
            after = ApprovalCursor(requestedAt: record.requestedAt, id: record.id)
        }
        let (approvals, hasMore) = try await api.desk.pendingApprovals(
            after: after, countMax: ServerLimits.pageDefault, by: visitor.caller)
        let next = hasMore ? approvals.last.map { WebPath([""], query: ("after", $0.record.id.rawValue)) } : nil
        return InboxPage(approvals: approvals, next: next).page(visitor.session).response()
    }

    private func approval(
        _ id: ApprovalID, _ visitor: Visitor, problem: Problem? = nil
    ) async throws -> WebPage {
        let report = try await api.desk.approval(id, by: visitor.caller)
        let offers = try await api.desk.statements(for: report, by: visitor.caller)
        return ApprovalPage(approval: report, offers: offers).page(visitor.session, problem: problem)
    }

    private func decide(
        _ id: ApprovalID, _ visitor: Visitor, _ request: Request, _ context: DoorContext
    ) async throws -> Response {
        let form = try await api.bodies.form(
            request, context, known: ApprovalPage.fields, of: visitor.session.token)
        try check(form, visitor, ApprovalPage.answerPath(id))
        do {
            guard let payload = Data(base64Encoded: form["payload"]),
                let statement = try? ApprovalStatement(payload: [UInt8](payload)),
                statement.approval == id, let signature = Data(base64Encoded: form["signature"])
            else { throw Problem(.invalidRequest, "no signed answer to this request came with the form") }
            _ = try await api.desk.decide(
                SignedStatement(payload: [UInt8](payload), signature: [UInt8](signature)), by: visitor.caller)
        } catch let problem as Problem {
            return try await approval(id, visitor, problem: problem).response()
        } catch let error as OperationError {
            let problem = Problem(error)
            guard problem.code.status.kind == .clientError else { throw error }
            return try await approval(id, visitor, problem: problem).response()
        }
        return Self.seeOther(ApprovalPage.path(id))
    }
}
