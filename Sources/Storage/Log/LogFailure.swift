import Audit
import Glibc
import Reconcile

/// The store's failures, as the log reports them: each says that nothing was recorded, and what to do.
enum LogFailure {
    static func wrapping<Value>(
        _ path: String, _ body: () throws(StoreError) -> Value
    ) throws(AuditError) -> Value {
        do throws(StoreError) { return try body() } catch { throw Self.error(error, path: path) }
    }

    static func error(_ error: StoreError, path: String) -> AuditError {
        let code: AuditError.Code =
            switch error.code {
            case .busy: .locked
            // SQLite has no other reason not to write than these two.
            case .notWritable: isWritable(path) ? .full : .readOnly
            case .unavailable: .unavailable
            case .unusable: .damaged
            case .duplicate, .other: .other
            }
        return AuditError(code, "the log cannot be used: \(error.message)")
    }

    private static func isWritable(_ path: String) -> Bool {
        access(path, W_OK) == 0 && access(StateFile.parent(of: path), W_OK) == 0
    }
}
