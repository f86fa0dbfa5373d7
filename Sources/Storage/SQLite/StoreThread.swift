import Glibc

/// A serial executor on a thread of its own.
///
/// A transaction waits for the disk, and for other processes up to the busy limit: on Swift's shared pool, which has
/// one thread for each core, that would stop everything else.
final class StoreThread: SerialExecutor {
    private let queue = JobQueue()

    func enqueue(_ job: consuming ExecutorJob) {
        queue.push(UnownedJob(job), asUnownedSerialExecutor())
    }

    deinit { queue.stop() }
}

/// The thread outlives its executor by the job that it is running, so both share this queue.
private final class JobQueue: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let arrival = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var jobs: [(UnownedJob, UnownedSerialExecutor)] = []
    private var isStarted = false
    private var isStopped = false
    /// The thread sleeps until it is told of an arrival. While it works nobody needs to wake it.
    private var isWaiting = false

    init() {
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(arrival, nil)
    }

    deinit {
        pthread_cond_destroy(arrival)
        pthread_mutex_destroy(mutex)
        arrival.deallocate()
        mutex.deallocate()
    }

    func push(_ job: UnownedJob, _ executor: UnownedSerialExecutor) {
        pthread_mutex_lock(mutex)
        jobs.append((job, executor))
        if !isStarted {
            isStarted = true
            start()
        }
        if isWaiting {
            isWaiting = false
            pthread_cond_signal(arrival)
        }
        pthread_mutex_unlock(mutex)
    }

    func stop() {
        pthread_mutex_lock(mutex)
        isStopped = true
        pthread_cond_signal(arrival)
        pthread_mutex_unlock(mutex)
    }

    private func start() {
        var thread = pthread_t()
        let context = Unmanaged.passRetained(self).toOpaque()
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<JobQueue>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context)
        guard code == 0 else { fatalError("no thread for the store: error \(code)") }
        pthread_detach(thread)
    }

    private func run() {
        while true {
            pthread_mutex_lock(mutex)
            while jobs.isEmpty, !isStopped {
                isWaiting = true
                pthread_cond_wait(arrival, mutex)
            }
            isWaiting = false
            let batch = jobs
            jobs.removeAll(keepingCapacity: true)
            pthread_mutex_unlock(mutex)
            // A waiting job holds its actor, and that its executor: stopped means that none is left.
            if batch.isEmpty { return }
            for (job, executor) in batch { job.runSynchronously(on: executor) }
        }
    }
}
