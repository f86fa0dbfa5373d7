import Foundation
import TestSupport
import Testing

/// The approver's inbox in a real browser: what is seen, signed and refused.
@Suite(
    .serialized,
    .enabled(
        if: Browser.isInstalled || Lab.isContinuousIntegration, "Chromium is not installed: Debian's chromium-driver"))
struct WebBrowserTests {
    private static let hostile = """
        Please pay p\u{430}ypal\u{202E}moc.\u{200B} now
        """
    private static let hostileHTML = """
        </pre><script>document.title = "owned"</script><img src="http://127.0.0.1:9/x.png" onerror="document.title='owned'">
        <form action="http://127.0.0.1:9/"><button>x</button></form><style>* { display: none }</style>
        """

    private func inBrowser(_ body: (ServedPlace, Browser) async throws -> Void) async throws {
        let place = try ServedPlace()
        let browser = try await Browser()
        do { try await body(place, browser) } catch {
            try? await browser.screenshot("failure")
            await browser.close()
            throw error
        }
        await browser.close()
    }

    private func signIn(_ place: ServedPlace, _ browser: Browser) async throws {
        try await browser.type(try place.token(["oversight"]), into: "#token")
        try await browser.click("main button")
    }

    private func settled(_ browser: Browser, _ words: String) async throws {
        try await pollAsync("the page says: \(words)") { try await browser.text("main").contains(words) }
    }

    private func approvalID(_ answer: ServedPlace.Answer) throws -> String {
        try #require(answer.json["approval_id"].string, "\(answer.text)")
    }

    @Test func anApproverLooksAndAnswers() async throws {
        try await inBrowser { place, browser in
            let sender = try place.token(["send"])
            let first = try approvalID(try await place.send("gated", "Invoice 7", token: sender))
            let second = try approvalID(try await place.send("gated", "Invoice 8", token: sender))

            try await browser.open(place.url + "/")
            try await browser.type("sgt_no", into: "#token")
            try await browser.click("main button")
            try await settled(browser, "this is no token that is good")
            try await signIn(place, browser)
            try await settled(browser, "Waiting for approval")
            try await settled(browser, "Invoice 8")
            try await browser.screenshot("inbox-light")
            try await browser.emulate(dark: true)
            try await browser.screenshot("inbox-dark")
            try await browser.emulate(dark: false)

            // By keyboard: the first thing to reach leads past the banner, then on to the message.
            try await browser.press("\u{E004}")
            #expect(try await browser.value("document.activeElement.className").string == "skip")
            try await browser.press("\u{E007}")
            try await browser.press("\u{E004}")
            #expect(try await browser.value("document.activeElement.textContent").string == "Invoice 7")
            try await browser.press("\u{E007}")
            try await settled(browser, "What you sign")
            try await browser.screenshot("message")

            // A stranger's key signs nothing, and no key at all neither.
            try await browser.click("button.approve")
            try await settled(browser, "Paste your key")
            _ = try place.workspace.makeApproverKey("mallory.pem")
            try await browser.type(try place.workspace.read("mallory.pem"), into: "#key")
            try await browser.click("button.approve")
            try await settled(browser, "none of an approver's")
            #expect(try place.sink.arrived().isEmpty)

            _ = try await browser.value("document.getElementById('key').value = ''")
            try await browser.type(try place.workspace.read("alice.pem"), into: "#key")
            try await browser.click("button.approve")
            try await settled(browser, "Approved by alice")
            #expect(try await browser.value("document.activeElement.getAttribute('role')").string == "status")
            try await browser.screenshot("approved")
            try poll("the message arrives") { try place.sink.arrived().count == 1 }
            let message = String(decoding: try place.sink.arrived()[0].octets, as: UTF8.self)
            #expect(message.contains("approval_ref=\(first)"))

            // Denied with a file in OpenSSH's form.
            let made = try ChildProcess.run(
                "/usr/bin/env", ["python3", "-c", Self.toOpenSSH], in: place.workspace.folder)
            try #require(made.status == 0, "\(made.all)")
            try await browser.open(place.url + "/approvals/\(second)")
            try await browser.type(place.workspace.path("alice.ssh"), into: "#key-file")
            try await browser.click("button.deny")
            try await settled(browser, "Denied by alice")
            try await browser.screenshot("denied")
            try await browser.open(place.url + "/")
            try await settled(browser, "Nothing waits")
            #expect(try await browser.complaints().filter { !$0.contains("favicon") && !$0.contains("403") } == [])
            // The key went nowhere: not into a request, not into the log.
            let key = String(try place.workspace.read("alice.pem").split(separator: "\n")[1])
            #expect(!place.said.contains(key) && !place.said.isEmpty)

            try await browser.open(place.url + "/domains")
            try await settled(browser, "s.test")
            try await browser.screenshot("domains")
            try await browser.click("td a")
            try await settled(browser, "aligned")
            try await settled(browser, "History")
            try await browser.screenshot("domain")
            try await browser.click("header button")
            try await settled(browser, "Token with the scope oversight")
            try await browser.open(place.url + "/domains")
            try await settled(browser, "Token with the scope oversight")
        }
    }

    /// OpenSSH's PROTOCOL.key, from the PEM that OpenSSL made.
    private static let toOpenSSH = """
        import base64, struct
        body = base64.b64decode("".join(open("alice.pem").read().split("\\n")[1:-2]))
        seed = body[-32:]
        public = open("alice.pem.der", "rb").read()[-32:]
        text = lambda b: struct.pack(">I", len(b)) + b
        blob = text(b"ssh-ed25519") + text(public)
        secret = b"\\0\\0\\0\\7" * 2 + blob + text(seed + public) + text(b"alice")
        secret += bytes(range(1, 1 + -len(secret) % 8))
        whole = b"openssh-key-v1\\0" + text(b"none") + text(b"none") + text(b"") + struct.pack(">I", 1)
        whole += text(blob) + text(secret)
        lines = base64.encodebytes(whole).decode()
        name = "OPENSSH PRIVATE" + " KEY"
        open("alice.ssh", "w").write(f"-----BEGIN {name}-----\\n{lines}-----END {name}-----\\n")
        """

    /// Keys that somebody has locked: the page says so, and how to get on; nothing is sent.
    @Test func aKeyWithAPassphraseIsNotRead() async throws {
        try await inBrowser { place, browser in
            let id = try approvalID(try await place.send("gated", "Locked", token: try place.token(["send"])))
            let made = [
                try ChildProcess.run(
                    "/usr/bin/openssl",
                    ["pkcs8", "-topk8", "-in", "alice.pem", "-out", "locked.pem", "-passout", "pass:secret"],
                    in: place.workspace.folder),
                try ChildProcess.run(
                    "/usr/bin/env",
                    ["ssh-keygen", "-q", "-t", "ed25519", "-N", "secret", "-f", place.workspace.path("locked.ssh")]),
            ]
            for one in made { try #require(one.status == 0, "\(one.all)") }
            try await browser.open(place.url + "/approvals/\(id)")
            try await signIn(place, browser)
            try await settled(browser, "What you sign")
            for (file, way) in [("locked.pem", "openssl pkey"), ("locked.ssh", "ssh-keygen -p")] {
                try await browser.type(place.workspace.path(file), into: "#key-file")
                try await browser.click("button.approve")
                try await settled(browser, way)
                let said = try await browser.text("#outcome")
                #expect(said.contains("passphrase") && !said.contains("Use the command"), "\(said)")
            }
            #expect(try place.sink.arrived().isEmpty)
            #expect(try await browser.complaints().filter { !$0.contains("favicon") && !$0.contains("403") } == [])
        }
    }

    @Test func withoutJavaScriptAllIsSeenAndTheCommandNamed() async throws {
        try await inBrowser { place, browser in
            let id = try approvalID(try await place.send("gated", "By hand", token: try place.token(["send"])))
            try await browser.disableScripts()
            try await browser.open(place.url + "/approvals/\(id)")
            try await signIn(place, browser)
            try await settled(browser, "Signing in the browser takes JavaScript")
            try await settled(browser, "signet approvals approve \(id) --key FILE --digest")
            let seen = try await browser.text("main")
            #expect(seen.contains("By hand") && seen.contains("Hello."))
            #expect(!seen.contains("Sign and approve"))
            try await browser.screenshot("without-script")
        }
    }

    @Test func aHostileMessageIsSeenAndDoesNothing() async throws {
        try await inBrowser { place, browser in
            let id = try approvalID(
                try await place.send(
                    "gated", "<b>Urgent</b> p\u{430}ypal", token: try place.token(["send"]),
                    ["text": Self.hostile, "html": Self.hostileHTML]))
            try await browser.open(place.url + "/approvals/\(id)")
            try await signIn(place, browser)
            try await settled(browser, "Look twice")
            let seen = try await browser.text("main")
            for words in [
                "<b>Urgent</b>", "<script>document.title", "http://127.0.0.1:9/x.png", "\\u{202E}", "\\u{200B}",
                "\\u{430}", "shown as its source",
            ] {
                #expect(seen.contains(words), "\(words)")
            }
            #expect(!seen.unicodeScalars.contains("\u{202E}"))
            #expect(try await browser.value("document.title").string == "Approval – Signet")
            #expect(
                try await browser.value("document.querySelectorAll('img, main script, main style, iframe').length").int
                    == 0)
            #expect(try await browser.value("document.forms.length").int == 2)
            // Nothing was fetched but our own files.
            let fetched = try await browser.value("performance.getEntriesByType('resource').map(e => e.name)").array
            #expect(!fetched.isEmpty)
            for address in fetched.compactMap(\.string) { #expect(address.hasPrefix(place.url + "/"), "\(address)") }
            #expect(try await browser.complaints().filter { !$0.contains("favicon") && !$0.contains("403") } == [])
            try await browser.screenshot("hostile")
        }
    }

    @Test func whatHasExpiredCannotBeAnswered() async throws {
        try await inBrowser { place, browser in
            let id = try approvalID(try await place.send("gated", "Late", token: try place.token(["send"])))
            try await browser.open(place.url + "/approvals/\(id)")
            try await signIn(place, browser)
            try await settled(browser, "What you sign")
            try await browser.type(try place.workspace.read("alice.pem"), into: "#key")
            let changed = try ChildProcess.run(
                "/usr/bin/env", ["sqlite3", "state.db", "UPDATE approval SET answer_by = requested_at"],
                in: place.workspace.folder)
            try #require(changed.status == 0, "\(changed.all)")
            // The page is older than the end: the server refuses what it signs.
            try await browser.click("button.approve")
            try await settled(browser, "it cannot be answered any more")
            #expect(try await browser.value("document.getElementById('sign')").isNull)
            try await browser.screenshot("expired")
            #expect(try place.sink.arrived().isEmpty)
        }
    }
}
