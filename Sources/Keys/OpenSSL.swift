import COpenSSL

/// Where OpenSSL's return codes become Swift's.
enum OpenSSL {
    /// For calls that fail only when memory runs out or a call is wrong: both are bugs or the end.
    static func mustSucceed(_ result: Int32, _ call: StaticString = #function) {
        precondition(result == 1, "OpenSSL failed in \(call): \(takeError())")
    }

    /// The oldest error of this thread's queue as text, and empties the queue. Holds codes and function names only,
    /// never data.
    static func takeError() -> String {
        let code = ERR_get_error()
        ERR_clear_error()
        guard code != 0, let reason = ERR_reason_error_string(code) else { return "no reason given" }
        return String(cString: reason)
    }
}
