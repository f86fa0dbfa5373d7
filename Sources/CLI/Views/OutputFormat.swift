/// In which form an answer is shown.
enum OutputFormat: String, CaseIterable, Sendable {
    case human, json, markdown
}

/// Whether colour is added. It never carries meaning of its own.
enum ColourChoice: String, CaseIterable, Sendable {
    case auto, always, never
}

/// An answer, ready to be shown in each of the three forms. Views are the only ones to put answers into words.
protocol View: Sendable {
    /// Ends in a line end, or is empty.
    func human(_ style: Style) -> String
    /// What docs/output.md describes; `format` and `command` are added to it.
    func json() -> JSONValue
    /// For a comment on a pull request. Ends in a line end.
    func markdown() -> String
}

extension OutputFormat {
    /// The version of the JSON that docs/output.md describes: grows when a key changes its meaning or goes away.
    static let jsonFormatVersion = 1

    func render(_ view: some View, command: String, style: Style) -> String {
        switch self {
        case .human: return view.human(style)
        case .markdown: return view.markdown()
        case .json:
            guard case .object(var members) = view.json() else { preconditionFailure("an answer is an object") }
            members["format"] = .number(Self.jsonFormatVersion)
            members["command"] = .string(command)
            return JSONValue.object(members).text
        }
    }
}
