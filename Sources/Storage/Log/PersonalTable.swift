import Audit
import Reconcile

/// What opens the leaves' commitments, one row each. A row's id is the entry's index · 65,536 + its number, which fits: a
/// leaf of 65,535 octets has fewer commitments than that.
enum PersonalTable {
    static func id(_ place: PersonalPlace) -> Int64 { place.index.rawValue << 16 | Int64(place.number) }
    private static func place(_ id: Int64) -> PersonalPlace {
        PersonalPlace(index: LogIndex(id >> 16), number: Int(id & 0xFFFF))
    }

    static func insertion(_ connection: SQLiteConnection) throws(StoreError) -> SQLiteStatement {
        try connection.prepared("INSERT INTO log_personal (id, salt, value) VALUES (?1, ?2, ?3)")
    }

    static func insert(
        _ insertion: SQLiteStatement, _ openings: [Opening], of index: LogIndex
    ) throws(StoreError) {
        for (number, opening) in openings.enumerated() {
            insertion.bind(1, id(PersonalPlace(index: index, number: number)))
            insertion.bind(2, opening.salt)
            insertion.bind(3, Array(opening.value.utf8))
            try insertion.run()
        }
    }

    static func openings(_ connection: SQLiteConnection, of index: LogIndex) throws(StoreError) -> [Int: Opening] {
        let select = try connection.prepared("SELECT id, salt, value FROM log_personal WHERE id BETWEEN ?1 AND ?2")
        defer { select.reset() }
        select.bind(1, index.rawValue << 16)
        select.bind(2, index.rawValue << 16 | 0xFFFF)
        var openings: [Int: Opening] = [:]
        while try select.step() {
            let place = place(select.integer(0))
            guard let opening = Opening(salt: select.octets(1), value: select.text(2)) else {
                throw StoreError(.unusable, "a personal value of the log in \(connection.path) has no salt")
            }
            openings[place.number] = opening
        }
        return openings
    }

    /// In their order. By value this reads all of them: erasing is rare, and an index would be one more copy.
    static func places(
        _ connection: SQLiteConnection, _ target: ErasureRequest.Target
    ) throws(StoreError) -> [PersonalPlace] {
        let select: SQLiteStatement
        switch target {
        case .entry(let index):
            select = try connection.prepared("SELECT id FROM log_personal WHERE id BETWEEN ?1 AND ?2")
            select.bind(1, index.rawValue << 16)
            select.bind(2, index.rawValue << 16 | 0xFFFF)
        case .message(let message):
            select = try connection.prepared(
                """
                SELECT personal.id FROM log_entry JOIN log_personal AS personal
                ON personal.id BETWEEN log_entry.id << 16 AND log_entry.id << 16 | 65535
                WHERE log_entry.message = ?1 ORDER BY personal.id
                """)
            select.bind(1, message)
        case .value(let value) where SoughtValue(value).isAddress:
            return try places(connection, of: SoughtValue(value))
        case .value(let value):
            // An approver's name stands inside of what they signed, too, and the digest and signature of it lead back to it:
            // there all values of the entry go.
            select = try connection.prepared(
                """
                WITH hit AS MATERIALIZED (
                    SELECT id, value = ?1 AS is_whole FROM log_personal WHERE value = ?1 OR instr(value, ?2) > 0)
                SELECT id FROM hit WHERE is_whole
                UNION
                SELECT other.id FROM hit JOIN log_personal AS other
                ON other.id BETWEEN hit.id >> 16 << 16 AND (hit.id >> 16 << 16) | 65535
                WHERE NOT is_whole ORDER BY 1
                """)
            select.bind(1, Array(value.utf8))
            select.bind(2, FinishedMessages.approverMember(value))
        }
        defer { select.reset() }
        var places: [PersonalPlace] = []
        while try select.step() { places.append(place(select.integer(0))) }
        return places
    }

    /// Those that are the address, or texts that hold it.
    private static func places(
        _ connection: SQLiteConnection, of address: SoughtValue
    ) throws(StoreError) -> [PersonalPlace] {
        let select = try connection.prepared(
            "SELECT id, value FROM log_personal WHERE instr(value, x'40') > 0 ORDER BY id")
        defer { select.reset() }
        var places: [PersonalPlace] = []
        while try select.step() {
            if address.matches(select.octets(1)) { places.append(place(select.integer(0))) }
        }
        return places
    }

    /// Overwrites in place first: a row of the same size stays where it is on its page, so that no copy of the old one
    /// is left behind when the page is put in order after the deletion.
    static func erase(_ connection: SQLiteConnection, _ places: [PersonalPlace]) throws(StoreError) {
        let overwrite = try connection.prepared(
            "UPDATE log_personal SET salt = zeroblob(32), value = zeroblob(length(value)) WHERE id = ?1")
        let delete = try connection.prepared("DELETE FROM log_personal WHERE id = ?1")
        for statement in [overwrite, delete] {
            for place in places {
                statement.bind(1, id(place))
                try statement.run()
            }
        }
    }
}
