import Foundation
import Glibc
import TestSupport

/// A look-up of the test's own, so that Signet's client is not checked by itself: one datagram, or one connection, to
/// one loopback port.
enum DNSProbe {
    /// The RDATA of each answer record of the type, in wire form; empty where there is none or nobody answers.
    static func ask(_ port: Int, _ name: String, type: UInt16, overTCP: Bool = false) throws -> [[UInt8]] {
        let id = UInt16.random(in: 0...UInt16.max)
        var query: [UInt8] = [UInt8(id >> 8), UInt8(id & 255), 1, 0, 0, 1, 0, 0, 0, 0, 0, 1]
        for label in name.split(separator: ".") { query += [UInt8(label.utf8.count)] + Array(label.utf8) }
        query += [0, UInt8(type >> 8), UInt8(type & 255), 0, 1]
        // EDNS with 4096 octets (RFC 6891 §6.1.2).
        query += [0, 0, 41, 16, 0, 0, 0, 0, 0, 0, 0]
        guard let reply = try exchange(port, query, overTCP: overTCP), reply.count > 12,
            reply[0] == query[0], reply[1] == query[1]
        else { return [] }
        if reply[2] & 2 != 0, !overTCP { return try ask(port, name, type: type, overTCP: true) }
        return answers(reply, type: type)
    }

    /// TXT records, each with its strings joined.
    static func texts(_ port: Int, _ name: String) throws -> [[UInt8]] {
        try ask(port, name, type: 16).map { data in
            var joined: [UInt8] = []
            var index = 0
            while index < data.count {
                let length = Int(data[index])
                joined += data[(index + 1)..<min(index + 1 + length, data.count)]
                index += 1 + length
            }
            return joined
        }
    }

    private static func exchange(_ port: Int, _ query: [UInt8], overTCP: Bool) throws -> [UInt8]? {
        let kind = overTCP ? SOCK_STREAM : SOCK_DGRAM
        let descriptor = socket(AF_INET, Int32(kind.rawValue), 0)
        guard descriptor >= 0 else { throw Lab.Failure(description: "socket: errno \(errno)") }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        let connected = LoopbackAddress(port: UInt16(port)).withPointer { connect(descriptor, $0, $1) }
        guard connected == 0 else { return nil }
        let message = overTCP ? [UInt8(query.count >> 8), UInt8(query.count & 255)] + query : query
        guard send(descriptor, message, message.count, Int32(MSG_NOSIGNAL)) == message.count else {
            return nil
        }
        var buffer = [UInt8](repeating: 0, count: 65_537)
        guard overTCP else {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            return count > 0 ? Array(buffer[..<count]) : nil
        }
        var received: [UInt8] = []
        while received.count < 2 || received.count < 2 + Int(received[0]) << 8 + Int(received[1]) {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            received += buffer[..<count]
        }
        return Array(received[2...])
    }

    private static func answers(_ reply: [UInt8], type: UInt16) -> [[UInt8]] {
        func number(_ at: Int) -> Int { at + 1 < reply.count ? Int(reply[at]) << 8 | Int(reply[at + 1]) : 0 }
        func skipName(_ start: Int) -> Int {
            var index = start
            while index < reply.count, reply[index] != 0 {
                if reply[index] & 0xC0 == 0xC0 { return index + 2 }
                index += Int(reply[index]) + 1
            }
            return index + 1
        }
        var index = skipName(12) + 4
        var found: [[UInt8]] = []
        for _ in 0..<number(6) {
            index = skipName(index)
            let length = number(index + 8)
            let start = index + 10
            guard start + length <= reply.count else { break }
            if number(index) == Int(type) { found.append(Array(reply[start..<start + length])) }
            index = start + length
        }
        return found
    }
}
