package import DNS

/// A person with a web form: Signet says what to publish, and DNS says when it is there.
package struct ManualProvider: ZoneProvider {
    /// What DNS serves for a record set now; nil: nothing. Throws if nobody answers.
    package typealias Observe = @Sendable (RecordSetKey) async throws -> RecordSet?

    private let observe: Observe

    package init(observe: @escaping Observe) {
        self.observe = observe
    }

    package func recordSets(
        in zone: DomainName, keys: [RecordSetKey]
    ) async throws(ProviderError) -> [RecordSetKey: RecordSet] {
        var standing: [RecordSetKey: RecordSet] = [:]
        for key in keys {
            do { standing[key] = try await observe(key) } catch {
                throw ProviderError(.unavailable, "\(key) could not be observed: \(error)")
            }
        }
        return standing
    }

    package func write(
        _ writes: [RecordSetWrite], in zone: DomainName, permit: @escaping @Sendable () async -> Bool
    ) async -> [RecordSetWriteOutcome] {
        var outcomes: [RecordSetWriteOutcome] = []
        for write in writes {
            let found: RecordSet?
            do { found = try await observe(write.key) } catch {
                outcomes.append(
                    .failed(ProviderError(.unavailable, "\(write.key) could not be observed: \(error)")))
                continue
            }
            if Self.same(found, write.replacement) {
                outcomes.append(.alreadyThere)
            } else if Self.same(found, write.expected) {
                outcomes.append(
                    await permit()
                        ? .handedOver(instructions: ManualInstructions(write, zone: zone).text) : .notPermitted)
            } else {
                outcomes.append(.conflict(found: found))
            }
        }
        return outcomes
    }

    /// A web form may have no field for the time to live, so it is not compared.
    private static func same(_ left: RecordSet?, _ right: RecordSet?) -> Bool {
        guard let left, let right else { return left == nil && right == nil }
        return left.sameData(as: right)
    }
}
