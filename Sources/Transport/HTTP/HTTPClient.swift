/// Sends HTTP requests by libcurl: keep-alive, HTTP/2 where the server offers it over TLS, the system's certificate
/// authorities. No redirects are followed, so a credential never travels to a host that was not asked for.
///
/// One thread drives all transfers; callers suspend. Requests beyond the limits wait in line, and their time-out starts
/// when they leave it.
package final class HTTPClient: Sendable {
    package struct Limits: Sendable, Equatable {
        /// How many requests run at once, in all.
        package var concurrentMax: Int
        /// How many requests run at once to one scheme, host and port.
        package var concurrentPerHostMax: Int
        /// What a response's headers may have in octets, together. Ours to choose; servers stay below 64 KiB.
        package var headerOctetsMax: Int

        package init(concurrentMax: Int = 64, concurrentPerHostMax: Int = 32, headerOctetsMax: Int = 256 << 10) {
            self.concurrentMax = concurrentMax
            self.concurrentPerHostMax = concurrentPerHostMax
            self.headerOctetsMax = headerOctetsMax
        }
    }

    private let engine: HTTPEngine

    /// `certificateAuthorities`: a PEM file to trust in place of the system's.
    package init(
        userAgent: String = "signet/0.1", limits: Limits = Limits(), certificateAuthorities: String? = nil
    ) {
        engine = HTTPEngine(userAgent: userAgent, limits: limits, certificateAuthorities: certificateAuthorities)
        engine.start()
    }

    deinit { engine.stop() }

    /// Ends what runs and what waits with `cancelled`. Further requests fail the same way.
    package func close() { engine.stop() }

    package func send(_ request: HTTPRequest) async throws(HTTPError) -> HTTPResponse {
        let transfer = try HTTPTransfer(request)
        let result: Result<HTTPResponse, HTTPError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                transfer.continuation = continuation
                engine.submit(transfer)
            }
        } onCancel: {
            engine.cancel(transfer)
        }
        return try result.get()
    }
}
