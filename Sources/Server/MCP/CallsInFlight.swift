import Synchronization

/// The calls of tools that are worked on, so many at once, and those that wait for it. A host may still cancel those of
/// tools that only read or verify, and every one that waits (MCP 2025-11-25 and 2026-07-28, Cancellation). What sends or
/// declares something and has begun is finished and answered, because its host must learn what became of it.
final class CallsInFlight: Sendable {
    /// A call and the line it came in.
    struct Call: Sendable {
        var message: MCPMessage
        var id: JSONTree
        var octets: Int
        /// Whether it may be once it is worked on, too.
        var canBeCancelled: Bool
    }

    enum Admission: Equatable {
        /// To be worked on now, and then whatever `next` has.
        case begin
        /// `next` has it in its turn.
        case waits
        /// Too many wait, or what they are made of is too large.
        case refused
    }

    private struct Running {
        /// nil: it is about to begin.
        var task: Task<MCPProtocol.Reply?, Never>?
        var isCancelled = false
    }

    private struct State {
        var workers = 0
        var waiting: [Call] = []
        var octetsWaiting = 0
        /// Those that can be cancelled.
        var running: [String: Running] = [:]

        /// From here on a cancellation finds it here, and no moment lies between.
        mutating func take(_ call: Call) {
            if call.canBeCancelled { running[CallsInFlight.key(call.id)] = Running() }
        }
    }

    private let workersMax: Int
    private let waitingMax: Int
    private let octetsMax: Int
    private let state = Mutex(State())

    init(workersMax: Int, waitingMax: Int, octetsMax: Int) {
        self.workersMax = workersMax
        self.waitingMax = waitingMax
        self.octetsMax = octetsMax
    }

    func admit(_ call: Call) -> Admission {
        state.withLock { state in
            if state.workers < workersMax {
                state.workers += 1
                state.take(call)
                return .begin
            }
            guard state.waiting.count < waitingMax, state.octetsWaiting + call.octets <= octetsMax else {
                return .refused
            }
            state.waiting.append(call)
            state.octetsWaiting += call.octets
            return .waits
        }
    }

    /// For a worker that is done: what waits longest; nil: nothing does, and there is a worker less.
    func next() -> Call? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.workers -= 1
                return nil
            }
            let call = state.waiting.removeFirst()
            state.octetsWaiting -= call.octets
            state.take(call)
            return call
        }
    }

    /// One that can be cancelled has begun; where it was cancelled meanwhile, its task is too.
    func began(_ id: JSONTree, _ task: Task<MCPProtocol.Reply?, Never>) {
        let isCancelled = state.withLock { state in
            // A host may give one id twice, and the other call may have ended.
            var running = state.running[Self.key(id)] ?? Running()
            running.task = task
            state.running[Self.key(id)] = running
            return running.isCancelled
        }
        if isCancelled { task.cancel() }
    }

    /// What is not, or no longer, worked on is nobody's mistake.
    func cancel(_ id: JSONTree) {
        let task = state.withLock { state in
            if let index = state.waiting.firstIndex(where: { $0.id == id }) {
                state.octetsWaiting -= state.waiting.remove(at: index).octets
            }
            state.running[Self.key(id)]?.isCancelled = true
            return state.running[Self.key(id)]?.task
        }
        task?.cancel()
    }

    /// Whether it is to be answered: not where it was cancelled.
    func ended(_ id: JSONTree) -> Bool {
        state.withLock { $0.running.removeValue(forKey: Self.key(id)) }?.isCancelled != true
    }

    /// A text and a number that look alike are two.
    private static func key(_ id: JSONTree) -> String { String(decoding: id.octets, as: UTF8.self) }
}
