package import FoundationEssentials
import Logging

/// The log of a server, for what the process around it has to say: with it every line of standard error is JSON.
package struct ServerLog: Sendable {
    private let logger: Logger

    /// - Parameter write: takes a whole line, its end included.
    package init(now: @escaping @Sendable () -> Date, write: @escaping @Sendable (String) -> Void) {
        logger = Logger(label: "signet") { _ in JSONLogHandler(now: now, write: write) }
    }

    package func warn(_ text: String) { logger.warning("\(text)") }
    package func note(_ text: String) { logger.notice("\(text)") }
}
