import HTTPTypes

/// Where a token is turned into a session.
enum SignInPage {
    static let path = WebPath("sign-in")
    /// The page, from which one goes on to the other.
    static func path(to: WebPath) -> WebPath {
        to == WebPath("") ? path : WebPath(["sign-in"], query: ("to", to.text))
    }

    static let fields: Set<String> = ["token", "to"]

    /// - Parameter to: the page to go to afterwards.
    static func page(to: WebPath, problem: Problem? = nil) -> WebPage {
        // RFC 9110 §15.5.2: a 401 names a scheme of HTTP's own to answer with, and a form is none; §15.5.4 is for a token
        // that is not good.
        let status = problem?.code.status ?? .ok
        var page = WebPage(
            title: "Sign in", content: [.element(.h1, [], ["Sign in"])],
            status: status == .unauthorized ? .forbidden : status)
        if let problem {
            if let wait = problem.headers[.retryAfter] { page.headers[.retryAfter] = wait }
            page.content.append(WebPage.notice(problem.detail, isBad: true))
        }
        page.content.append(
            .element(
                .form, Markup.Attribute.post(path),
                [
                    .element(.input, [.type("hidden"), .name("to"), .value(to.text)]),
                    .element(.label, [.for("token")], ["Token with the scope oversight"]),
                    .element(
                        .input,
                        [
                            .type("password"), .id("token"), .name("token"), .required, .autocomplete("off"),
                            .noSpellCheck, .aria(.describedby, "token-hint"),
                        ]),
                    .element(
                        .p, [.id("token-hint"), .class("soft")],
                        [
                            "It lets you look. What you approve, you sign with your own key. ",
                            .element(.code, [], ["signet tokens create --name you --scope oversight"]), " makes one.",
                        ]),
                    .element(.button, [.type("submit")], ["Sign in"]),
                ]))
        return page
    }
}
