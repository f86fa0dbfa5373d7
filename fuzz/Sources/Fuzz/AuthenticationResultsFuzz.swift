import MailAuth

/// The body of an Authentication-Results field.
enum AuthenticationResultsFuzz {
    static func run(_ octets: [UInt8]) {
        guard let results = AuthenticationResults(octets[...]) else { return }
        promise(results.results.count <= AuthenticationResults.resultsMax, "results are bounded")
        promise(
            AuthenticationResults(Array(results.body.utf8)[...])?.body == results.body,
            "what was written reads as the same, but for long values: \(results.body)")
        promise(
            Message(Array(results.field.utf8)).fields.count == 1, "one field stays one field: \(results.field)")
    }
}
