import Synchronization

/// Memory for the bodies of requests: so much for all of them, and no more than a part of it for one token, so that a
/// client whose bodies come slowly keeps nobody else out.
final class BodyBudget: Sendable {
    private struct State {
        var octetsInFlight = 0
        var holders: [String: Int] = [:]
    }

    private let state = Mutex(State())

    var octetsInFlight: Int { state.withLock { $0.octetsInFlight } }

    /// False, and nothing is taken, where it would be more than there is.
    ///
    /// - Parameter holder: whose share it is of.
    func take(_ octets: Int, for holder: String) -> Bool {
        state.withLock { state in
            let held = state.holders[holder, default: 0]
            guard held + octets <= ServerLimits.bodiesOfOneTokenOctetsMax,
                state.octetsInFlight + octets <= ServerLimits.bodiesInFlightOctetsMax
            else { return false }
            state.octetsInFlight += octets
            state.holders[holder] = held + octets
            return true
        }
    }

    func giveBack(_ octets: Int, of holder: String) {
        state.withLock { state in
            state.octetsInFlight -= octets
            let left = state.holders[holder, default: 0] - octets
            state.holders[holder] = left > 0 ? left : nil
        }
    }
}
