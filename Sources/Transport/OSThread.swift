import Glibc

/// A detached thread for a loop that blocks in the kernel, which Swift's own pool must not do.
enum OSThread {
    private final class Body {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }

    static func start(_ run: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(run))
        var thread = pthread_t()
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        guard code == 0 else { fatalError("cannot start a thread: \(String(cString: strerror(code)))") }
        pthread_detach(thread)
    }
}
