import MailAuth
import TestSupport

/// What a peer cannot do, and why: the cells of the matrix that say so. The rest has to pass.
struct Gap: Sendable {
    enum Direction: Sendable { case verifies, signs, both }
    let direction: Direction
    /// Only this sample; nil: all.
    var sample: String?
    let covers: @Sendable (Cell) -> Bool
    let reason: String

    /// By the peer's name.
    private static let known: [String: [Gap]] = [
        Peer.mailDKIM.name: [
            Gap(direction: .both, covers: { $0.algorithms.contains(.ed25519) }, reason: "knows no Ed25519"),
            Gap(
                direction: .both, sample: "no line end", covers: { $0.body == .simple },
                reason: "does not add the CRLF that RFC 6376 §3.4.3 wants behind a body without one"),
        ],
        Peer.openDKIM.name: [
            Gap(
                direction: .signs, covers: { $0.algorithms.contains(.ed25519) && $0.header == .simple },
                reason: "its own library fails what it signs with Ed25519 and simple header fields"),
            Gap(
                direction: .both, sample: "no line end", covers: { $0.body == .relaxed },
                reason: "calls a body without a CRLF at its end a syntax error; RFC 6376 §3.4.4 adds one"),
        ],
        Peer.rspamd.name: [
            Gap(
                direction: .signs, covers: { $0.header != .relaxed || $0.body != .relaxed },
                reason: "signs relaxed/relaxed only"),
            Gap(
                direction: .both, sample: "octets", covers: { $0.body == .relaxed },
                reason: "takes a form feed for white space; RFC 6376 §2.8 knows space and tab"),
        ],
    ]

    static func of(_ peer: Peer, _ direction: Direction, _ cell: Cell, _ sample: Sample) -> String? {
        known[peer.name]?.first { gap in
            (gap.direction == .both || gap.direction == direction) && gap.covers(cell)
                && (gap.sample == nil || gap.sample == sample.name)
        }?.reason
    }
}

extension Peer {
    func gap(_ direction: Gap.Direction, _ cell: Cell, _ sample: Sample) -> String? {
        Gap.of(self, direction, cell, sample)
    }
}
