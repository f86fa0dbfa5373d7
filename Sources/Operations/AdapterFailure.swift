import Audit
import Reconcile
import SendGate

extension OperationError {
    /// What a store or the log throws, as an operation's own: every door then tells a locked state from a damaged one.
    ///
    /// - Parameter consequence: what follows for the caller, put in front: `nothing was sent`.
    init(_ failure: any Error, _ consequence: String? = nil) {
        func sentence(_ text: String) -> String { consequence.map { "\($0): \(text)" } ?? text }
        switch failure {
        case let error as OperationError: self = error
        case let error as StoreError: self = .store(StoreError(error.code, sentence(error.message)))
        case let error as SendStoreError:
            self = .store(StoreError(StoreError.Code(rawValue: error.code.rawValue) ?? .other, sentence(error.message)))
        case let error as AuditError: self = .log(AuditError(error.code, sentence(error.message)))
        default: self = .other(sentence("\(failure)"))
        }
    }
}
