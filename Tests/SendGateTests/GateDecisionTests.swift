import SendGate
import Testing

@Suite("Gate: codes")
struct GateDecisionTests {
    @Test("each decision has a code of its own, and is found by it")
    func codes() {
        let codes = GateDecision.allCases.map(\.code)
        #expect(Set(codes).count == codes.count)
        for decision in GateDecision.allCases { #expect(GateDecision(code: decision.code) == decision) }
        #expect(GateDecision(code: "release") == nil)
    }
}
