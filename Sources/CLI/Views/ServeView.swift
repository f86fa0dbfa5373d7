/// Where the server listens: shown once it does.
struct ServeView: View {
    var url: String

    func human(_ style: Style) -> String { "listening on \(url)\n" }
    func json() -> JSONValue { ["url": .string(url)] }
    func markdown() -> String { "**Signet listens** on \(MarkdownText.code(url))\n" }
}
