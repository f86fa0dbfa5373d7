import DNS
import FoundationEssentials
import Reconcile

/// Asks until its time is up, and fails every look-up from then on: for one message, whose SPF, signatures and chain can
/// name hundreds of names. What was asked in time may still take as long as the other resolver lets it.
struct DeadlineResolver: Resolver {
    /// RFC 7208 §4.6.4 wants at least 20 seconds for SPF; what DMARC asks comes behind it.
    static let secondsMax = 30

    private let resolver: any Resolver
    private let clock: any TimeSource
    private let deadline: Date

    /// Its time starts here.
    init(_ resolver: any Resolver, clock: any TimeSource) {
        self.resolver = resolver
        self.clock = clock
        deadline = clock.now().addingTimeInterval(Double(Self.secondsMax))
    }

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        guard clock.now() < deadline else { return .failed("\(name) \(type): the time for this message is up") }
        return await resolver.look(up: name, type)
    }
}
