import CLinux
import Glibc
import Synchronization

/// A small SMTP server on loopback that keeps what it is sent and delivers nothing: for the demo, for trying a manifest
/// out, and for tests, which tell it when to misbehave.
///
/// One thread for each connection. Speaks RFC 5321 with PIPELINING, 8BITMIME, SMTPUTF8 and SIZE; no TLS, no AUTH.
package final class SMTPSink: Sendable {
    package struct Message: Sendable, Equatable {
        package var sender: String
        package var recipients: [String]
        package var octets: [UInt8]
        /// Parameters of MAIL, as they came.
        package var parameters: [String]
        /// Which connection brought it, from 0.
        package var connection: Int
    }

    /// Something that the sink is about to answer.
    package struct Step: Sendable, Equatable {
        /// `GREETING`, `EHLO`, `MAIL`, `RCPT`, `DATA`, `END` (of the data), `RSET`, `QUIT`, or another verb.
        package var verb: String
        /// The rest of the command; for RCPT and MAIL the address.
        package var argument: String
        package var connection: Int
    }

    /// What it does instead of what is right.
    package enum Answer: Sendable, Equatable {
        case reply(String)
        /// Closes without a word.
        case close
        /// Says this, then closes.
        case replyAndClose(String)
        /// Says nothing, and goes on reading.
        case silence
        /// Keeps the message, then closes without a word. At `END` only.
        case keepAndClose
    }

    private let core: SMTPSinkCore

    /// Listens on 127.0.0.1.
    ///
    /// - Parameters:
    ///   - port: 0 takes a free one.
    ///   - answer: asked before each answer; nil: do the right thing.
    package init(
        port: UInt16 = 0, answer: @escaping @Sendable (Step) -> Answer? = { _ in nil }
    ) throws(SMTPSinkError) {
        core = try SMTPSinkCore(port: port, answer: answer)
        core.start()
    }

    deinit { core.close() }

    package var port: UInt16 { core.port }
    package var messages: [Message] { core.state.withLock { $0.messages } }
    package var connectionCount: Int { core.state.withLock { $0.connections } }
    package func forget() { core.state.withLock { $0.messages = [] } }
    /// Ends all connections. Messages stay.
    package func close() { core.close() }
}

/// What the sink's threads share.
private final class SMTPSinkCore: Sendable {
    typealias Message = SMTPSink.Message
    typealias Step = SMTPSink.Step
    typealias Answer = SMTPSink.Answer

    /// How long a connection may be idle; nobody should wait for a thread that a killed client left.
    private static let idleSeconds = 300
    /// Larger messages are refused.
    private static let octetsMax = 64 << 20
    private static let lineOctetsMax = 4096

    let port: UInt16
    private let listener: Int32
    private let answer: @Sendable (Step) -> Answer?
    let state = Mutex(State())

    struct State {
        var messages: [Message] = []
        var connections = 0
        var sockets: Set<Int32> = []
        var isClosed = false
    }

    init(port: UInt16, answer: @escaping @Sendable (Step) -> Answer?) throws(SMTPSinkError) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw SMTPSinkError("socket") }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && listen(descriptor, 64) == 0
                    && getsockname(descriptor, $0, &length) == 0
            }
        }
        guard bound else {
            let error = SMTPSinkError("port \(port)")
            Glibc.close(descriptor)
            throw error
        }
        listener = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
        self.answer = answer
    }

    func start() { OSThread.start { self.accept() } }

    func close() {
        let sockets = state.withLock { state -> Set<Int32>? in
            guard !state.isClosed else { return nil }
            state.isClosed = true
            return state.sockets
        }
        guard let sockets else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        for socket in sockets { shutdown(socket, Int32(SHUT_RDWR)) }
    }

    private func accept() {
        while true {
            let socket = Glibc.accept(listener, nil, nil)
            if socket < 0 {
                if errno == EINTR || errno == ECONNABORTED { continue }
                break
            }
            _ = fcntl(socket, F_SETFD, FD_CLOEXEC)
            OSThread.start { self.serve(socket) }
        }
        Glibc.close(listener)
    }

    private func serve(_ socket: Int32) {
        let number = state.withLock { state -> Int? in
            guard !state.isClosed else { return nil }
            state.sockets.insert(socket)
            state.connections += 1
            return state.connections - 1
        }
        if let number {
            var timeout = timeval(tv_sec: Self.idleSeconds, tv_usec: 0)
            setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            var yes: Int32 = 1
            setsockopt(socket, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            var session = Session(socket: socket, number: number, sink: self)
            session.run()
        }
        state.withLock { _ = $0.sockets.remove(socket) }
        Glibc.close(socket)
    }

    // MARK: A connection

    private struct Session {
        let socket: Int32
        let number: Int
        let sink: SMTPSinkCore
        var buffer: [UInt8] = []
        var start = 0
        var sender: String?
        var parameters: [String] = []
        var recipients: [String] = []

        mutating func run() {
            guard respond("GREETING", "", "220 sink.invalid ESMTP") == .handled else { return }
            while let line = readLine() {
                let text = String(decoding: line, as: UTF8.self)
                let verb = text.prefix { $0 != " " }.uppercased()
                let rest = String(text.dropFirst(verb.count).drop { $0 == " " })
                guard handle(verb, rest) else { return }
            }
        }

        private enum Outcome { case handled, replaced, closed }

        private mutating func handle(_ verb: String, _ rest: String) -> Bool {
            switch verb {
            case "EHLO", "HELO":
                let lines = ["sink.invalid", "PIPELINING", "8BITMIME", "SMTPUTF8", "SIZE \(SMTPSinkCore.octetsMax)"]
                let text = lines.enumerated().map { "250\($0 == lines.count - 1 ? " " : "-")\($1)" }
                return respond(verb, rest, text.joined(separator: "\r\n")) != .closed
            case "MAIL":
                let (address, rest) = Self.path(rest)
                let outcome = respond(verb, address, "250 2.1.0 ok")
                if outcome == .handled { (sender, recipients, parameters) = (address, [], rest) }
                return outcome != .closed
            case "RCPT":
                let (address, _) = Self.path(rest)
                guard sender != nil else { return respond(verb, address, "503 5.5.1 MAIL first") != .closed }
                let outcome = respond(verb, address, "250 2.1.5 ok")
                if outcome == .handled { recipients.append(address) }
                return outcome != .closed
            case "DATA":
                guard !recipients.isEmpty else {
                    return respond(verb, rest, "554 5.5.1 no valid recipients") != .closed
                }
                let outcome = respond(verb, rest, "354 go ahead")
                return outcome == .handled ? takeData() : outcome != .closed
            case "RSET":
                (sender, recipients) = (nil, [])
                return respond(verb, rest, "250 2.0.0 ok") != .closed
            case "NOOP": return respond(verb, rest, "250 2.0.0 ok") != .closed
            case "QUIT":
                _ = respond(verb, rest, "221 2.0.0 bye")
                return false
            default: return respond(verb, rest, "500 5.5.2 not known here") != .closed
            }
        }

        private mutating func takeData() -> Bool {
            var octets: [UInt8] = []
            while let line = readLine() {
                guard line != [UInt8(ascii: ".")][...] else {
                    let message = Message(
                        sender: sender ?? "", recipients: recipients, octets: octets, parameters: parameters,
                        connection: number)
                    (sender, recipients) = (nil, [])
                    let sink = self.sink
                    return respond("END", "", "250 2.0.0 kept") {
                        sink.state.withLock { $0.messages.append(message) }
                    } != .closed
                }
                octets += line.first == UInt8(ascii: ".") ? line.dropFirst() : line
                octets += [0x0D, 0x0A]
                guard octets.count <= SMTPSinkCore.octetsMax else { return false }
            }
            return false
        }

        /// `effect` happens before a right answer goes out, because the client may look at once.
        private func respond(_ verb: String, _ argument: String, _ text: String, _ effect: () -> Void = {}) -> Outcome {
            switch sink.answer(Step(verb: verb, argument: argument, connection: number)) {
            case nil:
                effect()
                return write(text) ? .handled : .closed
            case .reply(let text)?: return write(text) ? .replaced : .closed
            case .replyAndClose(let text)?:
                _ = write(text)
                return .closed
            case .close?: return .closed
            case .keepAndClose?:
                effect()
                return .closed
            case .silence?: return .replaced
            }
        }

        private func write(_ text: String) -> Bool {
            let octets = Array((text + "\r\n").utf8)
            var sent = 0
            while sent < octets.count {
                let count = octets[sent...].withUnsafeBytes {
                    send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
                }
                guard count > 0 else { return false }
                sent += count
            }
            return true
        }

        /// Without its CRLF; nil at the end.
        private mutating func readLine() -> ArraySlice<UInt8>? {
            var searched = start
            while true {
                if let end = buffer[searched...].firstIndex(of: 0x0A) {
                    var line = buffer[start..<end]
                    if line.last == 0x0D { line.removeLast() }
                    start = end + 1
                    return line
                }
                searched = buffer.count
                if start > 0 {
                    buffer.removeFirst(start)
                    searched -= start
                    start = 0
                }
                guard buffer.count <= SMTPSinkCore.octetsMax else { return nil }
                let received = [UInt8](unsafeUninitializedCapacity: 64 << 10) { space, count in
                    count = max(0, recv(socket, space.baseAddress, space.count, 0))
                }
                guard !received.isEmpty else { return nil }
                buffer += received
            }
        }

        private static func path(_ text: String) -> (address: String, parameters: [String]) {
            guard let open = text.firstIndex(of: "<"), let close = text.firstIndex(of: ">"), open < close else {
                return ("", [])
            }
            return (
                String(text[text.index(after: open)..<close]),
                text[text.index(after: close)...].split(separator: " ").map(String.init)
            )
        }
    }
}

/// The sink could not listen.
package struct SMTPSinkError: Error, Sendable, CustomStringConvertible {
    package let description: String

    init(_ what: String) { description = "the SMTP sink cannot listen: \(what): \(String(cString: strerror(errno)))" }
}
