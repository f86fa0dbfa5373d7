import HTTPTypes
import Hummingbird

/// What keeps other sites, and whatever stands in a message, from acting in an approver's name.
enum WebPolicy {
    /// W3C Content Security Policy 3: nothing but our own style sheet and script, no request by a script, no frame around
    /// or within a page, no form to elsewhere, and no text taken for markup.
    static let contentSecurity =
        "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; "
        + "base-uri 'none'; require-trusted-types-for 'script'; trusted-types 'none'"

    static let fields: [(name: String, value: String)] = [
        ("content-security-policy", contentSecurity),
        // Not no-referrer: browsers then send `Origin: null` with our own forms (Fetch Standard, "append a request
        // `Origin` header"), and nobody could tell them from another site's.
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=()"),
        ("x-frame-options", "DENY"),
    ]

    static func apply(to response: inout Response) {
        for (name, value) in fields {
            if let name = HTTPField.Name(name) { response.headers[name] = value }
        }
    }

    // MARK: where a form comes from

    private static let fetchSite = HTTPField.Name("sec-fetch-site")!

    /// Whether a page of this server made the request: the browser says where it comes from, and says it truly. A proxy is
    /// to leave `Host` as it is.
    ///
    /// - Parameter hasTLS: this server speaks TLS itself. A page of the same host without it is then somebody else's.
    static func isOwn(origin: String?, fetchSite: String?, authority: String?, hasTLS: Bool) -> Bool {
        guard origin != nil || fetchSite != nil else { return false }
        if let fetchSite, fetchSite != "same-origin" { return false }
        guard let origin else { return true }
        guard let authority, !authority.isEmpty else { return false }
        return (hasTLS ? ["https://"] : ["http://", "https://"]).contains { origin == $0 + authority }
    }

    static func checkOwn(_ request: Request, hasTLS: Bool) throws {
        guard
            isOwn(
                origin: request.headers[.origin], fetchSite: request.headers[fetchSite],
                authority: request.head.authority, hasTLS: hasTLS)
        else { throw Problem(.foreignOrigin, "the form does not come from a page of this server") }
    }

    /// Whether the browser speaks TLS, to us or to the proxy before us, of which only the form's origin tells.
    static func isSecure(_ request: Request, hasTLS: Bool) -> Bool {
        hasTLS || request.headers[.origin]?.hasPrefix("https://") == true
    }

    // MARK: cookie

    static let cookieName = "signet_session"

    /// RFC 6265 §5.4. A name that stands twice is no session: somebody else set one of them.
    static func cookie(_ request: Request) -> String? {
        let values = (request.headers[.cookie] ?? "").split(separator: ";").compactMap { pair -> String? in
            let pair = pair.drop { $0 == " " }
            guard pair.hasPrefix(cookieName + "=") else { return nil }
            return String(pair.dropFirst(cookieName.count + 1))
        }
        return values.count == 1 ? values[0] : nil
    }

    /// - Parameter value: nil: the browser is to forget it.
    static func setCookie(_ value: String?, isSecure: Bool) -> String {
        let seconds = value == nil ? 0 : ServerLimits.sessionTime.components.seconds
        return "\(cookieName)=\(value ?? ""); Path=/; HttpOnly; SameSite=Strict; Max-Age=\(seconds)"
            + (isSecure ? "; Secure" : "")
    }
}
