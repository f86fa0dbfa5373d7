import Audit
import Reconcile

/// The tree's hashes, one row a tile. A row's id is level · 2⁴⁸ + number.
enum TileTable {
    private static func id(_ tile: TileID) -> Int64 { Int64(tile.level) << 48 | tile.number }

    static func put(_ connection: SQLiteConnection, _ tiles: [(TileID, TreeTile)]) throws(StoreError) {
        let upsert = try connection.prepared(
            "INSERT INTO log_tile (id, hashes) VALUES (?1, ?2) ON CONFLICT (id) DO UPDATE SET hashes = excluded.hashes")
        for (tile, hashes) in tiles {
            upsert.bind(1, id(tile))
            upsert.bind(2, hashes.octets)
            try upsert.run()
        }
    }

    static func tile(_ connection: SQLiteConnection, _ tile: TileID) throws(AuditError) -> TreeTile {
        let octets = try LogFailure.wrapping(connection.path) { () throws(StoreError) -> [UInt8] in
            let select = try connection.prepared("SELECT hashes FROM log_tile WHERE id = ?1")
            defer { select.reset() }
            select.bind(1, id(tile))
            return try select.step() ? select.octets(0) : []
        }
        guard let hashes = TreeTile(octets: octets) else {
            throw AuditError(
                .damaged,
                "the log in \(connection.path) lacks tile \(tile.number) of level \(tile.level) of its tree: "
                    + StateFile.restoring)
        }
        return hashes
    }
}
