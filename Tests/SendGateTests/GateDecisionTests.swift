import SendGate
import Testing

@Suite struct GateDecisionTests {}
