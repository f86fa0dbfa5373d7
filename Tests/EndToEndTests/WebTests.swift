import Foundation
import FoundationNetworking
import TestSupport
import Testing

/// The web page over HTTP, as a browser and as whoever is none: policy, sign-in, sessions, forged forms.
@Suite struct WebTests {
    /// Takes neither cookies nor redirections by itself.
    private final class Plain: NSObject, URLSessionTaskDelegate, Sendable {
        func urlSession(
            _ session: URLSession, task: URLSessionTask, willPerformHTTPRedirection response: HTTPURLResponse,
            newRequest request: URLRequest, completionHandler: @escaping @Sendable (URLRequest?) -> Void
        ) { completionHandler(nil) }
    }

    private static let session: URLSession = {
        let configuration = URLSessionConfiguration.ephemeral
        configuration.httpShouldSetCookies = false
        configuration.httpCookieAcceptPolicy = .never
        return URLSession(configuration: configuration, delegate: Plain(), delegateQueue: nil)
    }()

    private func ask(
        _ place: ServedPlace, _ path: String, form: [String: String]? = nil, cookie: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> ServedPlace.Answer {
        var request = URLRequest(url: URL(string: place.url + path)!)
        if let form {
            request.httpMethod = "POST"
            var allowed = CharacterSet.alphanumerics
            allowed.insert("_")
            request.httpBody = Data(
                form.map { "\($0)=\($1.addingPercentEncoding(withAllowedCharacters: allowed)!)" }
                    .joined(separator: "&").utf8)
            request.setValue("application/x-www-form-urlencoded", forHTTPHeaderField: "Content-Type")
            request.setValue(place.url, forHTTPHeaderField: "Origin")
        }
        if let cookie { request.setValue("signet_session=\(cookie)", forHTTPHeaderField: "Cookie") }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await Self.session.data(for: request)
        let http = response as! HTTPURLResponse
        var fields: [String: String] = [:]
        for (name, value) in http.allHeaderFields { fields["\(name)".lowercased()] = "\(value)" }
        return ServedPlace.Answer(status: http.statusCode, headers: fields, body: data)
    }

    private func signIn(_ place: ServedPlace, _ token: String, to: String = "/") async throws -> String {
        let answer = try await ask(place, "/sign-in", form: ["token": token, "to": to])
        #expect(answer.status == 303, "\(answer.text)")
        let cookie = try #require(answer.headers["set-cookie"])
        #expect(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict") && !cookie.contains(token))
        return String(cookie.dropFirst("signet_session=".count).prefix { $0 != ";" })
    }

    private func formToken(_ page: ServedPlace.Answer, _ action: String) throws -> String {
        let start = try #require(page.text.range(of: "action=\"\(action)\">"), "\(page.text)")
        let field = try #require(
            page.text.range(of: "name=\"form_token\" value=\"", range: start.upperBound..<page.text.endIndex))
        return String(page.text[field.upperBound...].prefix { $0 != "\"" })
    }

    @Test func everyPageHasItsPolicy() async throws {
        let place = try ServedPlace()
        let cookie = try await signIn(place, try place.token(["oversight"]))
        for path in ["/", "/domains", "/domains/s.test", "/domains/none.test", "/approvals/ap_none", "/web/inbox.js"] {
            for shown in [cookie, nil] {
                let answer = try await ask(place, path, cookie: shown)
                let policy = answer.headers["content-security-policy"] ?? ""
                for rule in ["default-src 'none'", "script-src 'self'", "form-action 'self'", "frame-ancestors 'none'"]
                {
                    #expect(policy.contains(rule), "\(path)")
                }
                #expect(!policy.contains("unsafe"))
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(answer.headers["referrer-policy"] == "same-origin")
                if !path.hasPrefix("/web/") {
                    #expect(answer.headers["cache-control"] == "no-store")
                    if shown != nil {
                        #expect(answer.headers["content-type"] == "text/html; charset=utf-8")
                        #expect(answer.status == (path.contains("none") ? 404 : 200), "\(path)")
                    } else {
                        // Whether it is there, nobody learns without signing in.
                        let to = path.replacingOccurrences(of: "/", with: "%2F")
                        #expect(answer.status == 303 && answer.body.isEmpty, "\(path)")
                        #expect(answer.headers["location"] == (path == "/" ? "/sign-in" : "/sign-in?to=\(to)"))
                    }
                }
            }
        }
        let script = try await ask(place, "/web/inbox.js")
        let tag = try #require(script.headers["etag"])
        #expect(script.headers["cache-control"]?.contains("immutable") == true)
        #expect(try await ask(place, "/web/inbox.js", headers: ["If-None-Match": tag]).status == 304)
        #expect(try await ask(place, "/web/other.js").status == 404)
    }

    /// What stands in the browser after a form has failed can be asked for again.
    @Test func everyFormsAddressLeadsToAPage() async throws {
        let place = try ServedPlace()
        let page = try await ask(place, "/sign-in?to=%2Fdomains%2Fs.test")
        #expect(page.status == 200 && page.text.contains("value=\"/domains/s.test\""), "\(page.text)")
        #expect(page.headers["content-type"] == "text/html; charset=utf-8")
        let evil = try await ask(place, "/sign-in?to=https%3A%2F%2Fevil.example%2F")
        #expect(evil.status == 200 && !evil.text.contains("evil"))
        for (path, to) in [("/approvals/ap_1/answer", "/approvals/ap_1"), ("/sign-out", "/")] {
            let answer = try await ask(place, path)
            #expect(answer.status == 303 && answer.headers["location"] == to, "\(path): \(answer.text)")
        }
        // A form that nobody signed in sent.
        let sent = try await ask(place, "/approvals/ap_1/answer", form: ["payload": ""])
        #expect(sent.status == 303 && sent.headers["location"] == "/sign-in")
    }

    @Test func onlyAnOversightTokenSignsIn() async throws {
        let place = try ServedPlace()
        for scope in ["send", "domains", "audit"] {
            let refused = try await ask(place, "/sign-in", form: ["token": try place.token([scope])])
            #expect(refused.status == 403 && refused.text.contains("scope oversight"), "\(scope)")
            #expect(refused.headers["set-cookie"] == nil)
        }
        // No form to sign in is large, so that nobody without a token holds the room of others.
        let large = try await ask(place, "/sign-in", form: ["token": String(repeating: "x", count: 5000)])
        #expect(large.status == 413, "\(large.text)")
        let wrong = try await ask(place, "/sign-in", form: ["token": "<x>", "to": "//evil.example/"])
        #expect(wrong.status == 403 && !wrong.text.contains("evil.example") && !wrong.text.contains("<x>"))
        // A bearer token is for programs, and opens no page; a cookie is for pages, and opens no API.
        let token = try place.token(["oversight"])
        #expect(try await ask(place, "/", headers: ["Authorization": "Bearer \(token)"]).status == 303)
        let cookie = try await signIn(place, token)
        #expect(try await ask(place, "/v1/oversight/pending", cookie: cookie).status == 401)
        #expect(try await ask(place, "/", cookie: cookie).status == 200)
        #expect(try await ask(place, "/", cookie: cookie + "0").status == 303)
        let to = try await ask(place, "/sign-in", form: ["token": token, "to": "/domains/s.test"])
        #expect(to.headers["location"] == "/domains/s.test")
    }

    @Test func formsOfOtherSitesDoNothing() async throws {
        let place = try ServedPlace()
        let token = try place.token(["oversight"])
        let held = try await place.send("gated", "Held", token: try place.token(["send"]))
        let id = try #require(held.json["approval_id"].string)
        let cookie = try await signIn(place, token)
        let page = try await ask(place, "/approvals/\(id)", cookie: cookie)
        let path = "/approvals/\(id)/answer"
        let approval = try await place.ask("GET", "/v1/oversight/pending", token: token).json["approvals"][0]
        let signed = JSON(try place.statement(approval))
        var form = [
            "payload": signed["payload"].string ?? "", "signature": signed["signatures"][0]["sig"].string ?? "",
            "form_token": try formToken(page, path),
        ]
        for headers in [
            ["Origin": "http://evil.example"], ["Origin": "null"], ["Sec-Fetch-Site": "cross-site"], ["Origin": ""],
        ] {
            #expect(
                try await ask(place, path, form: form, cookie: cookie, headers: headers).status == 403, "\(headers)")
            #expect(
                try await ask(place, "/sign-in", form: ["token": token], headers: headers).status == 403, "\(headers)")
        }
        let good = form["form_token"]
        for other in ["", "x", try formToken(page, "/sign-out")] {
            form["form_token"] = other
            #expect(try await ask(place, path, form: form, cookie: cookie).status == 403)
        }
        form["form_token"] = good
        // Another session's form, and none.
        let stranger = try await signIn(place, token)
        #expect(try await ask(place, path, form: form, cookie: stranger).status == 403)
        #expect(try await ask(place, path, form: form).headers["location"] == "/sign-in")
        // Without a signature of an approver's, a session approves nothing.
        var unsigned = form
        unsigned["signature"] = Data(count: 64).base64EncodedString()
        #expect(try await ask(place, path, form: unsigned, cookie: cookie).status == 422)
        #expect(try place.sink.arrived().isEmpty)
        let done = try await ask(place, path, form: form, cookie: cookie)
        #expect(done.status == 303 && done.headers["location"] == "/approvals/\(id)", "\(done.text)")
        #expect(try await ask(place, "/approvals/\(id)", cookie: cookie).text.contains("Approved by alice"))
        // The same once more changes nothing, and once it has been sent another answer is too late.
        try poll("the message arrives") { try place.sink.arrived().count == 1 }
        #expect(try await ask(place, path, form: form, cookie: cookie).status == 303)
        let denial = JSON(try place.statement(approval, answer: "deny"))
        form["payload"] = denial["payload"].string
        form["signature"] = denial["signatures"][0]["sig"].string
        #expect(try await ask(place, path, form: form, cookie: cookie).status == 409)
    }

    @Test func aSessionEndsWithItsTokenAndBySigningOut() async throws {
        let place = try ServedPlace()
        let made = try place.workspace.answer("tokens", "create", "--name", "gone", "--scope", "oversight")
        let cookie = try await signIn(place, try #require(made.json["secret"].string))
        let other = try await signIn(place, try place.token(["oversight"]))
        let page = try await ask(place, "/", cookie: other)
        let out = ["form_token": try formToken(page, "/sign-out")]
        #expect(try await ask(place, "/sign-out", form: out, cookie: cookie).status == 403)
        #expect(try await ask(place, "/sign-out", form: out, cookie: other).status == 303)
        #expect(try await ask(place, "/", cookie: other).status == 303)
        #expect(try await ask(place, "/", cookie: cookie).status == 200)
        let id = try #require(made.json["tokens"][0]["id"].string)
        #expect(try place.workspace.signet("tokens", "revoke", id).status == 0)
        #expect(try await ask(place, "/", cookie: cookie).status == 303)
    }

    @Test func aBoundTokenSeesItsAgentsAlone() async throws {
        let place = try ServedPlace()
        let held = try await place.send("gated", "Held", token: try place.token(["send"]))
        let id = try #require(held.json["approval_id"].string)
        let cookie = try await signIn(place, try place.token(["oversight"], agents: ["free"]))
        #expect(try await ask(place, "/", cookie: cookie).text.contains("Nothing waits"))
        #expect(try await ask(place, "/approvals/\(id)", cookie: cookie).status == 403)
        #expect(try await ask(place, "/?after=\(id)", cookie: cookie).status == 403)
    }

    /// Signing takes a script; looking takes none, and the page names the command that signs.
    @Test func withoutJavaScriptThePageLeadsToTheCommand() async throws {
        let place = try ServedPlace()
        let held = try await place.send("gated", "By hand", token: try place.token(["send"]))
        let id = try #require(held.json["approval_id"].string)
        let cookie = try await signIn(place, try place.token(["oversight"]))
        let page = try await ask(place, "/approvals/\(id)", cookie: cookie)
        #expect(
            page.text.contains("By hand") && page.text.contains("<noscript><p>Signing in the browser takes JavaScript"))
        // What only a script could use stays hidden without one, and no field that is sent asks for the key.
        #expect(page.text.contains("<form id=\"sign\" hidden"))
        for line in page.text.split(separator: "<").filter({ $0.hasPrefix("textarea") || $0.contains("type=\"file\"") })
        {
            #expect(!line.contains(" name="), "\(line)")
        }
        let start = try #require(page.text.range(of: "signet approvals approve "))
        let command = page.text[start.lowerBound...].prefix { $0 != "\n" && $0 != "<" }
            .split(separator: " ").dropFirst().map { $0 == "FILE" ? "alice.pem" : String($0) }
        let done = try place.workspace.start(command).wait()
        #expect(done.status == 0, "\(command): \(done.all)")
        #expect(try await ask(place, "/approvals/\(id)", cookie: cookie).text.contains("Approved by alice"))
        try poll("the message arrives") { try place.sink.arrived().count == 1 }
    }

    @Test func wrongTokensOfTheFormAreCounted() async throws {
        let place = try ServedPlace()
        let token = try place.token(["oversight"])
        for _ in 0..<20 { #expect(try await ask(place, "/sign-in", form: ["token": "sgt_no"]).status == 403) }
        let stopped = try await ask(place, "/sign-in", form: ["token": "sgt_no"])
        #expect(stopped.status == 429 && stopped.text.contains("too many invalid tokens"), "\(stopped.text)")
        #expect(stopped.headers["retry-after"].flatMap { Int($0) }.map { (1...60).contains($0) } == true)
        #expect(stopped.headers["set-cookie"] == nil)
        // The API counts the same failures, and nobody with a good token is kept out by others' bad ones.
        #expect(try await place.ask("GET", "/v1/oversight/pending", token: "sgt_no").status == 429)
        _ = try await signIn(place, token)
        #expect(try await ask(place, "/metrics").status == 401)
    }
}

/// The page over TLS, asked by curl, which takes this very certificate.
@Suite struct WebTLSTests {
    private func ask(_ place: ServedPlace, _ words: [String]) throws -> (status: String, header: String) {
        let asked = try ChildProcess.run(
            "/usr/bin/curl",
            ["-s", "--cacert", place.workspace.path("tls.pem"), "-D", "-", "-o", "/dev/null"] + words)
        let lines = asked.output.split(separator: "\r\n")
        return (lines.first.map { String($0.split(separator: " ")[1]) } ?? "", asked.output.lowercased())
    }

    @Test func theCookieNeverGoesOverPlainHTTP() throws {
        let place = try ServedPlace(serves: false)
        try place.startWithTLS()
        let form = ["-d", "token=\(try place.token(["oversight"]))", place.url + "/sign-in"]
        for origin in [["-H", "Origin: \(place.url)"], ["-H", "Sec-Fetch-Site: same-origin"]] {
            let answer = try ask(place, origin + form)
            #expect(answer.status == "303", "\(answer.header)")
            let cookie = answer.header.split(separator: "\r\n").first { $0.hasPrefix("set-cookie:") } ?? ""
            #expect(cookie.contains("; secure") && cookie.contains("; httponly"), "\(origin): \(cookie)")
        }
        // A page of the same name without TLS is anybody's who sits in between.
        let plain = place.url.replacingOccurrences(of: "https://", with: "http://")
        #expect(try ask(place, ["-H", "Origin: \(plain)"] + form).status == "403")
    }
}
