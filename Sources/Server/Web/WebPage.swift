import HTTPTypes
import Hummingbird

/// One page: its frame, and the fields that bind the browser to what the page is for.
struct WebPage {
    enum Place: CaseIterable, Sendable {
        case inbox, domains

        var title: String { self == .inbox ? "Inbox" : "Domains" }
        var path: WebPath { self == .inbox ? WebPath("") : WebPath("domains") }
    }

    var title: String
    /// Where the reader is; nil: at neither.
    var place: Place?
    /// nil: nobody is signed in.
    var session: WebSessions.Session?
    var content: [Markup]
    var status = HTTPResponse.Status.ok
    var headers = HTTPFields()

    static let signOut = WebPath("sign-out")

    func response() -> Response {
        var headers = headers
        headers[.contentType] = "text/html; charset=utf-8"
        return Response(status: status, headers: headers, body: ResponseBody(byteBuffer: ByteBuffer(string: html)))
    }

    var html: String {
        let style = WebAsset.style
        let script = WebAsset.script
        return Markup.document(
            head: [
                .element(.meta, [.utf8]),
                .element(.meta, [.name("viewport"), .content("width=device-width, initial-scale=1")]),
                .element(.title, [], [.text("\(title) – Signet")]),
                .element(
                    .link, [.relation("stylesheet"), .href(style.path), .integrity(style.integrity)]),
                .element(.script, [.source(script.path), .integrity(script.integrity), .defer]),
            ],
            body: [
                .element(.a, [.class("skip"), .href(fragment: "main")], ["Skip to the content"]),
                .element(.header, [], banner),
                .element(.main, [.id("main"), .tabIndex(-1)], content),
            ])
    }

    private var banner: [Markup] {
        guard let session else { return [.element(.strong, [], ["Signet"])] }
        return [
            .element(.strong, [], ["Signet"]),
            .element(
                .nav, [.aria(.label, "Pages")],
                Place.allCases.map { other in
                    .element(
                        .a, [.href(other.path)] + (other == place ? [.aria(.current, "page")] : []),
                        [.text(other.title)])
                }),
            .element(
                .form, Markup.Attribute.post(Self.signOut),
                [
                    Self.formToken(session, Self.signOut),
                    .element(.button, [.type("submit")], ["Sign out"]),
                ]),
        ]
    }

    static let formTokenField = "form_token"

    static func formToken(_ session: WebSessions.Session, _ path: WebPath) -> Markup {
        .element(.input, [.type("hidden"), .name(formTokenField), .value(session.formToken(path))])
    }

    /// Said at once to a reader who cannot see it, and focused.
    static func notice(_ text: String, isBad: Bool = false) -> Markup {
        .element(
            .p,
            [
                .class("notice " + (isBad ? "bad" : "good")), .role(isBad ? "alert" : "status"), .tabIndex(-1),
                .data(.focus, ""),
            ], [.text(text)])
    }

    /// Names and values.
    static func facts(_ facts: [(name: String, value: Markup)]) -> Markup {
        .element(
            .dl, [],
            facts.flatMap { [.element(.dt, [], [.text($0.name)]), .element(.dd, [], [$0.value])] })
    }

    static func time(_ text: String) -> Markup { .element(.time, [.dateTime(text)], [.text(text)]) }

    static func table(_ caption: String, _ columns: [String], _ rows: [[Markup]]) -> Markup {
        .element(
            .table, [],
            [
                .element(.caption, [], [.text(caption)]),
                .element(
                    .thead, [], [.element(.tr, [], columns.map { .element(.th, [.scope("col")], [.text($0)]) })]),
                .element(.tbody, [], rows.map { .element(.tr, [], $0.map { .element(.td, [], [$0]) }) }),
            ])
    }
}
