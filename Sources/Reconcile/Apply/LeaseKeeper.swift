import FoundationEssentials

/// Holds the one lease for the time of an apply, and renews it.
///
/// `isHeld` is asked right before each request that changes anything. It goes by the clock: nobody can take the lease
/// over before `expiresAt`, so a process that slept past it finds out before it writes again.
package actor LeaseKeeper {
    package static let durationDefault: Duration = .seconds(60)
    /// None is taken for longer: one that ends later is a clock's mistake.
    package static let durationMax: Duration = .seconds(3600)
    /// No write starts with less than this part of the lease left, and none is waited for longer, so that it ends before
    /// the lease does.
    package static let marginFraction = 1.0 / 3
    /// A third of the default lease.
    package static let writeTimeoutMax: Duration = .seconds(20)
    /// The lease is renewed after this part of its time, well before the margin.
    package static let renewalFraction = 0.25

    /// How long a request that changes something may take under a lease of this time.
    package static func writeTimeout(of lease: Duration) -> Duration { min(writeTimeoutMax, lease * marginFraction) }

    private let store: any StateStore
    private let clock: any TimeSource
    private let duration: Duration
    private var lease: Lease
    private var isLost = false
    private var renewal: Task<Void, Never>?

    package init(store: any StateStore, clock: any TimeSource, lease: Lease, duration: Duration) {
        self.store = store
        self.clock = clock
        self.lease = lease
        self.duration = duration
    }

    package var current: Lease { lease }

    package func start() {
        renewal = Task { [weak self] in
            while let self, await self.sleepThenRenew() {}
        }
    }

    package func isHeld() -> Bool {
        let left = lease.expiresAt.timeIntervalSince(clock.now())
        // More than that is left only where the clock was set back: others may take the lease for over then.
        return !isLost && left > seconds * Self.marginFraction && left <= seconds * 2
    }

    /// Whether somebody else may have taken over by now.
    package func isOver() -> Bool { isLost || lease.expiresAt <= clock.now() }

    /// Gives the lease back, unless it was lost.
    package func stop() async throws(StoreError) {
        renewal?.cancel()
        if !isLost { try await store.releaseLease(lease) }
    }

    private var seconds: Double { Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18 }

    private func sleepThenRenew() async -> Bool {
        do { try await clock.sleep(until: clock.now().addingTimeInterval(seconds * Self.renewalFraction)) } catch {
            return false
        }
        if Task.isCancelled || isLost { return false }
        let now = clock.now()
        do {
            guard try await store.renewLease(lease, at: now, for: duration) else {
                isLost = true
                return false
            }
            lease.expiresAt = now.addingTimeInterval(seconds)
        } catch {
            // The store is busy or gone: the lease simply runs on towards its end, and `isHeld` says so in time.
        }
        return true
    }
}
