public import DNS

/// A block of addresses, as `ip4` and `ip6` name them.
public struct SPFNetwork: Sendable, Hashable {
    /// The lowest address of the block: bits behind the prefix are zero.
    public let address: IPAddress
    public let prefix: UInt8

    /// The block that the address lies in. A prefix over the address' width means the address alone.
    public init(_ address: IPAddress, prefix: UInt8) {
        let width = address.bitWidth
        self.prefix = min(prefix, UInt8(width))
        self.address = IPAddress(
            number: address.number & ~UInt128.lowBits(width - Int(self.prefix)), bitWidth: width)
    }

    public init(_ address: IPAddress) {
        self.init(address, prefix: UInt8(address.bitWidth))
    }

    public func contains(_ other: IPAddress) -> Bool { Self.contains(other, in: address, prefix: prefix) }

    /// Whether the first bits of both addresses, as many as the prefix says, are the same.
    static func contains(_ address: IPAddress, in network: IPAddress, prefix: UInt8) -> Bool {
        switch (address, network) {
        // Shifting by the whole width gives 0, as it should for a prefix of 0.
        case (.v4(let left), .v4(let right)): (left ^ right) >> (32 - Int(min(prefix, 32))) == 0
        case (.v6, .v6): (address.number ^ network.number) >> (128 - Int(min(prefix, 128))) == 0
        default: false
        }
    }

    /// `ip4` or `ip6` with this block.
    public var mechanism: SPFMechanism {
        switch address {
        case .v4: .ip4(address, prefix: prefix)
        case .v6: .ip6(address, prefix: prefix)
        }
    }

    /// The fewest blocks that hold exactly the same addresses: IPv4 before IPv6, ascending.
    public static func minimal(_ networks: some Sequence<SPFNetwork>) -> [SPFNetwork] {
        var result: [SPFNetwork] = []
        for width in [32, 128] {
            let blocks = networks.filter { $0.address.bitWidth == width }
                .sorted { ($0.address.number, $0.prefix) < ($1.address.number, $1.prefix) }
            var range: (first: UInt128, last: UInt128)?
            for block in blocks {
                let first = block.address.number
                let last = first | UInt128.lowBits(width - Int(block.prefix))
                if let open = range, open.last == .lowBits(width) || first <= open.last + 1 {
                    range = (open.first, max(open.last, last))
                } else {
                    if let range { result += cover(range.first, range.last, width: width) }
                    range = (first, last)
                }
            }
            if let range { result += cover(range.first, range.last, width: width) }
        }
        return result
    }

    /// The aligned blocks that make up a range of addresses.
    private static func cover(_ first: UInt128, _ last: UInt128, width: Int) -> [SPFNetwork] {
        var blocks: [SPFNetwork] = []
        var start = first
        while true {
            var bits = min(start.trailingZeroBitCount, width)
            while bits > 0, UInt128.lowBits(bits) > last - start { bits -= 1 }
            blocks.append(SPFNetwork(IPAddress(number: start, bitWidth: width), prefix: UInt8(width - bits)))
            let end = start + UInt128.lowBits(bits)
            if end >= last { return blocks }
            start = end + 1
        }
    }
}

extension SPFNetwork: CustomStringConvertible {
    public var description: String { "\(address)/\(prefix)" }
}

extension UInt128 {
    /// That many ones.
    fileprivate static func lowBits(_ count: Int) -> UInt128 {
        count == 0 ? 0 : UInt128.max >> UInt128(128 - count)
    }
}

extension IPAddress {
    var bitWidth: Int {
        if case .v4 = self { 32 } else { 128 }
    }

    fileprivate var number: UInt128 {
        switch self {
        case .v4(let value): UInt128(value)
        case .v6(let high, let low): UInt128(high) << 64 | UInt128(low)
        }
    }

    fileprivate init(number: UInt128, bitWidth: Int) {
        self =
            bitWidth == 32
            ? .v4(UInt32(truncatingIfNeeded: number))
            : .v6(high: UInt64(truncatingIfNeeded: number >> 64), low: UInt64(truncatingIfNeeded: number))
    }
}
