import Glibc
import Synchronization

/// Whose turn it is to write to a file, among this process's connections to it: the store's and the log's.
///
/// SQLite lets a second writer sleep and try again, for longer each time, and the first may have written several times by
/// then. Here the second one goes on as soon as the first is done. Between processes SQLite's own lock decides. A path
/// spelt in another way has a turn of its own, and SQLite's lock then decides as well.
final class WriteTurn: @unchecked Sendable {
    private static let turns = Mutex<[String: WriteTurn]>([:])

    /// One for each path. State files are few, so none is forgotten.
    static func of(_ path: String) -> WriteTurn {
        turns.withLock { turns in
            if let turn = turns[path] { return turn }
            let turn = WriteTurn()
            turns[path] = turn
            return turn
        }
    }

    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)

    private init() { pthread_mutex_init(mutex, nil) }

    /// Blocks the thread, which is a store's own.
    func take() { pthread_mutex_lock(mutex) }

    func give() { pthread_mutex_unlock(mutex) }
}
