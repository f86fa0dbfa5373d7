import CLibCurl
import Synchronization

/// One request on its way: what libcurl reads from and writes into.
///
/// Made by the caller, then touched by the engine's thread alone.
final class HTTPTransfer: @unchecked Sendable {
    let request: HTTPRequest
    /// Scheme, host and port: what a connection is to.
    let origin: String
    private let isLoopback: Bool
    var continuation: CheckedContinuation<Result<HTTPResponse, HTTPError>, Never>?

    /// Set by any thread, and never cleared.
    let isCancelled = Atomic(false)
    /// Whether the engine has taken it in.
    var isEnqueued = false

    private(set) var handle: UnsafeMutableRawPointer?
    private var headerList: UnsafeMutablePointer<curl_slist>?
    private var body: UnsafeMutableBufferPointer<UInt8>
    private var headers: [(name: String, value: String)] = []
    private var headerOctets = 0
    private var headerOctetsMax = 0
    private var received: [UInt8] = []
    private var isTooLarge = false

    /// Refuses what could smuggle a header or reach for another protocol.
    init(_ request: HTTPRequest) throws(HTTPError) {
        guard let (origin, host) = Self.origin(request.url) else {
            throw HTTPError(.invalidRequest, "the URL is not an absolute http or https URL")
        }
        let isMethod = { (byte: UInt8) in byte >= UInt8(ascii: "A") && byte <= UInt8(ascii: "Z") }
        guard !request.method.isEmpty, request.method.utf8.allSatisfy(isMethod) else {
            throw HTTPError(.invalidRequest, "the method is not a word in upper case")
        }
        for (name, value) in request.headers {
            guard !name.isEmpty, name.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: ":") }),
                value.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
            else { throw HTTPError(.invalidRequest, "a header has characters that may not stand in one") }
        }
        self.request = request
        self.origin = origin
        isLoopback = host == "localhost" || host == "[::1]" || host.hasPrefix("127.")
        body = .allocate(capacity: max(request.body.count, 1))
        _ = body.initialize(from: request.body)
    }

    deinit {
        curl_slist_free_all(headerList)
        body.deallocate()
    }

    private static func origin(_ url: String) -> (origin: String, host: String)? {
        guard url.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }), let separator = url.firstRange(of: "://") else {
            return nil
        }
        let scheme = url[..<separator.lowerBound].lowercased()
        guard scheme == "http" || scheme == "https" else { return nil }
        let rest = url[separator.upperBound...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" && $0 != "#" }.lowercased()
        // A credential in a URL ends in logs: it belongs into a header.
        guard !authority.isEmpty, !authority.contains("@"), !authority.contains("\\") else { return nil }
        var host = authority[...]
        if let colon = host.lastIndex(of: ":"), !host.hasSuffix("]") { host = host[..<colon] }
        return ("\(scheme)://\(authority)", String(host))
    }

    // MARK: Setting up

    func prepare(_ handle: UnsafeMutableRawPointer, userAgent: String, certificateAuthorities: String?, limit: Int) {
        self.handle = handle
        headerOctetsMax = limit
        let set = { (option: CURLoption, value: Int) in _ = signet_curl_set_long(handle, option, value) }
        let setText = { (option: CURLoption, value: String) in _ = signet_curl_set_string(handle, option, value) }
        setText(CURLOPT_URL, request.url)
        setText(CURLOPT_PROTOCOLS_STR, "http,https")
        setText(CURLOPT_USERAGENT, userAgent)
        set(CURLOPT_FOLLOWLOCATION, 0)
        set(CURLOPT_NOSIGNAL, 1)
        set(CURLOPT_HTTP_VERSION, Int(CURL_HTTP_VERSION_2TLS))
        set(CURLOPT_TIMEOUT_MS, Self.milliseconds(request.timeout))
        set(CURLOPT_CONNECTTIMEOUT_MS, Self.milliseconds(request.connectTimeout))
        if let certificateAuthorities { setText(CURLOPT_CAINFO, certificateAuthorities) }
        // A proxy of the environment is never asked for our own machine.
        if isLoopback { setText(CURLOPT_NOPROXY, "*") }
        setBody(handle, set, setText)
        setHeaders(handle)
        let context = Unmanaged.passUnretained(self).toOpaque()
        _ = signet_curl_set_pointer(handle, CURLOPT_PRIVATE, context)
        _ = signet_curl_set_pointer(handle, CURLOPT_WRITEDATA, context)
        _ = signet_curl_set_pointer(handle, CURLOPT_HEADERDATA, context)
        _ = signet_curl_set_write(handle, CURLOPT_WRITEFUNCTION) { octets, size, count, context in
            HTTPTransfer.from(context).takeBody(octets, size * count) ? size * count : 0
        }
        _ = signet_curl_set_write(handle, CURLOPT_HEADERFUNCTION) { octets, size, count, context in
            HTTPTransfer.from(context).takeHeader(octets, size * count) ? size * count : 0
        }
    }

    private func setBody(
        _ handle: UnsafeMutableRawPointer, _ set: (CURLoption, Int) -> Void, _ setText: (CURLoption, String) -> Void
    ) {
        switch request.method {
        case "GET" where request.body.isEmpty:
            set(CURLOPT_HTTPGET, 1)
            return
        case "HEAD":
            set(CURLOPT_NOBODY, 1)
            return
        case "POST", "PUT", "PATCH":
            // Sent even when empty, with its length.
            break
        default:
            if request.body.isEmpty {
                setText(CURLOPT_CUSTOMREQUEST, request.method)
                return
            }
        }
        set(CURLOPT_POST, 1)
        _ = signet_curl_set_pointer(handle, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(body.baseAddress))
        _ = signet_curl_set_offset(handle, CURLOPT_POSTFIELDSIZE_LARGE, curl_off_t(request.body.count))
        if request.method != "POST" { setText(CURLOPT_CUSTOMREQUEST, request.method) }
    }

    private func setHeaders(_ handle: UnsafeMutableRawPointer) {
        // `Name;` is libcurl's way to send an empty value. No waiting for 100 Continue, no content type of its own.
        var lines = request.headers.map { $0.value.isEmpty ? "\($0.name);" : "\($0.name): \($0.value)" }
        lines.append("Expect:")
        if !request.headers.contains(where: { $0.name.lowercased() == "content-type" }) {
            lines.append("Content-Type:")
        }
        for line in lines { headerList = curl_slist_append(headerList, line) }
        _ = signet_curl_set_list(handle, CURLOPT_HTTPHEADER, headerList)
    }

    /// At least 1: libcurl takes 0 for "no limit".
    private static func milliseconds(_ duration: Duration) -> Int {
        let (seconds, attoseconds) = duration.components
        return max(
            1,
            Int(clamping: seconds.multipliedReportingOverflow(by: 1000).partialValue)
                + Int(attoseconds / 1_000_000_000_000_000))
    }

    // MARK: Callbacks

    private static func from(_ context: UnsafeMutableRawPointer?) -> HTTPTransfer {
        Unmanaged<HTTPTransfer>.fromOpaque(context!).takeUnretainedValue()
    }

    private func takeBody(_ octets: UnsafeMutablePointer<CChar>?, _ count: Int) -> Bool {
        guard let octets else { return count == 0 }
        guard received.count + count <= request.bodyOctetsMax else {
            isTooLarge = true
            return false
        }
        received.append(contentsOf: UnsafeRawBufferPointer(start: octets, count: count))
        return true
    }

    private func takeHeader(_ octets: UnsafeMutablePointer<CChar>?, _ count: Int) -> Bool {
        guard let octets else { return count == 0 }
        headerOctets += count
        guard headerOctets <= headerOctetsMax else {
            isTooLarge = true
            return false
        }
        let line = UnsafeRawBufferPointer(start: octets, count: count)
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
            // A status line: what came before belonged to an interim response (RFC 9110 §15.2).
            if line.starts(with: "HTTP/".utf8) { headers.removeAll() }
            return true
        }
        let value = line[(colon + 1)...]
        let isBlank = { (byte: UInt8) in byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }
        let start = value.firstIndex { !isBlank($0) } ?? value.endIndex
        let end = (value.lastIndex { !isBlank($0) } ?? start - 1) + 1
        headers.append(
            (
                String(decoding: line[..<colon], as: UTF8.self).lowercased(),
                String(decoding: line[start..<max(start, end)], as: UTF8.self)
            ))
        return true
    }

    // MARK: Ending

    func finish(_ code: CURLcode) {
        guard let handle else { return }
        guard code == CURLE_OK else {
            finish(.failure(failure(code, handle)))
            return
        }
        var status = 0
        _ = signet_curl_get_long(handle, CURLINFO_RESPONSE_CODE, &status)
        finish(.success(HTTPResponse(status: status, headers: headers, body: received)))
    }

    /// Resumes the caller, once.
    func finish(_ result: Result<HTTPResponse, HTTPError>) {
        handle = nil
        continuation?.resume(returning: result)
        continuation = nil
    }

    private func failure(_ code: CURLcode, _ handle: UnsafeMutableRawPointer) -> HTTPError {
        var requestOctets = 0
        _ = signet_curl_get_long(handle, CURLINFO_REQUEST_SIZE, &requestOctets)
        var uploaded: curl_off_t = 0
        _ = signet_curl_get_offset(handle, CURLINFO_SIZE_UPLOAD_T, &uploaded)
        let mayHaveArrived = requestOctets > 0 && uploaded >= curl_off_t(request.body.count)
        if isTooLarge {
            return HTTPError(
                .tooLarge, "the response of \(origin) passes \(request.bodyOctetsMax) octets", mayHaveArrived: true)
        }
        let reason = String(cString: curl_easy_strerror(code))
        return HTTPError(Self.meaning(code), "\(origin): \(reason)", mayHaveArrived: mayHaveArrived)
    }

    private static func meaning(_ code: CURLcode) -> HTTPError.Code {
        switch code {
        case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY: .couldNotResolve
        case CURLE_COULDNT_CONNECT: .couldNotConnect
        case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
            CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_SSL_INVALIDCERTSTATUS:
            .tls
        case CURLE_OPERATION_TIMEDOUT: .timedOut
        case CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_PARTIAL_FILE, CURLE_HTTP2,
            CURLE_HTTP2_STREAM:
            .connectionLost
        case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .invalidRequest
        case CURLE_ABORTED_BY_CALLBACK: .cancelled
        default: .other
        }
    }
}
