import CLinux
import Glibc
import Synchronization

/// The thread and the sockets of a `DNSResponder`.
final class ResponderEngine: @unchecked Sendable {
    private enum Destination: Sendable {
        case datagram(sockaddr_storage, socklen_t)
        case connection(UInt64)
    }

    private struct Outbox {
        var messages: [(destination: Destination, octets: [UInt8]?)] = []
        var isStopped = false
    }

    private final class Connection {
        let descriptor: Int32
        var incoming: [UInt8] = []
        var outgoing: [UInt8] = []
        /// Questions that are being answered.
        var open = 0
        var lastUsed = ContinuousClock.now

        init(_ descriptor: Int32) { self.descriptor = descriptor }
    }

    /// Questions being answered at once; further datagrams stay in the kernel's buffer. Ours to choose.
    private static let openMax = 1024
    private static let connectionsMax = 64
    private static let questionsPerConnectionMax = 64
    /// RFC 7766 §6.2.3 asks for seconds.
    private static let idleMax = Duration.seconds(10)
    private static let outgoingOctetsMax = 1 << 20
    private static let pollMilliseconds: Int32 = 1000

    private let datagrams: Int32
    private let listener: Int32
    private let core: ResponderCore
    private let epoll: Int32
    private let event: Int32
    private let outbox = Mutex(Outbox())
    private var connections: [UInt64: Connection] = [:]
    private var open = 0
    private let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 65_536, alignment: 8)

    private static let wakeTag: UInt64 = 0
    private static let datagramTag: UInt64 = 1
    private static let listenerTag: UInt64 = 2
    private var nextTag: UInt64 = 3

    init(datagrams: Int32, listener: Int32, core: ResponderCore) {
        self.datagrams = datagrams
        self.listener = listener
        self.core = core
        epoll = signet_epoll_create()
        event = signet_event_create()
        guard epoll >= 0, event >= 0 else { fatalError("no descriptors for DNS: \(systemErrorText(errno))") }
        for (descriptor, tag) in [(event, Self.wakeTag), (datagrams, Self.datagramTag), (listener, Self.listenerTag)] {
            _ = signet_epoll_set(epoll, signet_epoll_add, descriptor, signet_epoll_in, tag)
        }
    }

    deinit {
        close(epoll)
        close(event)
        buffer.deallocate()
    }

    func start() { OSThread.start { self.run() } }

    func stop() {
        outbox.withLock { $0.isStopped = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(event, &one, 8)
    }

    private func run() {
        var tags = [UInt64](repeating: 0, count: Int(SIGNET_EVENTS_MAX))
        var masks = [UInt32](repeating: 0, count: Int(SIGNET_EVENTS_MAX))
        while deliver() {
            let count = signet_epoll_wait(epoll, &tags, &masks, Self.pollMilliseconds)
            for index in 0..<max(0, Int(count)) {
                switch tags[index] {
                case Self.wakeTag:
                    var value: UInt64 = 0
                    _ = read(event, &value, 8)
                case Self.datagramTag: receiveDatagrams()
                case Self.listenerTag: acceptConnections()
                default: progress(tags[index])
                }
            }
            closeIdle()
        }
        for connection in connections.values { close(connection.descriptor) }
        close(datagrams)
        close(listener)
    }

    /// Sends what the tasks have made. False once it is time to stop.
    private func deliver() -> Bool {
        let (messages, isStopped) = outbox.withLock { outbox in
            defer { outbox.messages = [] }
            return (outbox.messages, outbox.isStopped)
        }
        let wasFull = open >= Self.openMax
        for (destination, octets) in messages {
            open -= 1
            switch destination {
            case .datagram(var address, let length):
                guard let octets else { continue }
                // Lost if the kernel has no room: UDP's asker asks again.
                withUnsafeMutableBytes(of: &address) { raw in
                    raw.withMemoryRebound(to: sockaddr.self) {
                        _ = sendto(
                            datagrams, octets, octets.count, Int32(MSG_NOSIGNAL), $0.baseAddress, length)
                    }
                }
            case .connection(let tag):
                guard let connection = connections[tag] else { continue }
                connection.open -= 1
                if let octets {
                    connection.outgoing += [UInt8(octets.count >> 8), UInt8(octets.count & 0xFF)] + octets
                }
                flush(tag, connection)
                if connections[tag] != nil { readMessages(tag, connection) }
            }
        }
        if isStopped { return false }
        if wasFull, open < Self.openMax { receiveDatagrams() }
        return true
    }

    private func answer(_ octets: [UInt8], to destination: Destination, overTCP: Bool) {
        open += 1
        Task {
            let response = await core.respond(to: octets, overTCP: overTCP)
            outbox.withLock { $0.messages.append((destination, response)) }
            wake()
        }
    }

    // MARK: UDP

    private func receiveDatagrams() {
        while open < Self.openMax {
            var address = sockaddr_storage()
            var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let count = withUnsafeMutableBytes(of: &address) { raw in
                raw.withMemoryRebound(to: sockaddr.self) {
                    recvfrom(datagrams, buffer.baseAddress, buffer.count, 0, $0.baseAddress, &length)
                }
            }
            guard count >= 0 else {
                if errno == EINTR { continue }
                return
            }
            answer(Array(buffer[..<count]), to: .datagram(address, length), overTCP: false)
        }
        // epoll would tell of it again and again: wait for an answer to leave.
        var pause = timespec(tv_sec: 0, tv_nsec: 1_000_000)
        nanosleep(&pause, nil)
    }

    // MARK: TCP

    private func acceptConnections() {
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else { return }
            guard connections.count < Self.connectionsMax else {
                close(descriptor)
                continue
            }
            _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL, 0) | O_NONBLOCK)
            _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
            let tag = nextTag
            nextTag += 1
            connections[tag] = Connection(descriptor)
            _ = signet_epoll_set(epoll, signet_epoll_add, descriptor, signet_epoll_in, tag)
        }
    }

    private func progress(_ tag: UInt64) {
        guard let connection = connections[tag] else { return }
        connection.lastUsed = .now
        flush(tag, connection)
        guard connections[tag] != nil else { return }
        // What is not read stays in the kernel, so a client that never reads its answers stops here.
        guard connection.open < Self.questionsPerConnectionMax else { return }
        let count = recv(connection.descriptor, buffer.baseAddress, buffer.count, 0)
        if count > 0 {
            connection.incoming.append(contentsOf: buffer[..<count])
            readMessages(tag, connection)
        } else if count == 0 || errno != EAGAIN && errno != EINTR {
            drop(tag, connection)
        }
    }

    private func readMessages(_ tag: UInt64, _ connection: Connection) {
        while connection.incoming.count >= 2, connection.open < Self.questionsPerConnectionMax {
            let end = 2 + (Int(connection.incoming[0]) << 8 | Int(connection.incoming[1]))
            guard end <= connection.incoming.count else { return }
            connection.open += 1
            answer(Array(connection.incoming[2..<end]), to: .connection(tag), overTCP: true)
            connection.incoming.removeFirst(end)
        }
    }

    private func flush(_ tag: UInt64, _ connection: Connection) {
        while !connection.outgoing.isEmpty {
            let count = connection.outgoing.withUnsafeBytes {
                send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                connection.outgoing.removeFirst(count)
            } else if errno == EAGAIN, connection.outgoing.count <= Self.outgoingOctetsMax {
                break
            } else if errno != EINTR {
                return drop(tag, connection)
            }
        }
        var events: UInt32 = connection.outgoing.isEmpty ? 0 : signet_epoll_out
        if connection.open < Self.questionsPerConnectionMax { events |= signet_epoll_in }
        _ = signet_epoll_set(epoll, signet_epoll_modify, connection.descriptor, events, tag)
    }

    private func drop(_ tag: UInt64, _ connection: Connection) {
        close(connection.descriptor)
        connections[tag] = nil
    }

    private func closeIdle() {
        if connections.isEmpty { return }
        let now = ContinuousClock.now
        for (tag, connection) in connections where connection.open == 0 && now - connection.lastUsed > Self.idleMax {
            drop(tag, connection)
        }
    }
}
