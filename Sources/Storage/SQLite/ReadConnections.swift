import Reconcile
import Synchronization

/// Connections that only read, for short questions that are answered on the asker's own thread.
///
/// A reader waits for no writer in WAL mode, and a row that is looked up by its key comes out of the page cache in some
/// 10 µs. The way to the store's thread and back takes several times that, and stands behind the commits there. What
/// reads many rows, or large ones, is for `ReadThread`.
final class ReadConnections: Sendable {
    /// Each is used by one thread at a time: whoever has taken it out.
    private struct Idle: @unchecked Sendable {
        var connections: [SQLiteConnection] = []
        var isClosed = false
    }

    private let path: String
    private let idle = Mutex(Idle())

    /// - Parameter path: of a file that is there, in WAL mode, held open for writing for as long as this is used.
    init(path: String) { self.path = path }

    /// Runs the body in one transaction: it sees whole transactions of others, the newest on disk.
    func read<Value>(_ body: (SQLiteConnection) throws(StoreError) -> Value) throws(StoreError) -> Value {
        try lookUp { (connection) throws(StoreError) in
            try connection.transaction(.deferred) { () throws(StoreError) in try body(connection) }
        }
    }

    /// The same for one statement, which is a transaction by itself (sqlite.org/lang_transaction.html §2.1) and is reset
    /// when the body returns.
    func lookUp<Value>(_ body: (SQLiteConnection) throws(StoreError) -> Value) throws(StoreError) -> Value {
        let connection: SQLiteConnection
        if let known = idle.withLock({ $0.connections.popLast() }) {
            connection = known
        } else {
            // Who closes the file last empties its write-ahead log, and one that is opened to be read only could not.
            connection = try SQLiteConnection(path: path, .readWrite)
            try connection.execute("PRAGMA query_only = ON")
        }
        defer {
            assert(!connection.isReading, "a statement was not reset: this connection would see an old state for ever")
            let isClosed = idle.withLock { idle in
                if !idle.isClosed { idle.connections.append(connection) }
                return idle.isClosed
            }
            if isClosed { connection.close() }
        }
        return try body(connection)
    }

    /// Closes those that nobody uses now; the others follow when they come back.
    func close() {
        let connections = idle.withLock { idle in
            defer { idle.connections = [] }
            idle.isClosed = true
            return Idle(connections: idle.connections)
        }
        for connection in connections.connections { connection.close() }
    }
}

/// The same on a thread of its own, for what reads many rows or large ones: neither who writes nor the asker's thread
/// waits for it.
actor ReadThread {
    private let connections: ReadConnections
    private let thread = StoreThread()

    nonisolated var unownedExecutor: UnownedSerialExecutor { thread.asUnownedSerialExecutor() }

    init(_ connections: ReadConnections) { self.connections = connections }

    func read<Value: Sendable>(
        _ body: @Sendable (SQLiteConnection) throws(StoreError) -> Value
    ) throws(StoreError) -> Value {
        try connections.read(body)
    }
}
