/// The name and type that all records of one set share (RFC 9499: RRset).
public struct RecordSetKey: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let name: DomainName
    public let type: RecordType

    package init(_ name: DomainName, _ type: RecordType) {
        self.name = name
        self.type = type
    }

    public static func < (left: RecordSetKey, right: RecordSetKey) -> Bool {
        (left.name, left.type.rawValue) < (right.name, right.type.rawValue)
    }

    public var description: String { "\(name) \(type)" }
}

/// All records of one name and type: the unit of change. The order of the records carries no meaning (RFC 2181 §5).
public struct RecordSet: Sendable {
    public let key: RecordSetKey
    /// Seconds, the same for every record of the set (RFC 2181 §5.2); at most 2^31 - 1.
    public var timeToLiveSeconds: UInt32
    /// At least one, no two equal.
    public var data: [RecordData]

    package init(_ key: RecordSetKey, timeToLiveSeconds: UInt32, data: [RecordData]) {
        self.key = key
        self.timeToLiveSeconds = timeToLiveSeconds
        self.data = data
    }

    package init(_ name: DomainName, _ type: RecordType, timeToLiveSeconds: UInt32, data: [RecordData]) {
        self.init(RecordSetKey(name, type), timeToLiveSeconds: timeToLiveSeconds, data: data)
    }

    public var name: DomainName { key.name }
    public var type: RecordType { key.type }

    /// Whether both sets say the same, whatever the order and the time to live.
    package func sameData(as other: RecordSet) -> Bool {
        key == other.key && (data == other.data || Set(data) == Set(other.data))
    }
}

extension RecordSet: Equatable {
    public static func == (left: RecordSet, right: RecordSet) -> Bool {
        left.timeToLiveSeconds == right.timeToLiveSeconds && left.sameData(as: right)
    }
}
