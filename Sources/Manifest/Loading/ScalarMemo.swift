/// Remembers what scalars were read as. The domains of a manifest name the same few providers, relays, includes and
/// selectors over and over; each is then parsed once.
struct ScalarMemo<Value> {
    private static var slots: Int { 8 }

    private var nodes = InlineArray<8, Int32>(repeating: -1)
    private var values: [Value?] = Array(repeating: nil, count: 8)

    /// The value of an equal scalar that was remembered last in its slot.
    @inline(__always)
    func value(of node: Int32, in arena: NodeArena) -> Value? {
        let slot = Self.slot(node, arena)
        guard nodes[slot] >= 0, arena.octetsEqual(nodes[slot], node) else { return nil }
        return values[slot]
    }

    mutating func remember(_ value: Value, of node: Int32, in arena: NodeArena) {
        let slot = Self.slot(node, arena)
        nodes[slot] = node
        values[slot] = value
    }

    @inline(__always)
    private static func slot(_ node: Int32, _ arena: NodeArena) -> Int {
        let scalar = arena.nodes[Int(node)]
        guard scalar.kind == .scalar, scalar.length > 0 else { return 0 }
        let first = arena.pool[Int(scalar.offset)]
        let middle = arena.pool[Int(scalar.offset) + Int(scalar.length) / 2]
        return (Int(scalar.length) &+ Int(first) &* 3 &+ Int(middle) &* 5) & (slots - 1)
    }
}
