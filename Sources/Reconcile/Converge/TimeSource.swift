package import FoundationEssentials

/// The clock and the waiting, passed in: wall-clock time, because leases and times to live outlast a process.
package protocol TimeSource: Sendable {
    func now() -> Date
    /// Returns at that time or a little after it; throws `CancellationError` only.
    func sleep(until time: Date) async throws
}
