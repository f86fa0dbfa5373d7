import DNS
import Synchronization

@testable import MailAuth

/// A resolver that answers from a table, and remembers what it was asked.
///
/// A name that is in the table, or above one that is, exists; every other name does not.
final class TableResolver: Resolver {
    private let answers: [DomainName: [RecordType: [RecordData]]]
    private let aliases: [DomainName: DomainName]
    private let failures: Set<DomainName>
    private let asked = Mutex<[RecordSetKey]>([])

    /// CNAME chains longer than this fail, as a loop does.
    static let aliasesMax = 8

    init(_ records: [(String, RecordData)] = [], failing: [String] = []) {
        var answers: [DomainName: [RecordType: [RecordData]]] = [:]
        var aliases: [DomainName: DomainName] = [:]
        for (text, data) in records {
            let name = Self.name(text)
            if case .cname(let target) = data { aliases[name] = target }
            answers[name, default: [:]][data.type, default: []].append(data)
            var parent = name.parent
            while let next = parent, !next.isRoot {
                answers[next] = answers[next] ?? [:]
                parent = next.parent
            }
        }
        self.answers = answers
        self.aliases = aliases
        failures = Set(failing.map(Self.name))
    }

    convenience init(txt: [(String, String)], failing: [String] = []) {
        self.init(txt.map { ($0.0, .txt(TXTValue($0.1))) }, failing: failing)
    }

    var questions: [RecordSetKey] { asked.withLock { $0 } }

    /// Octets as they are, as the suites have names with blanks; empty is the root.
    static func name(_ text: String) -> DomainName {
        text.isEmpty ? .root : SPFTargetName.name(fromExpanded: Array(text.utf8)[...])!
    }

    func look(up name: DomainName, _ type: RecordType) async -> LookUpAnswer {
        asked.withLock { $0.append(RecordSetKey(name, type)) }
        var name = name
        for _ in 0..<Self.aliasesMax {
            guard type != .cname, let target = aliases[name] else {
                if let data = answers[name]?[type] { return .found(data, timeToLiveSeconds: 300) }
                if failures.contains(name) { return .failed("no answer") }
                return answers[name] == nil ? .noSuchName : .noData
            }
            name = target
        }
        return .failed("a loop of aliases")
    }
}
