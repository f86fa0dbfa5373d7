import DNS
import DNSProviders
import TestSupport
import Testing
import Transport

@Suite("Provider contract: embedded")
struct EmbeddedContractTests {
    @Test(arguments: StoreUnderTest.allCases, ProviderContract.checks)
    func keeps(_ kind: StoreUnderTest, _ check: ProviderCheck) async throws {
        try await kind.run { store in
            let zone = try DomainName("example.test")
            let responder = try DNSResponder(zones: EmbeddedZones(store: store, zones: [zone]))
            defer { responder.stop() }
            try await check.run(
                ProviderFixture(
                    provider: EmbeddedProvider(store: store, zones: [zone]), zone: zone,
                    foreignZone: try DomainName("elsewhere.test"), server: responder.address,
                    dns: DNSClient(limits: DNSLimits(timeout: .seconds(10)), httpClient: HTTPClient())))
        }
    }
}
