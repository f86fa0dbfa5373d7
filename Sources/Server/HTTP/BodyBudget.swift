import Operations
import Synchronization

/// Memory for the bodies of requests: so much for all that show a token, and no more than a part of it for one of them, so
/// that a client whose bodies come slowly keeps nobody else out. Bodies without a token are small and take no part in it.
final class BodyBudget: Sendable {
    private struct State {
        var octetsInFlight = 0
        var holders: [TokenID?: Int] = [:]
    }

    private let state = Mutex(State())

    var octetsInFlight: Int { state.withLock { $0.octetsInFlight } }

    /// False, and nothing is taken, where it would be more than there is.
    ///
    /// - Parameter holder: whose share it is of; nil: of those together who have shown no token.
    func take(_ octets: Int, for holder: TokenID?) -> Bool {
        state.withLock { state in
            let held = state.holders[holder, default: 0]
            let ofTokens = state.octetsInFlight - state.holders[nil, default: 0]
            let hasRoom =
                if holder == nil {
                    held + octets <= ServerLimits.anonymousBodiesOctetsMax
                } else {
                    held + octets <= ServerLimits.bodiesOfOneTokenOctetsMax
                        && ofTokens + octets <= ServerLimits.bodiesInFlightOctetsMax
                }
            guard hasRoom else { return false }
            state.octetsInFlight += octets
            state.holders[holder] = held + octets
            return true
        }
    }

    func giveBack(_ octets: Int, of holder: TokenID?) {
        state.withLock { state in
            state.octetsInFlight -= octets
            let left = state.holders[holder, default: 0] - octets
            state.holders[holder] = left > 0 ? left : nil
        }
    }
}
