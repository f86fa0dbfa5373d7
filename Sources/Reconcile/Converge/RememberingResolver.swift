package import DNS
import Synchronization

/// Asks each question once: a check of many domains, each as several servers see it, meets the same includes and
/// policies again and again. For one check; nothing here ages.
package final class RememberingResolver: Resolver {
    /// When so many answers are kept, further questions are asked each time.
    package static let answersMax = 65_536

    private let resolver: any Resolver
    private let asked = Mutex<[RecordSetKey: Task<LookUpAnswer, Never>]>([:])

    package init(_ resolver: any Resolver) { self.resolver = resolver }

    package func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        let task = asked.withLock { asked -> Task<LookUpAnswer, Never>? in
            let key = RecordSetKey(name, type)
            if let task = asked[key] { return task }
            guard asked.count < Self.answersMax else { return nil }
            let task = Task { [resolver] in await resolver.look(up: name, type) }
            asked[key] = task
            return task
        }
        guard let task else { return await resolver.look(up: name, type) }
        return await task.value
    }
}
