import FoundationEssentials
import HTTPTypes
import Hummingbird
import Keys

/// A file of the web page, held in the binary. Its address names its digest, so that it may be kept for good.
struct WebAsset: Sendable {
    let name: String
    let type: String
    let octets: [UInt8]
    private let digest: SHA256Digest

    static let style = WebAsset("style.css", "text/css; charset=utf-8", WebStyle.text)
    static let script = WebAsset("inbox.js", "text/javascript; charset=utf-8", WebScript.text)
    static let all = [style, script]

    private init(_ name: String, _ type: String, _ text: String) {
        self.name = name
        self.type = type
        octets = Array(text.utf8)
        digest = SHA256.hash(octets)
    }

    var path: WebPath { WebPath(["web", name], query: ("v", String(digest.hex.prefix(16)))) }

    /// W3C Subresource Integrity §3.1.
    var integrity: String { "sha256-" + Data(digest.octets).base64EncodedString() }

    func respond(_ request: Request) -> Response {
        let tag = "\"\(digest.hex.prefix(32))\""
        let cacheControl = "public, max-age=31536000, immutable"
        if request.headers[.ifNoneMatch] == tag {
            return Response(status: .notModified, headers: [.eTag: tag, .cacheControl: cacheControl])
        }
        return Response(
            status: .ok, headers: [.contentType: type, .eTag: tag, .cacheControl: cacheControl],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: octets)))
    }
}
