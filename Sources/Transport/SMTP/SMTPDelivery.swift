import CLinux
import Glibc
package import SendGate
import Synchronization

/// Hands messages to one relay by SMTP, over connections that are kept from one message to the next.
///
/// Each connection has a thread of its own, started when there is work for it and ended when it has been idle.
package final class SMTPDelivery: Delivery, Sendable {
    private let crew: SMTPCrew

    package init(_ relay: SMTPRelay, limits: SMTPLimits = SMTPLimits()) {
        crew = SMTPCrew(relay: relay, limits: limits)
    }

    deinit { crew.stop() }

    package func deliver(
        _ token: consuming ReleaseToken, _ message: OutgoingMessage,
        commit: @escaping @Sendable ([RecipientOutcome]) async -> Bool
    ) async -> DeliveryOutcome {
        precondition(token.message == message.digest, "the gate released another message")
        // A copy that the token demands goes now, has gone, or nobody gets the message.
        let envelope = message.envelope
        guard !token.copiesOversight || !envelope.required.isEmpty || envelope.hasSentCopy else {
            let refusal = ReplyText(code: 0, text: "not sent without its oversight copy, which the relay has not taken")
            return .answered(envelope.recipients.map { _ in .rejected(refusal) })
        }
        return await withCheckedContinuation { continuation in
            crew.submit(SMTPJob(message: message, commit: commit, continuation: continuation))
        }
    }
}

/// One message to hand over, and whom to tell.
struct SMTPJob: Sendable {
    let message: OutgoingMessage
    let commit: @Sendable ([RecipientOutcome]) async -> Bool
    let continuation: CheckedContinuation<DeliveryOutcome, Never>
}

/// The threads of one relay, and the line of messages before them.
private final class SMTPCrew: @unchecked Sendable {
    private let relay: SMTPRelay
    private let limits: SMTPLimits
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    // The mutex guards these.
    private var line: [SMTPJob] = []
    private var next = 0
    private var threads = 0
    private var idle = 0
    private var isStopped = false

    init(relay: SMTPRelay, limits: SMTPLimits) {
        self.relay = relay
        self.limits = limits
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    func submit(_ job: SMTPJob) {
        pthread_mutex_lock(mutex)
        line.append(job)
        if idle < line.count - next, threads < limits.connectionsMax {
            threads += 1
            OSThread.start { self.work() }
        }
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    /// Connections are closed once nothing is left to do.
    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_broadcast(arrival)
        pthread_mutex_unlock(mutex)
    }

    private func work() {
        let connection = SMTPConnection(relay: relay, limits: limits)
        while let job = take() {
            job.continuation.resume(returning: deliver(job, over: connection))
        }
        connection.quit()
    }

    /// The next job; nil when there has been none for the idle time, or there will be none.
    private func take() -> SMTPJob? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        end.tv_sec += Int(limits.idle.components.seconds)
        idle += 1
        defer { idle -= 1 }
        while next == line.count {
            line.removeAll(keepingCapacity: true)
            next = 0
            if isStopped || pthread_cond_timedwait(arrival, mutex, &end) == ETIMEDOUT, next == line.count {
                threads -= 1
                return nil
            }
        }
        let job = line[next]
        next += 1
        return job
    }

    private func deliver(_ job: SMTPJob, over connection: SMTPConnection) -> DeliveryOutcome {
        let traits = MessageTraits(job.message.octets)
        if let reason = traits.obstacle {
            let rejection = RecipientOutcome.rejected(ReplyText(code: 0, text: reason))
            return .answered(job.message.envelope.recipients.map { _ in rejection })
        }
        if connection.isOpen, connection.messages >= limits.messagesPerConnectionMax { connection.quit() }
        let isKept = connection.isOpen
        do throws(DeliveryProblem) {
            if !connection.isOpen { try connection.open() }
            let ending = connection.transact(job.message, traits) { outcomes in Self.wait { await job.commit(outcomes) }
            }
            guard ending.isUnheard, isKept else { return ending.outcome }
            // The relay had closed the kept connection, which says nothing about the message: once more, on a new one.
            try connection.open()
            return connection.transact(job.message, traits) { outcomes in Self.wait { await job.commit(outcomes) } }
                .outcome
        } catch {
            return .notHandedOver(error)
        }
    }

    /// Blocks this thread, which is ours, until the task has answered.
    private static func wait(_ commit: @escaping @Sendable () async -> Bool) -> Bool {
        let answer = BlockingAnswer()
        Task { answer.give(await commit()) }
        return answer.wait()
    }
}

/// Carries one answer from a task to a thread that waits for it.
private final class BlockingAnswer: @unchecked Sendable {
    private let semaphore = UnsafeMutablePointer<sem_t>.allocate(capacity: 1)
    // Written before the semaphore is raised, read after it.
    private var answer = false

    init() { sem_init(semaphore, 0, 0) }

    deinit {
        sem_destroy(semaphore)
        semaphore.deallocate()
    }

    func give(_ answer: Bool) {
        self.answer = answer
        sem_post(semaphore)
    }

    func wait() -> Bool {
        while sem_wait(semaphore) != 0 {}
        return answer
    }
}
