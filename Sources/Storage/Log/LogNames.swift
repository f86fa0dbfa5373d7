import Reconcile

/// The numbers of kinds, domains and agents, remembered: rows and indexes are then small.
final class LogNames {
    /// Names remembered, of some 100 octets each. When full, all are dropped.
    private static let rememberedMax = 100_000

    private var numbers: [String: Int64] = [:]

    /// Call inside an immediate transaction.
    func number(_ text: String, _ connection: SQLiteConnection) throws(StoreError) -> Int64 {
        if let number = numbers[text] { return number }
        if let number = try Self.find(text, connection) { return remember(number, text) }
        let insert = try connection.prepared("INSERT INTO log_name (text) VALUES (?1) RETURNING id")
        insert.bind(1, text)
        guard try insert.step() else { throw StoreError(.other, "\(connection.path) gave a name no number") }
        let number = insert.integer(0)
        insert.reset()
        return remember(number, text)
    }

    private func remember(_ number: Int64, _ text: String) -> Int64 {
        if numbers.count >= Self.rememberedMax { numbers.removeAll() }
        numbers[text] = number
        return number
    }

    /// A transaction that was rolled back may have made some of them.
    func forget() { numbers.removeAll() }

    static func find(_ text: String, _ connection: SQLiteConnection) throws(StoreError) -> Int64? {
        let select = try connection.prepared("SELECT id FROM log_name WHERE text = ?1")
        defer { select.reset() }
        select.bind(1, text)
        return try select.step() ? select.integer(0) : nil
    }
}
