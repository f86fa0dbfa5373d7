import Audit
import Reconcile

/// The leaves, and beside them what they are asked by.
enum EntryTable {
    /// Compiled once for many rows: finding it again costs as much as binding it.
    static func insertion(_ connection: SQLiteConnection) throws(StoreError) -> SQLiteStatement {
        try connection.prepared(
            """
            INSERT INTO log_entry (id, time, kind, domain, agent, message, leaf)
            VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
            """)
    }

    static func insert(
        _ connection: SQLiteConnection, _ insertion: SQLiteStatement, _ entry: LogEntry, _ leaf: Leaf,
        at index: LogIndex, names: LogNames
    ) throws(StoreError) {
        insertion.bind(1, index.rawValue)
        insertion.bind(2, entry.timeMilliseconds)
        insertion.bind(3, try names.number(entry.kind.rawValue, connection))
        if let domain = entry.domain {
            insertion.bind(4, try names.number(domain, connection))
        } else {
            insertion.bind(4, nil as [UInt8]?)
        }
        if let agent = entry.agent {
            insertion.bind(5, try names.number(agent, connection))
        } else {
            insertion.bind(5, nil as [UInt8]?)
        }
        if let message = entry.message { insertion.bind(6, message) } else { insertion.bind(6, nil as [UInt8]?) }
        insertion.bind(7, leaf.octets)
        try insertion.run()
    }

    /// How many there are, if none is missing.
    static func count(_ connection: SQLiteConnection) throws(StoreError) -> Int64 {
        try connection.integer("SELECT coalesce(max(id) + 1, 0) FROM log_entry")
    }

    /// Nil if there is none.
    static func leaf(_ connection: SQLiteConnection, _ index: LogIndex) throws(StoreError) -> [UInt8]? {
        let select = try connection.prepared("SELECT leaf FROM log_entry WHERE id = ?1")
        defer { select.reset() }
        select.bind(1, index.rawValue)
        return try select.step() ? select.octets(0) : nil
    }

    /// Where a found entry stands in the order of answers.
    private struct Found: Comparable {
        var time: Int64
        var index: Int64
        static func < (left: Self, right: Self) -> Bool { (left.time, left.index) < (right.time, right.index) }
    }

    /// The newest that match, the oldest of them first; one more than the limit, if there are more.
    static func find(_ connection: SQLiteConnection, _ query: LogQuery) throws(StoreError) -> [LogIndex] {
        guard let (kinds, domain, agent) = try numbers(connection, query) else { return [] }
        let wanted = query.limit + 1
        // The most selective index first; where only kinds are asked for, one look for each.
        let index: String
        var rounds: [[Int64]] = [kinds]
        switch (query.message, agent, domain) {
        case (_?, _, _): index = "log_entry_message"
        case (nil, _?, _): index = "log_entry_agent"
        case (nil, nil, _?): index = "log_entry_domain"
        case (nil, nil, nil) where !kinds.isEmpty:
            index = "log_entry_kind"
            rounds = kinds.sorted().map { [$0] }
        case (nil, nil, nil): index = "log_entry_time"
        }
        var found: [Found] = []
        for kinds in rounds {
            found += try look(
                connection, query, index: index, kinds: kinds.sorted(), domain: domain, agent: agent, wanted: wanted)
        }
        return found.sorted().suffix(wanted).map { LogIndex($0.index) }
    }

    /// What a query names, as the rows have it; nil if the log has never seen some of it.
    private static func numbers(
        _ connection: SQLiteConnection, _ query: LogQuery
    ) throws(StoreError) -> (kinds: [Int64], domain: Int64?, agent: Int64?)? {
        var kinds: [Int64] = []
        for kind in query.kinds {
            if let number = try LogNames.find(kind.rawValue, connection) { kinds.append(number) }
        }
        if !query.kinds.isEmpty, kinds.isEmpty { return nil }
        var domain: Int64?
        if let text = query.domain {
            domain = try LogNames.find(text, connection)
            if domain == nil { return nil }
        }
        var agent: Int64?
        if let text = query.agent {
            agent = try LogNames.find(text, connection)
            if agent == nil { return nil }
        }
        return (kinds, domain, agent)
    }

    /// In the order of the indices, from one on and below another: for reading all that match, page after page.
    static func scan(
        _ connection: SQLiteConnection, _ query: LogQuery, from index: LogIndex, below size: Int64
    ) throws(StoreError) -> [LogIndex] {
        guard let (kinds, domain, agent) = try numbers(connection, query) else { return [] }
        var query = query
        query.olderThan = nil
        return try select(
            connection, query, source: "log_entry NOT INDEXED", kinds: kinds.sorted(), domain: domain, agent: agent,
            within: index.rawValue..<max(size, index.rawValue), order: "id", wanted: query.limit
        ).map { LogIndex($0.index) }
    }

    private static func look(
        _ connection: SQLiteConnection, _ query: LogQuery, index: String, kinds: [Int64], domain: Int64?,
        agent: Int64?, wanted: Int
    ) throws(StoreError) -> [Found] {
        try select(
            connection, query, source: "log_entry INDEXED BY \(index)", kinds: kinds, domain: domain, agent: agent,
            order: "time DESC, id DESC", wanted: wanted)
    }

    private static func select(
        _ connection: SQLiteConnection, _ query: LogQuery, source: String, kinds: [Int64], domain: Int64?,
        agent: Int64?, within range: Range<Int64>? = nil, order: String, wanted: Int
    ) throws(StoreError) -> [Found] {
        var conditions: [String] = []
        if query.message != nil { conditions.append("message = ?1") }
        if agent != nil { conditions.append("agent = ?2") }
        if domain != nil { conditions.append("domain = ?3") }
        if query.from != nil { conditions.append("time >= ?4") }
        if query.until != nil { conditions.append("time < ?5") }
        if query.olderThan != nil { conditions.append("(time, id) < (?6, ?7)") }
        // Numbers of ours, not text of anybody's.
        if kinds.count == 1 { conditions.append("kind = \(kinds[0])") }
        if kinds.count > 1 { conditions.append("kind IN (\(kinds.map(String.init).joined(separator: ", ")))") }
        if range != nil { conditions.append("id >= ?9 AND id < ?10") }
        let filter = conditions.isEmpty ? "" : "WHERE " + conditions.joined(separator: " AND ")
        let sql = "SELECT time, id FROM \(source) \(filter) ORDER BY \(order) LIMIT ?8"
        // Each set of kinds makes a text of its own.
        let select = kinds.count > 1 ? try connection.compiled(sql) : try connection.prepared(sql)
        defer { select.reset() }
        if let message = query.message { select.bind(1, message) }
        if let agent { select.bind(2, agent) }
        if let domain { select.bind(3, domain) }
        if let from = query.from { select.bind(4, from) }
        if let until = query.until { select.bind(5, until) }
        if let cursor = query.olderThan {
            select.bind(6, cursor.timeMilliseconds)
            select.bind(7, cursor.index.rawValue)
        }
        select.bind(8, Int64(wanted))
        if let range {
            select.bind(9, range.lowerBound)
            select.bind(10, range.upperBound)
        }
        var found: [Found] = []
        while try select.step() { found.append(Found(time: select.integer(0), index: select.integer(1))) }
        return found
    }
}
