import DNS
import Reconcile

/// The embedded provider's zones. Each write of a zone gives it the next revision of the whole table.
enum ZoneTable {
    static func changes(
        _ connection: SQLiteConnection, after revision: Int64
    ) throws(StoreError) -> EmbeddedZoneChanges {
        let newest = try connection.integer("SELECT max(revision) FROM zone")
        guard newest > revision else { return EmbeddedZoneChanges(zones: [], revision: revision) }
        let select = try connection.prepared(
            "SELECT apex, authority_data, ttl_seconds FROM zone WHERE revision > ?1 ORDER BY apex")
        defer { select.reset() }
        select.bind(1, revision)
        var zones: [EmbeddedZone] = []
        while try select.step() { zones.append(EmbeddedZone(authority: try authority(select))) }
        for index in zones.indices {
            zones[index].recordSets = try recordSets(connection, zones[index].apex)
        }
        return EmbeddedZoneChanges(zones: zones, revision: newest)
    }

    static func authority(_ connection: SQLiteConnection, _ apex: DomainName) throws(StoreError) -> ZoneAuthority? {
        let select = try connection.prepared("SELECT apex, authority_data, ttl_seconds FROM zone WHERE apex = ?1")
        defer { select.reset() }
        select.bind(1, apex.text)
        return try select.step() ? try authority(select) : nil
    }

    private static func authority(_ row: SQLiteStatement) throws(StoreError) -> ZoneAuthority {
        let apex = row.recordName(0)
        let data = try RecordDataEncoding.data(row.octets(1)[...], RecordSetKey(apex, .soa))
        guard case .soa(let soa)? = data.first else {
            throw StoreError(.unusable, "the state file's zone \(apex) has no SOA")
        }
        return ZoneAuthority(
            apex: apex, startOfAuthority: soa, timeToLiveSeconds: UInt32(truncatingIfNeeded: row.integer(2)))
    }

    private static func recordSets(
        _ connection: SQLiteConnection, _ apex: DomainName
    ) throws(StoreError) -> [RecordSetKey: RecordSet] {
        let select = try connection.prepared("SELECT name, type, data FROM zone_record_set WHERE apex = ?1")
        defer { select.reset() }
        select.bind(1, apex.text)
        return try collect(select)
    }

    /// All sets of these names, whatever their type.
    static func recordSets(
        _ connection: SQLiteConnection, _ apex: DomainName, names: Set<DomainName>
    ) throws(StoreError) -> [RecordSetKey: RecordSet] {
        let select = try connection.prepared(
            "SELECT name, type, data FROM zone_record_set WHERE apex = ?1 AND name = ?2")
        defer { select.reset() }
        select.bind(1, apex.text)
        var sets: [RecordSetKey: RecordSet] = [:]
        for name in names {
            select.reset()
            select.bind(2, name.text)
            sets.merge(try collect(select)) { $1 }
        }
        return sets
    }

    /// Nil if there is no such zone.
    static func standing(
        _ connection: SQLiteConnection, _ apex: DomainName, _ keys: [RecordSetKey]
    ) throws(StoreError) -> [RecordSetKey: RecordSet]? {
        guard let authority = try authority(connection, apex) else { return nil }
        var sets = try recordSets(connection, apex, names: Set(keys.map(\.name)))
        let soa = authority.recordSet
        sets[soa.key] = soa
        let wanted = Set(keys)
        return sets.filter { wanted.contains($0.key) }
    }

    private static func collect(_ rows: SQLiteStatement) throws(StoreError) -> [RecordSetKey: RecordSet] {
        var sets: [RecordSetKey: RecordSet] = [:]
        while try rows.step() {
            let key = RecordSetKey(rows.recordName(0), rows.recordType(1))
            sets[key] = try RecordDataEncoding.recordSet(rows.octets(2), key)
        }
        return sets
    }

    /// Call inside an immediate transaction.
    static func write(
        _ connection: SQLiteConnection, _ writes: [RecordSetWrite], initial: EmbeddedZone
    ) throws(StoreError) -> [RecordSetWriteOutcome] {
        let apex = initial.apex
        var zone = initial
        let standing = try authority(connection, apex)
        if let standing {
            // A write depends on nothing but what stands at its own name.
            let names = Set(writes.map(\.key.name))
            zone = EmbeddedZone(
                authority: standing, recordSets: try recordSets(connection, apex, names: names))
        }
        let outcomes = zone.apply(writes)
        guard outcomes.contains(.written) else { return outcomes }
        try put(connection, zone.authority)
        let changed = zip(writes, outcomes).filter { $0.1 == .written }.map(\.0.key)
        let keys = standing == nil ? Set(zone.recordSets.keys).union(changed) : Set(changed)
        for key in keys { try put(connection, apex, key, zone.recordSets[key]) }
        return outcomes
    }

    private static func put(_ connection: SQLiteConnection, _ authority: ZoneAuthority) throws(StoreError) {
        let statement = try connection.prepared(
            """
            INSERT INTO zone (apex, authority_data, ttl_seconds, revision)
            VALUES (?1, ?2, ?3, (SELECT coalesce(max(revision), 0) + 1 FROM zone))
            ON CONFLICT (apex) DO UPDATE SET authority_data = excluded.authority_data,
                ttl_seconds = excluded.ttl_seconds, revision = excluded.revision
            """)
        statement.bind(1, authority.apex.text)
        statement.bind(2, RecordDataEncoding.octets([.soa(authority.startOfAuthority)]))
        statement.bind(3, Int64(authority.timeToLiveSeconds))
        try statement.run()
    }

    private static func put(
        _ connection: SQLiteConnection, _ apex: DomainName, _ key: RecordSetKey, _ set: RecordSet?
    ) throws(StoreError) {
        let statement = try connection.prepared(
            set == nil
                ? "DELETE FROM zone_record_set WHERE apex = ?1 AND name = ?2 AND type = ?3"
                : "INSERT OR REPLACE INTO zone_record_set (apex, name, type, data) VALUES (?1, ?2, ?3, ?4)")
        statement.bind(1, apex.text)
        statement.bind(2, key.name.text)
        statement.bind(3, Int64(key.type.rawValue))
        if let set { statement.bind(4, RecordDataEncoding.octets(set)) }
        try statement.run()
    }
}
