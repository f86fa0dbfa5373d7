import DNS
import DNSProviders
import TestSupport
import Testing
import Transport

@Suite("Provider contract: PowerDNS", .enabled(if: Lab.isAvailable(.powerDNS), Lab.hint))
struct PowerDNSContractTests {
    @Test(arguments: ProviderContract.checks)
    func keeps(_ check: ProviderCheck) async throws {
        let lab = try PowerDNSLab.shared()
        let http = HTTPClient()
        try await check.run(
            ProviderFixture(
                provider: PowerDNSProvider(baseURL: lab.url, apiKey: { PowerDNSLab.apiKey }, http: http),
                zone: try lab.makeZone(), foreignZone: try DomainName("elsewhere.test"), server: lab.dns,
                dns: DNSClient(httpClient: http)))
    }
}
