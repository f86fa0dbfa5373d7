import HTTPTypes

/// Every route of the web page. They are for browsers, and no part of the API's contract.
enum WebRoute: PathTemplate, CaseIterable, Sendable {
    case inbox, approval, answer
    case domains, domain
    case signIn, signOut
    /// Where a form's answer may still stand in the browser: asked for again, they lead to a page.
    case signInPage, signOutPage, answerPage
    case asset

    var method: HTTPRequest.Method {
        switch self {
        case .inbox, .approval, .domains, .domain, .asset, .signInPage, .signOutPage, .answerPage: .get
        case .answer, .signIn, .signOut: .post
        }
    }

    var path: String {
        switch self {
        case .inbox: "/"
        case .approval: "/approvals/{id}"
        case .answer, .answerPage: "/approvals/{id}/answer"
        case .domains: "/domains"
        case .domain: "/domains/{id}"
        case .signIn, .signInPage: "/sign-in"
        case .signOut, .signOutPage: "/sign-out"
        case .asset: "/web/{file}"
        }
    }

    /// The page of this path, to go back to after signing in; nil: it is none of ours.
    static func page(_ path: String) -> WebPath? {
        guard path.hasPrefix("/"), path.utf8.count <= 512,
            [inbox, approval, domains, domain].contains(where: { $0.matches(path) })
        else { return nil }
        // Written anew from its segments, so that it can be no other address, whatever it looked like.
        let segments = path.split(separator: "/").map { PercentEncoding.decoded($0.utf8) }
        let decoded = segments.compactMap(\.self)
        return decoded.count == segments.count ? WebPath(decoded) : nil
    }
}
