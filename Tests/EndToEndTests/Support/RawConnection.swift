import Foundation
import Glibc
import TestSupport

/// A connection whose octets a test writes itself: for requests that no client would make.
///
/// Two threads may use one, where one writes and the other reads.
final class RawConnection: Sendable {
    private let descriptor: Int32

    /// To a port of 127.0.0.1.
    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        let status = LoopbackAddress(port: port).withPointer { connect(descriptor, $0, $1) }
        guard status == 0 else { throw Lab.Failure(description: "connect: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// False once the other side takes no more.
    @discardableResult
    func write(_ text: String) -> Bool {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Writes a request, and reads until this text has come.
    func asking(_ request: String, until text: String) -> String? {
        write(request)
        return read(until: text, seconds: 30)
    }

    /// Whether the other side has cut it off; reads nothing.
    var isCutOff: Bool {
        var event = pollfd(fd: descriptor, events: 0, revents: 0)
        return poll(&event, 1, 0) > 0 && event.revents & Int16(POLLHUP | POLLERR) != 0
    }

    /// No more will be written; what comes can still be read.
    func finishWriting() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// What comes until the other side closes; nil: it did not within this time.
    func readToEnd(seconds: Double) -> String? {
        var octets: [UInt8] = []
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            switch readSome(milliseconds: 100) {
            case .none: continue
            case .some(let more) where more.isEmpty: return String(decoding: octets, as: UTF8.self)
            case .some(let more): octets += more
            }
        }
        return nil
    }

    /// What comes until it holds this text; nil: it did not within this time, or the other side closed before.
    func read(until text: String, seconds: Double) -> String? {
        var octets: [UInt8] = []
        let end = Date().addingTimeInterval(seconds)
        while Date() < end {
            guard let more = readSome(milliseconds: 100) else { continue }
            if more.isEmpty { return nil }
            octets += more
            let read = String(decoding: octets, as: UTF8.self)
            if read.contains(text) { return read }
        }
        return nil
    }

    /// nil: nothing has come; empty: the other side has closed, or cut it off.
    private func readSome(milliseconds: Int32) -> [UInt8]? {
        var event = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&event, 1, milliseconds) > 0 else { return nil }
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 ? Array(buffer[..<count]) : []
    }
}
