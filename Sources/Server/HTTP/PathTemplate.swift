/// A path as OpenAPI writes it, `/v1/messages/{id}`.
protocol PathTemplate {
    var path: String { get }
}

extension PathTemplate {
    /// Whether a request's path is of this form: segment by segment, any text in the place of a parameter.
    func matches(_ requested: String) -> Bool {
        let mine = path.split(separator: "/")
        let theirs = requested.split(separator: "/")
        return mine.count == theirs.count && zip(mine, theirs).allSatisfy { $0 == $1 || $0.hasPrefix("{") }
    }
}
