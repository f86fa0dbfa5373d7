import Glibc
import Hummingbird
import Logging

/// Answers `GET /healthz` on loopback with the octets that Signet answers with. Prints its port.
@main struct Hello {
    static func main() async throws {
        let router = Router()
        router.get("/healthz") { _, _ in "ok\n" }
        var logger = Logger(label: "hello")
        logger.logLevel = .error
        let application = Application(
            router: router, configuration: ApplicationConfiguration(address: .hostname("127.0.0.1", port: 0)),
            onServerRunning: { channel in
                print(channel.localAddress?.port ?? 0)
                fflush(nil)
            }, logger: logger)
        try await application.runService()
    }
}
