import Reconcile
import Synchronization

/// Writes of callers at the same time, which share one transaction and so one wait for the disk.
///
/// A caller puts its write in line and then asks the store's actor to empty the line; whoever comes first does it for
/// all who stand there. A caller's answer is there when its own turn at the actor is over.
final class GroupedWrites: Sendable {
    /// How many writes share a transaction; bounds how long readers of other processes wait for it.
    private static let groupMax = 128

    private final class Write: @unchecked Sendable {
        // Touched on the store's thread, and by the caller after that.
        let body: @Sendable (SQLiteConnection) throws(StoreError) -> Void
        var failure: StoreError?
        var isDone = false
        init(_ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Void) { self.body = body }
    }

    private let line = Mutex<[Write]>([])

    /// Runs the body inside a transaction that others may share: all of it is durable on return, or nothing of it.
    ///
    /// - Parameter turn: runs `empty` on the store's actor.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value, turn: () async -> Void
    ) async throws(StoreError) -> Value {
        let result = Mutex<Value?>(nil)
        return try await run(body, result: Box(result: result), turn: turn)
    }

    private final class Box<Value: Sendable>: Sendable {
        let result: Mutex<Value?>
        init(result: consuming Mutex<Value?>) { self.result = result }
    }

    private func run<Value: Sendable>(
        _ body: @escaping @Sendable (SQLiteConnection) throws(StoreError) -> Value, result: Box<Value>,
        turn: () async -> Void
    ) async throws(StoreError) -> Value {
        let write = Write { (connection) throws(StoreError) in
            let value = try body(connection)
            result.result.withLock { $0 = value }
        }
        line.withLock { $0.append(write) }
        await turn()
        if let failure = write.failure { throw failure }
        guard write.isDone, let value = result.result.withLock({ $0 }) else {
            throw StoreError(.other, "a write was not carried out")
        }
        return value
    }

    /// Carries out what stands in line. On the store's thread only.
    func empty(_ connection: SQLiteConnection) {
        while true {
            let group = line.withLock { line in
                let group = Array(line.prefix(Self.groupMax))
                line.removeFirst(group.count)
                return group
            }
            guard !group.isEmpty else { return }
            do throws(StoreError) {
                try connection.transaction(.immediate) { () throws(StoreError) in
                    for write in group { try write.body(connection) }
                }
                for write in group { write.isDone = true }
            } catch {
                for write in group { write.failure = error }
            }
        }
    }
}
