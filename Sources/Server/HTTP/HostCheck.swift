import NIOHTTP1

/// RFC 9112 §3.2: a request of HTTP/1.1 has one Host field with a host in it. With none or two, what stands before us may
/// have taken another than we.
enum HostCheck {
    static func isGood(_ head: HTTPRequestHead) -> Bool {
        var hosts = 0
        for (name, value) in head.headers where name.utf8.count == 4 && name.lowercased() == "host" {
            hosts += 1
            guard hosts == 1, value.utf8.allSatisfy(isOfHost) else { return false }
        }
        return hosts == 1 || head.version == .http1_0
    }

    /// RFC 3986 §3.2.2 and §3.2.3: a host and a port, or nothing.
    private static func isOfHost(_ octet: UInt8) -> Bool {
        switch octet {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: ":"):
            true
        default: "-_~%!$&'()*+,;=[]".utf8.contains(octet)
        }
    }
}
