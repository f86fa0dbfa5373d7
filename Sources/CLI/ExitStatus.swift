/// What the process tells whoever started it (PRODUCT §3). Scripts branch on these numbers: they never change.
package enum ExitStatus: Sendable, Equatable {
    /// In sync, or done.
    case done
    case error
    /// Differences, for `plan` and `drift` with `--exit-code`.
    case differences
    case notConverged
    case misaligned
    /// Held or refused by the gate.
    case refused
    /// Wrong usage (`EX_USAGE` of sysexits.h).
    case usage
    /// Stopped by a signal: 128 and its number, as shells report it.
    case interrupted(signal: Int32)

    package var code: Int32 {
        switch self {
        case .done: 0
        case .error: 1
        case .differences: 2
        case .notConverged: 3
        case .misaligned: 4
        case .refused: 5
        case .usage: 64
        case .interrupted(let signal): 128 + signal
        }
    }
}
