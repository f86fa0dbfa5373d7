import HTTPTypes

/// Where a token is turned into a session.
enum SignInPage {
    static let path = WebPath("sign-in")
    static let fields: Set<String> = ["token", "to"]

    /// - Parameter to: the page to go to afterwards.
    static func page(to: WebPath, problem: Problem? = nil) -> WebPage {
        var page = WebPage(
            title: "Sign in", content: [.element(.h1, [], ["Sign in"])], status: problem?.code.status ?? .unauthorized)
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
