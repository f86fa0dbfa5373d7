import CLibCurl
import CLinux
import Glibc
import SendGate

/// One connection to a relay, and the messages that go over it one after the other. Used by one thread at a time.
///
/// libcurl resolves, connects, does TLS and AUTH, and keeps the socket (`CURLOPT_CONNECT_ONLY`); the transactions are
/// spoken here, because libcurl's own upload does not tell whether the end of the data has left.
final class SMTPConnection {
    private let relay: SMTPRelay
    private let limits: SMTPLimits
    private var handle: UnsafeMutableRawPointer?
    private var socket: curl_socket_t = -1
    private var reader: SMTPReplyReader
    /// Received and not read yet.
    private var pending: ArraySlice<UInt8> = []
    private(set) var extensions = SMTPExtensions()
    private(set) var messages = 0
    private var opening = OpeningReplies(octetsMax: 0)

    private static let globalInit: Void = { _ = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) }()

    init(relay: SMTPRelay, limits: SMTPLimits) {
        Self.globalInit
        self.relay = relay
        self.limits = limits
        reader = SMTPReplyReader(octetsMax: limits.replyOctetsMax)
    }

    deinit { close() }

    var isOpen: Bool { handle != nil }

    // MARK: Opening and closing

    /// Up to the end of authentication.
    func open() throws(DeliveryProblem) {
        guard let handle = curl_easy_init() else { throw DeliveryProblem(.other, "libcurl cannot allocate a handle") }
        opening = OpeningReplies(octetsMax: limits.replyOctetsMax)
        prepare(handle)
        let code = curl_easy_perform(handle)
        _ = signet_curl_set_write(handle, CURLOPT_HEADERFUNCTION, nil)
        // Where a server offers no AUTH, libcurl goes on without.
        guard code == CURLE_OK, relay.credentials == nil || opening.isAuthenticated else {
            let problem = problem(code == CURLE_OK ? CURLE_LOGIN_DENIED : code)
            curl_easy_cleanup(handle)
            throw problem
        }
        var socket: curl_socket_t = -1
        guard signet_curl_get_socket(handle, &socket) == CURLE_OK, socket >= 0 else {
            curl_easy_cleanup(handle)
            throw DeliveryProblem(.connectionLost, "\(relay.name): the connection was lost")
        }
        self.handle = handle
        self.socket = socket
        reader = SMTPReplyReader(octetsMax: limits.replyOctetsMax)
        pending = []
        messages = 0
        extensions = opening.extensions
    }

    /// Says goodbye, if the connection is in a state for it, and does not wait for the answer.
    func quit() {
        if isOpen { try? send(Array("QUIT\r\n".utf8)[...], within: .seconds(1)) }
        close()
    }

    func close() {
        if let handle { curl_easy_cleanup(handle) }
        handle = nil
        socket = -1
    }

    private func prepare(_ handle: UnsafeMutableRawPointer) {
        let set = { (option: CURLoption, value: Int) in _ = signet_curl_set_long(handle, option, value) }
        let setText = { (option: CURLoption, value: String) in _ = signet_curl_set_string(handle, option, value) }
        let scheme = relay.security == .implicit ? "smtps" : "smtp"
        setText(CURLOPT_URL, "\(scheme)://\(relay.name)/\(relay.clientName)")
        setText(CURLOPT_PROTOCOLS_STR, "smtp,smtps")
        setText(CURLOPT_NOPROXY, "*")
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_CONNECT_ONLY, 1)
        set(CURLOPT_TIMEOUT_MS, max(1, limits.open.milliseconds))
        set(CURLOPT_CONNECTTIMEOUT_MS, max(1, limits.open.milliseconds))
        set(CURLOPT_USE_SSL, Int((relay.security == .none ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue))
        // RFC 8996: TLS below 1.2 must not be used.
        set(CURLOPT_SSLVERSION, Int(CURL_SSLVERSION_TLSv1_2))
        if let file = relay.certificateAuthorities { setText(CURLOPT_CAINFO, file) }
        if let credentials = relay.credentials {
            setText(CURLOPT_USERNAME, credentials.username)
            setText(CURLOPT_PASSWORD, credentials.password)
        }
        _ = signet_curl_set_pointer(handle, CURLOPT_HEADERDATA, Unmanaged.passUnretained(opening).toOpaque())
        _ = signet_curl_set_write(handle, CURLOPT_HEADERFUNCTION) { octets, size, count, context in
            let replies = Unmanaged<OpeningReplies>.fromOpaque(context!).takeUnretainedValue()
            guard let octets else { return 0 }
            return replies.take(UnsafeRawBufferPointer(start: octets, count: size * count)) ? size * count : 0
        }
    }

    /// What libcurl's code means. A server's words are repeated only where they cannot answer credentials.
    private func problem(_ code: CURLcode) -> DeliveryProblem {
        let meaning: DeliveryProblem.Code =
            switch code {
            case CURLE_COULDNT_RESOLVE_HOST: .couldNotResolve
            case CURLE_COULDNT_CONNECT: .couldNotConnect
            case CURLE_USE_SSL_FAILED, CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM,
                CURLE_SSL_CIPHER, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
                .tls
            case CURLE_LOGIN_DENIED: .authentication
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_GOT_NOTHING: .connectionLost
            case CURLE_WEIRD_SERVER_REPLY, CURLE_REMOTE_ACCESS_DENIED: .turnedAway
            case CURLE_WRITE_ERROR: .protocolViolation
            default: .other
            }
        var text: String
        switch code {
        case CURLE_USE_SSL_FAILED: text = "it offers no STARTTLS, which is required"
        case CURLE_LOGIN_DENIED:
            text =
                opening.offersAuthentication
                ? "it refused the credentials, or offers no mechanism for them" : "it offers no authentication"
        default: text = String(cString: curl_easy_strerror(code))
        }
        if meaning == .turnedAway, let reply = opening.last {
            text += ": \(ReplyText(code: reply.code, text: reply.text))"
        }
        return DeliveryProblem(meaning, "\(relay.name): \(text)")
    }

    // MARK: A transaction

    /// One message. After it the connection is open only if it can carry another.
    ///
    /// - Parameter commit: called on this thread, which it may block.
    func transact(_ message: OutgoingMessage, _ traits: MessageTraits, commit: ([RecipientOutcome]) -> Bool)
        -> SMTPEnding
    {
        messages += 1
        var transaction = SMTPTransaction(envelope: message.envelope, extensions: extensions, traits: traits)
        do throws(DeliveryProblem) {
            var action = transaction.start()
            while true {
                switch action {
                case .send(let octets, let wait):
                    try send(octets[...], within: limits.command)
                    let limit = wait == .command ? limits.command : limits.dataInitiation
                    action = try next(&transaction, within: limit)
                case .sendContent:
                    try sendContent(message.octets)
                    action = transaction.contentSent()
                case .confirm(let outcomes):
                    action = transaction.confirmed(commit(outcomes))
                case .sendEnd:
                    try send(Array(".\r\n".utf8)[...], within: limits.dataBlock)
                    action = try next(&transaction, within: limits.dataTermination)
                case .finish(let outcome, let canGoOn):
                    if !canGoOn { close() }
                    return SMTPEnding(outcome: outcome)
                }
            }
        } catch {
            // A server that gives up may say why before it closes.
            if error.code == .connectionLost, isOpen, let reply = try? reply(within: .zero),
                case .finish(let outcome, _)? = transaction.received(reply)
            {
                close()
                return SMTPEnding(outcome: outcome)
            }
            let isStale = transaction.isUnheard
            close()
            return SMTPEnding(outcome: transaction.lost(error), isUnheard: isStale)
        }
    }

    private func next(
        _ transaction: inout SMTPTransaction, within limit: Duration
    ) throws(DeliveryProblem) -> SMTPTransaction.Action {
        while true {
            if let action = transaction.received(try reply(within: limit)) { return action }
        }
    }

    /// Lines that begin with a dot get another one (RFC 5321 §4.5.2).
    private func sendContent(_ octets: [UInt8]) throws(DeliveryProblem) {
        var stuffed: [UInt8] = []
        stuffed.reserveCapacity(octets.count + octets.count / 64 + 1)
        var isLineStart = true
        for octet in octets {
            if isLineStart, octet == UInt8(ascii: ".") { stuffed.append(octet) }
            stuffed.append(octet)
            isLineStart = octet == 0x0A
        }
        let blockSize = 64 << 10
        for start in stride(from: 0, to: stuffed.count, by: blockSize) {
            try send(stuffed[start..<min(start + blockSize, stuffed.count)], within: limits.dataBlock)
        }
    }

    // MARK: Octets

    private func send(_ octets: ArraySlice<UInt8>, within limit: Duration) throws(DeliveryProblem) {
        guard let handle else { throw lost() }
        let deadline = ContinuousClock.now + limit
        var rest = octets
        while !rest.isEmpty {
            var count = 0
            let code = rest.withUnsafeBytes { curl_easy_send(handle, $0.baseAddress, $0.count, &count) }
            switch code {
            case CURLE_OK: rest = rest.dropFirst(count)
            case CURLE_AGAIN: try wait(Int16(POLLOUT), until: deadline)
            default: throw lost()
            }
        }
    }

    private func reply(within limit: Duration) throws(DeliveryProblem) -> SMTPReply {
        guard let handle else { throw lost() }
        let deadline = ContinuousClock.now + limit
        while true {
            if !pending.isEmpty {
                let result: (taken: Int, reply: SMTPReply?)
                do { result = try reader.read(pending) } catch {
                    throw DeliveryProblem(.protocolViolation, "\(relay.name): what it says is no SMTP reply")
                }
                pending = pending.dropFirst(result.taken)
                if let reply = result.reply { return reply }
            }
            var count = 0
            var code = CURLE_OK
            let received = [UInt8](unsafeUninitializedCapacity: 4096) { buffer, filled in
                code = curl_easy_recv(handle, buffer.baseAddress, buffer.count, &count)
                filled = code == CURLE_OK ? count : 0
            }
            switch code {
            case CURLE_OK where count > 0: pending = received[...]
            case CURLE_AGAIN: try wait(Int16(POLLIN), until: deadline)
            default: throw lost()
            }
        }
    }

    private func wait(_ events: Int16, until deadline: ContinuousClock.Instant) throws(DeliveryProblem) {
        while true {
            let left = deadline - ContinuousClock.now
            guard left > .zero else {
                throw DeliveryProblem(.timedOut, "\(relay.name): it did not answer in time")
            }
            var descriptor = pollfd(fd: socket, events: events, revents: 0)
            let count = poll(&descriptor, 1, Int32(clamping: left.milliseconds + 1))
            if count > 0 { return }
            guard count == 0 || errno == EINTR else { throw lost() }
        }
    }

    private func lost() -> DeliveryProblem {
        DeliveryProblem(.connectionLost, "\(relay.name): the connection was lost")
    }
}

/// How a transaction ended, and whether the server had said anything at all.
struct SMTPEnding {
    var outcome: DeliveryOutcome
    /// No reply came: on a connection that was kept, the server had probably closed it.
    var isUnheard = false
}

/// The replies that libcurl sees while it opens a connection.
private final class OpeningReplies {
    private var reader: SMTPReplyReader
    private(set) var last: SMTPReply?
    private(set) var extensions = SMTPExtensions()
    private(set) var offersAuthentication = false
    private(set) var isAuthenticated = false

    init(octetsMax: Int) { reader = SMTPReplyReader(octetsMax: octetsMax) }

    /// False ends the opening: what came is no reply.
    func take(_ octets: UnsafeRawBufferPointer) -> Bool {
        var rest = Array(octets)[...]
        while !rest.isEmpty {
            guard let (taken, reply) = try? reader.read(rest) else { return false }
            rest = rest.dropFirst(taken)
            guard let reply else { continue }
            last = reply
            // AUTH ends with 235, STARTTLS with 220: 250 is EHLO's answer, and after TLS the later one counts
            // (RFC 3207 §4.2).
            if reply.code == 235 { isAuthenticated = true }
            if reply.code == 250 {
                extensions = SMTPExtensions(lines: reply.lines.dropFirst())
                offersAuthentication = reply.lines.contains { $0.uppercased().hasPrefix("AUTH") }
            }
        }
        return true
    }
}

extension Duration {
    /// Rounded down.
    var milliseconds: Int {
        Int(clamping: components.seconds) * 1000 + Int(components.attoseconds / 1_000_000_000_000_000)
    }
}
