import CLibCurl
import Glibc
import Synchronization

/// libcurl's multi handle and the thread that drives it.
///
/// Other threads only put commands into the inbox and wake the thread; everything else is the thread's own.
final class HTTPEngine: @unchecked Sendable {
    private struct Inbox {
        var submitted: [HTTPTransfer] = []
        var cancelled: [HTTPTransfer] = []
        var isStopped = false
    }

    /// How long the thread sleeps when nothing happens; libcurl's own timers cut it short.
    private static let pollMillisecondsMax: Int32 = 60_000

    private let userAgent: String
    private let limits: HTTPClient.Limits
    private let certificateAuthorities: String?
    private let inbox = Mutex(Inbox())
    private let multi: UnsafeMutableRawPointer

    private var running: [ObjectIdentifier: HTTPTransfer] = [:]
    private var waiting: [String: TransferQueue] = [:]
    /// Origins with someone waiting, in turn.
    private var turns: [String] = []
    private var runningByOrigin: [String: Int] = [:]
    private var idleHandles: [UnsafeMutableRawPointer] = []

    private static let globalInit: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    init(userAgent: String, limits: HTTPClient.Limits, certificateAuthorities: String?) {
        Self.globalInit
        self.userAgent = userAgent
        self.limits = limits
        self.certificateAuthorities = certificateAuthorities
        guard let multi = curl_multi_init() else { fatalError("libcurl cannot allocate a multi handle") }
        self.multi = multi
        _ = signet_curl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, limits.concurrentPerHostMax)
        _ = signet_curl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, limits.concurrentMax)
        _ = signet_curl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    }

    deinit { _ = curl_multi_cleanup(multi) }

    func start() { OSThread.start { self.run() } }

    func submit(_ transfer: HTTPTransfer) {
        let isStopped = inbox.withLock { inbox in
            if !inbox.isStopped { inbox.submitted.append(transfer) }
            return inbox.isStopped
        }
        if isStopped {
            transfer.finish(.failure(HTTPError(.cancelled, "the HTTP client is closed")))
        } else {
            _ = curl_multi_wakeup(multi)
        }
    }

    func cancel(_ transfer: HTTPTransfer) {
        transfer.isCancelled.store(true, ordering: .releasing)
        inbox.withLock { $0.cancelled.append(transfer) }
        _ = curl_multi_wakeup(multi)
    }

    func stop() {
        inbox.withLock { $0.isStopped = true }
        _ = curl_multi_wakeup(multi)
    }

    // MARK: The thread

    private func run() {
        while true {
            let commands = inbox.withLock { inbox in
                let taken = inbox
                inbox.submitted = []
                inbox.cancelled = []
                return taken
            }
            for transfer in commands.submitted { enqueue(transfer) }
            // One that comes before its submission is seen by `enqueue`.
            for transfer in commands.cancelled where transfer.isEnqueued { abort(transfer) }
            if commands.isStopped { break }
            startWaiting()
            var count: Int32 = 0
            _ = curl_multi_perform(multi, &count)
            if reap() { continue }
            _ = curl_multi_poll(multi, nil, 0, Self.pollMillisecondsMax, nil)
        }
        shutDown()
    }

    private func enqueue(_ transfer: HTTPTransfer) {
        // In a line it would wait for a place that it does not need.
        if transfer.isCancelled.load(ordering: .acquiring) { return abort(transfer) }
        transfer.isEnqueued = true
        if waiting[transfer.origin] == nil { turns.append(transfer.origin) }
        waiting[transfer.origin, default: TransferQueue()].append(transfer)
    }

    /// Fills the free places, one request an origin in turn.
    private func startWaiting() {
        var index = 0
        while running.count < limits.concurrentMax, index < turns.count {
            let origin = turns[index]
            guard runningByOrigin[origin, default: 0] < limits.concurrentPerHostMax else {
                index += 1
                continue
            }
            turns.remove(at: index)
            if let transfer = waiting[origin]?.popFirst() { begin(transfer) }
            if waiting[origin]?.isEmpty ?? true {
                waiting[origin] = nil
            } else {
                turns.append(origin)
            }
        }
    }

    private func begin(_ transfer: HTTPTransfer) {
        guard transfer.continuation != nil else { return }
        if transfer.isCancelled.load(ordering: .acquiring) { return abort(transfer) }
        guard let handle = idleHandles.popLast() ?? curl_easy_init() else {
            transfer.finish(.failure(HTTPError(.other, "libcurl cannot allocate a handle")))
            return
        }
        transfer.prepare(
            handle, userAgent: userAgent, certificateAuthorities: certificateAuthorities,
            limit: limits.headerOctetsMax)
        running[ObjectIdentifier(transfer)] = transfer
        runningByOrigin[transfer.origin, default: 0] += 1
        let code = curl_multi_add_handle(multi, handle)
        if code != CURLM_OK { end(transfer) { $0.finish(CURLE_FAILED_INIT) } }
    }

    /// Ends what libcurl has done with; whether there was any.
    private func reap() -> Bool {
        var hasEnded = false
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            guard message.pointee.msg == CURLMSG_DONE, let handle = message.pointee.easy_handle else { continue }
            let code = message.pointee.data.result
            var context: UnsafeMutableRawPointer?
            _ = signet_curl_get_pointer(handle, CURLINFO_PRIVATE, &context)
            guard let context else { continue }
            let transfer = Unmanaged<HTTPTransfer>.fromOpaque(context).takeUnretainedValue()
            end(transfer) { $0.finish(code) }
            hasEnded = true
        }
        return hasEnded
    }

    private func abort(_ transfer: HTTPTransfer) {
        let cancelled = { (transfer: HTTPTransfer) in transfer.finish(.failure(HTTPError(.cancelled, "cancelled"))) }
        if running[ObjectIdentifier(transfer)] != nil {
            end(transfer, cancelled)
        } else {
            cancelled(transfer)
        }
    }

    private func end(_ transfer: HTTPTransfer, _ finish: (HTTPTransfer) -> Void) {
        let handle = transfer.handle
        finish(transfer)
        if let handle {
            _ = curl_multi_remove_handle(multi, handle)
            curl_easy_reset(handle)
            idleHandles.append(handle)
        }
        running[ObjectIdentifier(transfer)] = nil
        let count = runningByOrigin[transfer.origin, default: 1] - 1
        runningByOrigin[transfer.origin] = count > 0 ? count : nil
    }

    private func shutDown() {
        for transfer in Array(running.values) { abort(transfer) }
        for origin in turns {
            while let transfer = waiting[origin]?.popFirst() { abort(transfer) }
        }
        let late = inbox.withLock { $0.submitted }
        for transfer in late { abort(transfer) }
        for handle in idleHandles { curl_easy_cleanup(handle) }
        idleHandles = []
    }
}

/// First in, first out.
private struct TransferQueue {
    private var items: [HTTPTransfer?] = []
    private var head = 0

    var isEmpty: Bool { head == items.count }

    mutating func append(_ item: HTTPTransfer) { items.append(item) }

    mutating func popFirst() -> HTTPTransfer? {
        guard head < items.count else { return nil }
        defer {
            head += 1
            if head == items.count {
                items.removeAll(keepingCapacity: true)
                head = 0
            }
        }
        let item = items[head]
        items[head] = nil
        return item
    }
}
