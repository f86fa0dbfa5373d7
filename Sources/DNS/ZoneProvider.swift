/// A place where zones are edited: a DNS provider's API, our own embedded responder, or a person.
///
/// Every implementation passes the contract suite in Tests/ContractTests. A provider never touches a record set that
/// a call does not name.
package protocol ZoneProvider: Sendable {
    /// What stands in the zone now, by the provider's own list, for the keys asked for. A key that is not there is
    /// absent from the answer. Throws `ProviderError`; reads only.
    func recordSets(in zone: DomainName, keys: [RecordSetKey]) async throws(ProviderError) -> [RecordSetKey: RecordSet]

    /// Compare-and-set on each record set: reads what stands, writes only where it equals `expected`.
    ///
    /// One outcome for each write, in order. All writes of a call are of one zone and no two of one key. `permit` is
    /// asked immediately before each request that changes anything; false means that the caller's lease is over, and
    /// nothing more is sent.
    ///
    ///     zone before:  d TXT "v=spf1 -all" "site-verification=1"
    ///     write:        expected that set, replacement d TXT "v=spf1 mx -all" "site-verification=1"
    ///     zone after:   the replacement, and everything else untouched
    func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome]
}

package struct RecordSetWrite: Sendable, Equatable {
    package var key: RecordSetKey
    /// What must stand there for the write to happen; nil: nothing stands there.
    package var expected: RecordSet?
    /// What shall stand there; nil deletes the set.
    package var replacement: RecordSet?

    package init(key: RecordSetKey, expected: RecordSet?, replacement: RecordSet?) {
        self.key = key
        self.expected = expected
        self.replacement = replacement
    }
}

package enum RecordSetWriteOutcome: Sendable, Equatable {
    case written
    /// The replacement stood there already: nothing was sent. How a killed apply is finished.
    case alreadyThere
    /// Something else stands there than was expected: nothing was sent.
    case conflict(found: RecordSet?)
    /// `permit` said no: nothing was sent.
    case notPermitted
    /// Shown to a person; it is in DNS once they have published it (`manual` only).
    case handedOver(instructions: String)
    case failed(ProviderError)
}

package struct ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        /// The credentials were refused.
        case unauthorized
        /// The provider does not hold this zone.
        case noSuchZone
        /// The provider refused the content; trying again is no use.
        case rejected
        /// Still rate limited when the retries ran out.
        case rateLimited
        /// Network failure, 5xx or a broken answer after all retries. Nothing was changed, as far as a re-read showed.
        case unavailable
        /// A write's answer was lost, and what stands there could not be read afterwards.
        case unknownOutcome
        /// A credential's reference could not be read.
        case credentials
    }

    package let code: Code
    /// One sentence for a reader: what was asked of whom, what came back. Never a secret.
    package let message: String

    package init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    package var description: String { "\(code.rawValue): \(message)" }
}
