import CLinux
import DNS
import Glibc
import Synchronization

/// The thread that asks: epoll over UDP and TCP sockets, datagrams sent and received in batches.
///
/// Why neither NIO nor Swift's own pool: docs/decisions/0002-dns-sockets-by-epoll.md. Other threads only put commands
/// into the inbox and wake it; everything else is the thread's own.
final class DNSEngine: @unchecked Sendable {
    private struct Inbox {
        var submitted: [DNSBatch] = []
        var cancelled: [DNSBatch] = []
        var isStopped = false
    }

    /// A try that waits for its answer.
    private struct Flight {
        var query: DNSQuery
        let server: DNSServer
        let id: UInt16
        var channel: UDPChannel?
        var stream: TCPChannel?
        let hasExtensions: Bool
    }

    private struct Deadline {
        let slot: Int
        let generation: UInt64
        let time: ContinuousClock.Instant
    }

    private enum Endpoint {
        case wakeUp
        case datagrams(UDPChannel)
        case stream(TCPChannel)
    }

    /// A UDP payload may be larger than we asked for; beyond this it counts as malformed.
    private static let datagramOctetsMax = 4096
    private static let queryStride = QueryWriter.octetsMax
    private static let batchMax = Int(SIGNET_DATAGRAMS_MAX)
    /// Idle servers are forgotten beyond so many.
    private static let serversKeptMax = 1024

    private let limits: DNSLimits
    private let inbox = Mutex(Inbox())
    private let epoll: Int32
    private let event: Int32
    let ignoredCount = Atomic(0)

    private var identifiers = QueryIdentifiers()
    private var servers: [ServerAddress: DNSServer] = [:]
    private var ready: [DNSServer] = []
    private var flights: [Flight?] = []
    private var generations: [UInt64] = []
    private var freeSlots: [Int] = []
    private var inFlight = 0
    private var deadlines: FirstInFirstOut<Deadline> = .init()
    private var endpoints: [UInt64: Endpoint] = [:]
    private var tags: [Int32: UInt64] = [:]
    private var nextTag: UInt64 = 1
    private var channelCount = 0
    private var streamCount = 0
    private var batches: [ObjectIdentifier: DNSBatch] = [:]

    private let sendBuffer = UnsafeMutableRawBufferPointer.allocate(byteCount: queryStride * batchMax, alignment: 8)
    private let receiveBuffer = UnsafeMutableRawBufferPointer.allocate(
        byteCount: datagramOctetsMax * batchMax, alignment: 8)
    private var lengths = [UInt16](repeating: 0, count: batchMax)

    init(limits: DNSLimits) {
        self.limits = limits
        epoll = signet_epoll_create()
        event = signet_event_create()
        guard epoll >= 0, event >= 0 else { fatalError("no descriptors for DNS: \(systemErrorText(errno))") }
        watch(event, .wakeUp)
    }

    deinit {
        close(epoll)
        close(event)
        sendBuffer.deallocate()
        receiveBuffer.deallocate()
    }

    func start() { OSThread.start { self.run() } }

    func submit(_ batch: DNSBatch) {
        let isStopped = inbox.withLock { inbox in
            if !inbox.isStopped { inbox.submitted.append(batch) }
            return inbox.isStopped
        }
        if isStopped { batch.end() } else { wake() }
    }

    func cancel(_ batch: DNSBatch) {
        batch.isCancelled.store(true, ordering: .releasing)
        inbox.withLock { $0.cancelled.append(batch) }
        wake()
    }

    func stop() {
        inbox.withLock { $0.isStopped = true }
        wake()
    }

    private func wake() {
        var one: UInt64 = 1
        _ = write(event, &one, 8)
    }

    // MARK: The loop

    private func run() {
        var eventTags = [UInt64](repeating: 0, count: Int(SIGNET_EVENTS_MAX))
        var masks = [UInt32](repeating: 0, count: Int(SIGNET_EVENTS_MAX))
        while takeCommands() {
            pumpReady()
            let count = signet_epoll_wait(epoll, &eventTags, &masks, millisecondsToWait())
            for index in 0..<max(0, Int(count)) {
                switch endpoints[eventTags[index]] {
                case .wakeUp?:
                    var value: UInt64 = 0
                    _ = read(event, &value, 8)
                case .datagrams(let channel)?: receive(channel)
                case .stream(let stream)?: progress(stream)
                case nil: break
                }
            }
            expire()
        }
        shutDown()
    }

    /// False once it is time to stop.
    private func takeCommands() -> Bool {
        let commands = inbox.withLock { inbox in
            let taken = inbox
            inbox.submitted = []
            inbox.cancelled = []
            return taken
        }
        for batch in commands.submitted { accept(batch) }
        // One that comes before its submission is seen by `accept`.
        for batch in commands.cancelled where batch.isAccepted { batch.end() }
        return !commands.isStopped
    }

    private func accept(_ batch: DNSBatch) {
        batch.isAccepted = true
        if batch.isCancelled.load(ordering: .acquiring) { return batch.end() }
        batches[ObjectIdentifier(batch)] = batch
        var groups: [ServerAddress: [Int32]] = [:]
        var order: [ServerAddress] = []
        for (index, question) in batch.questions.enumerated() {
            if groups[question.server]?.append(Int32(index)) == nil {
                groups[question.server] = [Int32(index)]
                order.append(question.server)
            }
        }
        if batches.count > 64 { batches = batches.filter { !$0.value.isOver } }
        for address in order {
            let server = server(at: address)
            server.enqueue(batch, groups[address]!)
            markReady(server)
        }
    }

    private func server(at address: ServerAddress) -> DNSServer {
        if let known = servers[address] { return known }
        if servers.count >= Self.serversKeptMax { servers = servers.filter { !$0.value.isIdle } }
        let server = DNSServer(address, windowMax: limits.inFlightPerServerMax)
        servers[address] = server
        return server
    }

    private func markReady(_ server: DNSServer) {
        guard !server.isReady else { return }
        server.isReady = true
        ready.append(server)
    }

    /// Asks what the windows allow. Servers that must wait for room elsewhere stay ready.
    private func pumpReady() {
        let turn = ready
        ready.removeAll(keepingCapacity: true)
        for server in turn {
            server.isReady = false
            pump(server)
            pumpStreams(server)
            if server.isIdle { rest(server) }
        }
    }

    private func millisecondsToWait() -> Int32 {
        // What is ready here waits for a descriptor, a place in flight, or the kernel's send buffer.
        let soon: Int32 = ready.isEmpty ? -1 : 5
        while let first = deadlines.first, generations[first.slot] != first.generation { _ = deadlines.popFirst() }
        guard let first = deadlines.first else { return soon }
        let (seconds, attoseconds) = (first.time - .now).components
        let wait = Int32(clamping: max(0, seconds * 1000 + attoseconds / 1_000_000_000_000_000 + 1))
        return soon < 0 ? wait : min(wait, soon)
    }

    private func watch(_ descriptor: Int32, _ endpoint: Endpoint, events: UInt32 = signet_epoll_in) {
        let tag = nextTag
        nextTag += 1
        endpoints[tag] = endpoint
        tags[descriptor] = tag
        _ = signet_epoll_set(epoll, signet_epoll_add, descriptor, events, tag)
    }

    /// Closing a descriptor takes it out of epoll; an event already fetched finds no endpoint any more.
    private func unwatch(_ descriptor: Int32) {
        if let tag = tags.removeValue(forKey: descriptor) { endpoints[tag] = nil }
    }

    // MARK: Flights

    private func launch(_ flight: Flight, now: ContinuousClock.Instant) -> Int {
        let slot: Int
        if let free = freeSlots.popLast() {
            slot = free
            flights[slot] = flight
        } else {
            slot = flights.count
            flights.append(flight)
            generations.append(0)
        }
        generations[slot] += 1
        inFlight += 1
        deadlines.append(Deadline(slot: slot, generation: generations[slot], time: now + limits.timeout))
        return slot
    }

    /// Takes a flight down, whatever came of it.
    private func land(_ slot: Int) -> Flight? {
        guard let flight = flights[slot] else { return nil }
        flights[slot] = nil
        generations[slot] += 1
        freeSlots.append(slot)
        inFlight -= 1
        if let channel = flight.channel {
            channel.slots[flight.id] = nil
            flight.server.inFlight -= 1
            if channel.isWorn, channel.slots.isEmpty { shut(channel) }
        }
        flight.stream?.slots[flight.id] = nil
        markReady(flight.server)
        return flight
    }

    private func settle(_ query: DNSQuery, _ reply: ServerReply) {
        query.batch.settle(query.index, reply)
        if query.batch.isOver { batches[ObjectIdentifier(query.batch)] = nil }
    }

    /// Asks again, or gives up with the reason.
    private func fail(_ query: DNSQuery, _ failure: QueryFailure, at server: DNSServer, counting: Bool = true) {
        var query = query
        query.failure = failure
        if counting { query.tries += 1 }
        if query.tries >= limits.attempts {
            settle(query, .failed(failure))
        } else if query.isOverTCP {
            server.streamQueries.append(query)
        } else {
            server.enqueue(retry: query)
        }
        markReady(server)
    }

    private func expire() {
        let now = ContinuousClock.now
        while let first = deadlines.first {
            if generations[first.slot] == first.generation {
                guard first.time <= now else { return }
                if let flight = land(first.slot) { timeOut(flight, now) }
            }
            _ = deadlines.popFirst()
        }
    }

    private func timeOut(_ flight: Flight, _ now: ContinuousClock.Instant) {
        let server = flight.server
        server.noteLoss(now: now, timeout: limits.timeout)
        let isLast = flight.query.tries + 1 >= limits.attempts
        let earlier = flight.query.failure
        // SERVFAIL, then silence: the answer says more.
        fail(flight.query, earlier == .timedOut ? .timedOut : earlier, at: server)
        guard isLast else { return }
        if flight.query.isOverTCP {
            server.streamUnanswered += 1
            guard server.streamUnanswered >= DNSLimits.unansweredMax else { return }
            while let query = server.streamQueries.popFirst() { settle(query, .failed(.timedOut)) }
        } else {
            server.noteUnanswered()
            if server.unanswered >= DNSLimits.unansweredMax { abandon(server, .timedOut) }
        }
    }

    /// Gives up what waits for a server, unasked.
    private func abandon(_ server: DNSServer, _ failure: QueryFailure) {
        while let query = server.next() { settle(query, .failed(query.tries > 0 ? query.failure : failure)) }
    }

    /// What an answer comes to, on either transport.
    private func take(_ message: UnsafeRawBufferPointer, slot: Int) {
        guard let flight = flights[slot] else { return }
        let reading = ReplyReader.read(message, id: flight.id, for: flight.query.question)
        if reading == .notOurs {
            ignoredCount.add(1, ordering: .relaxed)
            return
        }
        _ = land(slot)
        flight.server.noteAnswer()
        if flight.query.isOverTCP { flight.server.streamUnanswered = 0 }
        var query = flight.query
        switch reading {
        case .notOurs:
            break
        case .truncated where query.isOverTCP:
            settle(query, .failed(.malformed("truncated over TCP")))
        case .truncated:
            query.isOverTCP = true
            query.tries = 0
            flight.server.streamQueries.append(query)
        case .reply(.failed(.responseCode(let code, let text))):
            if flight.hasExtensions, Self.refusesExtensions(code) {
                query.isWithoutExtensions = true
                fail(query, .responseCode(code, text), at: flight.server, counting: false)
            } else if code == ResponseCode.serverFailure {
                fail(query, .responseCode(code, text), at: flight.server)
            } else {
                settle(query, .failed(.responseCode(code, text)))
            }
        case .reply(let reply):
            // Only now it is known that EDNS was what it refused.
            if query.isWithoutExtensions, case .answer = reply {
                flight.server.noteRefusedExtensions(until: .now + limits.withoutExtensions)
            }
            settle(query, reply)
        }
    }

    /// RFC 6891 §7: FORMERR, NOTIMP, and BADVERS (16).
    private static func refusesExtensions(_ code: UInt8) -> Bool { code == 1 || code == 4 || code == 16 }

    // MARK: UDP

    private func pump(_ server: DNSServer) {
        while server.hasWaiting, server.hasRoom {
            guard inFlight < limits.inFlightMax else { return markReady(server) }
            let channel: UDPChannel
            do throws(SystemError) {
                guard let usable = try usableChannel(server) else { return markReady(server) }
                channel = usable
            } catch {
                return abandon(server, .unreachable(error.text))
            }
            guard sendSome(server, channel) else { return }
        }
    }

    /// A socket that is not worn out: an open one in turn, or a new one. Nil if there may be no more.
    private func usableChannel(_ server: DNSServer) throws(SystemError) -> UDPChannel? {
        let fresh = server.channels.filter { !$0.isWorn }
        let wanted = min(1 + server.inFlight / 16, DNSLimits.socketsPerServerMax)
        if fresh.count >= wanted || (channelCount >= DNSLimits.socketsMax && !fresh.isEmpty) {
            return fresh[Int(identifiers.next()) % fresh.count]
        }
        guard channelCount < DNSLimits.socketsMax else { return nil }
        let channel = try UDPChannel(server: server)
        channelCount += 1
        server.channels.append(channel)
        watch(channel.descriptor, .datagrams(channel))
        return channel
    }

    private func shut(_ channel: UDPChannel) {
        unwatch(channel.descriptor)
        channel.shut()
        channelCount -= 1
        channel.server.channels.removeAll { $0 === channel }
    }

    /// Sends one batch of datagrams. False if the kernel takes no more now, or the server cannot be reached.
    private func sendSome(_ server: DNSServer, _ channel: UDPChannel) -> Bool {
        let room = min(
            Self.batchMax / 2, server.window - server.inFlight, limits.inFlightMax - inFlight,
            DNSLimits.questionsPerSocketMax - channel.asked)
        let now = ContinuousClock.now
        var queries: [(query: DNSQuery, id: UInt16, hasExtensions: Bool)] = []
        queries.reserveCapacity(room)
        while queries.count < room, let query = server.next() {
            let question = query.question
            var id = identifiers.next()
            while channel.slots[id] != nil { id = identifiers.next() }
            // Taken, so that the next of this batch does not draw it.
            channel.slots[id] = -1
            let part = UnsafeMutableRawBufferPointer(
                rebasing: sendBuffer[queries.count * Self.queryStride..<(queries.count + 1) * Self.queryStride])
            let hasExtensions = server.takesExtensions(query, now: now)
            lengths[queries.count] = UInt16(
                QueryWriter.write(
                    id: id, question.name, question.type, recursionDesired: question.recursionDesired,
                    payloadOctets: hasExtensions ? ExtensionMechanisms.payloadOctetsDefault : nil, to: part))
            queries.append((query, id, hasExtensions))
        }
        if queries.isEmpty { return false }
        let sent = signet_send_datagrams(
            channel.descriptor, sendBuffer.baseAddress, Self.queryStride, lengths, UInt32(queries.count))
        for (index, (query, id, hasExtensions)) in queries.enumerated() {
            if index < Int(sent) {
                let flight = Flight(
                    query: query, server: server, id: id, channel: channel, hasExtensions: hasExtensions)
                server.inFlight += 1
                channel.asked += 1
                channel.slots[id] = launch(flight, now: now)
            } else {
                channel.slots[id] = nil
                unsent(query, server, -min(sent, 0))
            }
        }
        guard sent < 0 else { return true }
        switch -sent {
        case EAGAIN, ENOBUFS, EINTR:
            markReady(server)
            return false
        case ECONNREFUSED:
            // Of an earlier datagram; the kernel tells it once, on the next call.
            refuse(channel)
            return true
        default:
            abandon(server, .unreachable(systemErrorText(-sent)))
            return false
        }
    }

    private func unsent(_ query: DNSQuery, _ server: DNSServer, _ code: Int32) {
        switch code {
        case 0, EAGAIN, ENOBUFS, EINTR: server.enqueue(retry: query)
        case ECONNREFUSED: fail(query, .refusedConnection, at: server)
        default: settle(query, .failed(.unreachable(systemErrorText(code))))
        }
    }

    /// ICMP says that nobody listens; it does not say to which question.
    private func refuse(_ channel: UDPChannel) {
        for slot in Array(channel.slots.values) where slot >= 0 {
            if let flight = land(slot) { fail(flight.query, .refusedConnection, at: flight.server) }
        }
    }

    private func receive(_ channel: UDPChannel) {
        // Bounded, so that a flood on one socket does not starve the others: epoll reports it again.
        for _ in 0..<8 {
            let count = signet_receive_datagrams(
                channel.descriptor, receiveBuffer.baseAddress, Self.datagramOctetsMax, &lengths,
                UInt32(Self.batchMax))
            if count < 0 {
                if -count == ECONNREFUSED { refuse(channel) }
                return
            }
            for index in 0..<Int(count) {
                let start = index * Self.datagramOctetsMax
                let message = UnsafeRawBufferPointer(
                    rebasing: receiveBuffer[start..<start + Int(lengths[index])])
                guard message.count >= 2,
                    let slot = channel.slots[UInt16(message[0]) << 8 | UInt16(message[1])], slot >= 0
                else {
                    ignoredCount.add(1, ordering: .relaxed)
                    continue
                }
                take(message, slot: slot)
            }
            if count < Self.batchMax || tags[channel.descriptor] == nil { return }
        }
    }

    // MARK: TCP

    private func pumpStreams(_ server: DNSServer) {
        while let query = server.streamQueries.first {
            if query.batch.isOver {
                _ = server.streamQueries.popFirst()
                continue
            }
            guard inFlight < limits.inFlightMax else { return markReady(server) }
            let open = server.streams.filter { $0.slots.count < DNSLimits.questionsPerConnectionMax }
                .min { $0.slots.count < $1.slots.count }
            let stream: TCPChannel
            if let open,
                open.slots.isEmpty || server.streams.count >= DNSLimits.connectionsPerServerMax
                    || streamCount >= DNSLimits.connectionsMax
            {
                stream = open
            } else if server.streams.count < DNSLimits.connectionsPerServerMax,
                streamCount < DNSLimits.connectionsMax
            {
                do throws(SystemError) {
                    stream = try TCPChannel(server: server)
                } catch {
                    _ = server.streamQueries.popFirst()
                    fail(query, Self.failure(error.code), at: server)
                    continue
                }
                streamCount += 1
                server.streams.append(stream)
                watch(stream.descriptor, .stream(stream), events: signet_epoll_in | signet_epoll_out)
            } else {
                // Streams full: their answers make the server ready again. No stream left in all: soon.
                if server.streams.isEmpty { markReady(server) }
                return
            }
            _ = server.streamQueries.popFirst()
            send(query, on: stream, server)
        }
    }

    private func send(_ query: DNSQuery, on stream: TCPChannel, _ server: DNSServer) {
        var id = identifiers.next()
        while stream.slots[id] != nil { id = identifiers.next() }
        let question = query.question
        let hasExtensions = server.takesExtensions(query, now: .now)
        let count = QueryWriter.write(
            id: id, question.name, question.type, recursionDesired: question.recursionDesired,
            payloadOctets: hasExtensions ? ExtensionMechanisms.payloadOctetsDefault : nil, to: sendBuffer)
        stream.enqueue(UnsafeRawBufferPointer(rebasing: sendBuffer[..<count]))
        let flight = Flight(query: query, server: server, id: id, stream: stream, hasExtensions: hasExtensions)
        stream.slots[id] = launch(flight, now: .now)
        if stream.state == .open { push(stream) }
    }

    private func push(_ stream: TCPChannel) {
        if let code = stream.flush() { return lose(stream, code) }
        guard let tag = tags[stream.descriptor] else { return }
        let events = stream.wantsToWrite ? signet_epoll_in | signet_epoll_out : signet_epoll_in
        _ = signet_epoll_set(epoll, signet_epoll_modify, stream.descriptor, events, tag)
    }

    private func progress(_ stream: TCPChannel) {
        push(stream)
        guard stream.state == .open else { return }
        let arrival = stream.receive(receiveBuffer) { message in
            let id = message.count >= 2 ? UInt16(message[0]) << 8 | UInt16(message[1]) : 0
            guard message.count >= 2, let slot = stream.slots[id] else {
                ignoredCount.add(1, ordering: .relaxed)
                return
            }
            take(message, slot: slot)
            // Only what answered a question is progress: it bounds how often `lose` forgives.
            if stream.slots[id] == nil { stream.answered += 1 }
        }
        if case .closed(let code) = arrival { lose(stream, code) }
    }

    /// The connection is over. Where it had answered something, what is left goes to the next one without losing a
    /// try: servers close after any answer they like (RFC 7766 §6.2.3).
    private func lose(_ stream: TCPChannel, _ code: Int32) {
        let failure = code == 0 ? QueryFailure.unreachable("the TCP connection was closed") : Self.failure(code)
        let slots = Array(stream.slots.values)
        shut(stream)
        for slot in slots {
            guard let flight = land(slot) else { continue }
            fail(flight.query, failure, at: flight.server, counting: stream.answered == 0)
        }
        markReady(stream.server)
    }

    private func shut(_ stream: TCPChannel) {
        guard stream.state != .closed else { return }
        unwatch(stream.descriptor)
        stream.shut()
        streamCount -= 1
        stream.server.streams.removeAll { $0 === stream }
    }

    private static func failure(_ code: Int32) -> QueryFailure {
        code == ECONNREFUSED ? .refusedConnection : .unreachable(systemErrorText(code))
    }

    // MARK: Rest and end

    /// Nothing to ask: its sockets close, so that the next questions leave from other ports.
    private func rest(_ server: DNSServer) {
        for channel in server.channels { shut(channel) }
        for stream in server.streams { shut(stream) }
        server.noteIdle()
    }

    private func shutDown() {
        for batch in batches.values { batch.end() }
        for server in servers.values { rest(server) }
    }
}
