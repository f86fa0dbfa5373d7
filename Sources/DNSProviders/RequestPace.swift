import Transport

/// Lets requests to one server start when its `RequestWindow` says so, first come, first served.
actor RequestPace {
    private let surroundings: RetrySurroundings
    private var window: RequestWindow
    private var urgent: [CheckedContinuation<RequestWindow.Turn, Never>] = []
    private var waiting: [CheckedContinuation<RequestWindow.Turn, Never>] = []
    private var isTimerSet = false

    /// - Parameter sizeMax: never more than this at once; at least 1.
    init(max sizeMax: Int, surroundings: RetrySurroundings = .system) {
        window = RequestWindow(max: sizeMax)
        self.surroundings = surroundings
    }

    /// What another request to the same server took.
    func observe(roundTrip: Duration) { window.observe(roundTrip: roundTrip) }

    /// Returns once a request may start; each must be followed by one `end`.
    /// - Parameter isUrgent: before all that are not, because it has waited once already.
    func start(isUrgent: Bool = false) async -> RequestWindow.Turn {
        await withCheckedContinuation { continuation in
            if isUrgent { urgent.append(continuation) } else { waiting.append(continuation) }
            admit()
        }
    }

    func end(_ turn: RequestWindow.Turn, _ outcome: RequestWindow.Outcome) {
        window.end(turn, outcome, at: surroundings.elapsed())
        admit()
    }

    private func admit() {
        while !urgent.isEmpty || !waiting.isEmpty {
            switch window.next(at: surroundings.elapsed()) {
            case .start(let turn):
                let next = urgent.isEmpty ? waiting.removeFirst() : urgent.removeFirst()
                next.resume(returning: turn)
            case .wait(let time): return wake(after: time)
            case .full: return
            }
        }
    }

    private func wake(after time: Duration) {
        guard !isTimerSet else { return }
        isTimerSet = true
        Task {
            await surroundings.sleep(time)
            isTimerSet = false
            admit()
        }
    }
}
