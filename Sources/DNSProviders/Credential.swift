import DNS

/// A secret that is read once, when it is first needed: a command may take long, or ask somebody.
actor Credential {
    private let what: String
    private let read: @Sendable () async throws -> String
    private var reading: Task<String, any Error>?

    /// `what`: how an error names it, such as `the API key of PowerDNS at http://127.0.0.1:8081`.
    init(_ what: String, read: @escaping @Sendable () async throws -> String) {
        self.what = what
        self.read = read
    }

    /// A failure is not kept: the next call reads again.
    func value() async throws(ProviderError) -> String {
        let task = reading ?? Task { [read] in try await read() }
        reading = task
        let secret: String
        do {
            secret = try await task.value
        } catch {
            if reading == task { reading = nil }
            throw ProviderError(.credentials, "\(what) cannot be read: \(error)")
        }
        guard !secret.isEmpty, secret.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
            reading = nil
            throw ProviderError(
                .credentials, "\(what) is empty or has control characters, such as a line end, in it")
        }
        return secret
    }
}
