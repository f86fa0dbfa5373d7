import Glibc

/// What is fed with octets. Each case runs one kind of reader, and stops the process where the answer breaks a promise:
/// what was written must read as the same, and whatever the octets, a verdict comes back.
///
/// One executable holds them all, because linking a dozen takes longer than fuzzing them; the environment variable
/// `SIGNET_FUZZ_TARGET` says which one runs.
enum FuzzTarget: String, CaseIterable {
    case manifest
    case dnsWire = "dns-wire"
    case presentation
    case message
    case addresses
    case dkimSignature = "dkim-signature"
    case dkimRecord = "dkim-record"
    case spf
    case dmarc
    case arc
    case authenticationResults = "authentication-results"
    case transportPolicy = "transport-policy"
    case agentIdentity = "agent-identity"
    case builder
    case reports

    static let variable = "SIGNET_FUZZ_TARGET"

    static let chosen: FuzzTarget = {
        let name = getenv(variable).map { String(cString: $0) } ?? ""
        guard let target = FuzzTarget(rawValue: name) else {
            let names = allCases.map(\.rawValue).joined(separator: " ")
            let text = Array("\(variable) must be one of: \(names)\n".utf8)
            _ = write(STDERR_FILENO, text, text.count)
            exit(64)
        }
        return target
    }()

    func run(_ octets: [UInt8]) {
        switch self {
        case .manifest: ManifestFuzz.run(octets)
        case .dnsWire: DNSWireFuzz.run(octets)
        case .presentation: PresentationFuzz.run(octets)
        case .message: MessageFuzz.run(octets)
        case .addresses: AddressesFuzz.run(octets)
        case .dkimSignature: DKIMSignatureFuzz.run(octets)
        case .dkimRecord: DKIMRecordFuzz.run(octets)
        case .spf: SPFFuzz.run(octets)
        case .dmarc: DMARCFuzz.run(octets)
        case .arc: ARCFuzz.run(octets)
        case .authenticationResults: AuthenticationResultsFuzz.run(octets)
        case .transportPolicy: TransportPolicyFuzz.run(octets)
        case .agentIdentity: AgentIdentityFuzz.run(octets)
        case .builder: BuilderFuzz.run(octets)
        case .reports: ReportsFuzz.run(octets)
        }
    }
}

/// libFuzzer's entry.
@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    FuzzTarget.chosen.run(Array(UnsafeBufferPointer(start: data, count: count)))
    return 0
}

/// Stops with a crash, which libFuzzer keeps the input of.
func promise(_ isKept: Bool, _ text: @autoclosure () -> String) {
    if !isKept { fatalError("broken promise: \(text())") }
}
