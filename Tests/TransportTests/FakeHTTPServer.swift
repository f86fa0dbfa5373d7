import DNS
import Glibc
import Synchronization

/// An HTTP/1.1 server for one test, on a free loopback port: one thread a connection, kept alive.
final class FakeHTTPServer: Sendable {
    struct Request: Sendable {
        var method: String
        var path: String
        /// Names in lower case.
        var headers: [String: String]
        var body: [UInt8]
    }

    enum Reaction: Sendable {
        case respond(status: Int, headers: [(String, String)] = [], body: [UInt8] = [])
        /// Close without a word.
        case hangUp
        /// Promise more than comes, then close.
        case cut
        /// Say nothing, until the client goes.
        case silence
    }

    let port: UInt16
    private let counter = Counter()
    private let listener: Int32

    init(_ react: @escaping @Sendable (Request) -> Reaction) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        self.listener = listener
        var local = sockaddr_in()
        local.sin_family = sa_family_t(AF_INET)
        local.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutableBytes(of: &local) { raw in
            raw.withMemoryRebound(to: sockaddr.self) { bound in
                _ = bind(listener, bound.baseAddress!, length)
                _ = getsockname(listener, bound.baseAddress!, &length)
            }
        }
        _ = listen(listener, 128)
        port = UInt16(bigEndian: local.sin_port)
        Thread.run { [counter] in
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { break }
                counter.value.add(1, ordering: .relaxed)
                Thread.run {
                    var one: Int32 = 1
                    setsockopt(connection, Int32(IPPROTO_TCP), TCP_NODELAY, &one, 4)
                    Self.serve(connection, react)
                    close(connection)
                }
            }
            close(listener)
        }
    }

    private final class Counter: Sendable {
        let value = Atomic(0)
    }

    /// Connections accepted so far.
    var connectionCount: Int { counter.value.load(ordering: .relaxed) }

    deinit { shutdown(listener, Int32(SHUT_RDWR)) }

    func url(_ path: String) -> String { "http://127.0.0.1:\(port)\(path)" }

    private static func serve(_ connection: Int32, _ react: (Request) -> Reaction) {
        var input: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        func more() -> Bool {
            let count = recv(connection, &buffer, buffer.count, 0)
            if count > 0 { input += buffer[..<count] }
            // TLS's ClientHello: no HTTP comes after it.
            return count > 0 && input[0] != 0x16
        }
        while true {
            var head: Range<Int>?
            while true {
                head = input.firstRange(of: Array("\r\n\r\n".utf8))
                if head != nil { break }
                guard more() else { return }
            }
            let lines = String(decoding: input[..<head!.lowerBound], as: UTF8.self).split(separator: "\r\n")
            let words = lines[0].split(separator: " ")
            var request = Request(method: String(words[0]), path: String(words[1]), headers: [:], body: [])
            for line in lines.dropFirst() {
                let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
                request.headers[parts[0].lowercased()] = String(parts[1].drop { $0 == " " })
            }
            input.removeFirst(head!.upperBound)
            let length = Int(request.headers["content-length"] ?? "0")!
            while input.count < length { guard more() else { return } }
            request.body = Array(input[..<length])
            input.removeFirst(length)
            var output: [UInt8]
            switch react(request) {
            case .respond(let status, let headers, let body):
                let lines =
                    ["HTTP/1.1 \(status) Word"] + headers.map { "\($0.0): \($0.1)" }
                    + ["Content-Length: \(body.count)", "", ""]
                output = Array(lines.joined(separator: "\r\n").utf8) + (request.method == "HEAD" ? [] : body)
            case .hangUp: return
            case .cut:
                output = Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".utf8)
                _ = send(connection, output, output.count, Int32(MSG_NOSIGNAL))
                return
            case .silence:
                while more() {}
                return
            }
            while !output.isEmpty {
                let count = send(connection, output, output.count, Int32(MSG_NOSIGNAL))
                guard count > 0 else { return }
                output.removeFirst(count)
            }
        }
    }
}
