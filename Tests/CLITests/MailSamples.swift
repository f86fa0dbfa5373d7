import DNS
import Foundation
import Operations

@testable import CLI
@testable import MailAuth

/// Hand-made verdicts on messages.
enum MailSamples {
    private static func signature(_ selector: String, _ algorithm: String) -> DKIMSignature {
        let text =
            "v=1; a=\(algorithm); c=relaxed/simple; d=mail.example.test; s=\(selector); t=1795492800; x=1796097600; "
            + "h=From:From:To:Subject; bh=AAAA; b=QUJDREVGR0g=; i=agent@mail.example.test"
        return try! DKIMSignature(Array(text.utf8)[...])
    }

    private static let spf = SPFResult(
        verdict: .pass, domain: "mail.example.test",
        steps: [
            SPFStep(
                domain: "mail.example.test", depth: 0, part: .directive(SPFTerm(.include("send.example"))),
                outcome: .matched, lookUpCount: 1)
        ], lookUpCount: 1, voidLookUpCount: 0)

    static let aligned = MailVerifyReport(
        verdict: MessageVerdict(
            envelope: .init(
                address: IPAddress("192.0.2.10"), helo: "mx.example.test", mailFrom: "a@mail.example.test"),
            spf: spf,
            dkim: [
                DKIMResult(
                    verdict: .pass, signature: signature("mm1", "rsa-sha256"), isTesting: false, keyBits: 2048),
                DKIMResult(
                    verdict: .fail(.bodyHash), signature: signature("mm2", "ed25519-sha256"), isTesting: true,
                    keyBits: nil),
            ], arc: ARCResult(verdict: .pass, sealers: [Samples.other, Samples.zone], instance: 2),
            dmarc: DMARCResult(
                verdict: .pass, author: Samples.domain, record: DMARCRecord(policy: .reject),
                recordDomain: Samples.domain, policy: .reject,
                spf: .init(domain: Samples.domain, alignment: .aligned),
                dkim: [.init(domain: Samples.domain, alignment: .aligned)])),
        addressOrigin: .option, heloOrigin: .received, mailFromOrigin: .returnPath, serverID: "mx.example.test",
        time: Samples.time)

    static let hostile = MailVerifyReport(
        verdict: MessageVerdict(
            envelope: .init(address: IPAddress("192.0.2.10"), helo: Samples.hostile, mailFrom: Samples.hostile),
            spf: SPFResult(
                verdict: .fail(explanation: Samples.hostile), domain: Samples.hostile, steps: [], lookUpCount: 0,
                voidLookUpCount: 0),
            dkim: [
                DKIMResult(
                    verdict: .permerror(.signature(.algorithm(Samples.hostile))), signature: nil, isTesting: false,
                    keyBits: nil)
            ], arc: ARCResult(verdict: .temperror(Samples.hostile), sealers: [], instance: 1),
            dmarc: DMARCResult(
                verdict: .temperror(Samples.hostile), author: nil, record: nil, recordDomain: nil, policy: nil,
                spf: nil, dkim: [])),
        addressOrigin: .option, heloOrigin: .unknown, mailFromOrigin: .unknown, serverID: Samples.hostile,
        time: Samples.time)

    static let unknown = MailVerifyReport(
        verdict: MessageVerdict(
            envelope: .init(), spf: nil, dkim: [],
            arc: ARCResult(verdict: .none, sealers: [], instance: 0),
            dmarc: DMARCResult(
                verdict: .none(.noRecord), author: Samples.other, record: nil, recordDomain: nil, policy: nil,
                spf: nil, dkim: [])),
        addressOrigin: .unknown, heloOrigin: .unknown, mailFromOrigin: .unknown, serverID: "localhost",
        time: Samples.time)

    static let fields = MailFieldsReport(
        signatures: [.init(domain: Samples.domain, selector: "mm1", algorithm: "rsa-sha256")],
        fields: Array("DKIM-Signature: v=1; a=rsa-sha256;\r\n b=\(Samples.hostile)\r\n".utf8),
        message: [], notes: [Samples.hostile])

    static let views: [(name: String, command: String, view: any View)] = [
        ("mail-verify", "mail verify", MailVerifyView(report: aligned)),
        ("mail-verify-hostile", "mail verify", MailVerifyView(report: hostile)),
        ("mail-verify-unknown", "mail verify", MailVerifyView(report: unknown)),
        ("mail-sign", "mail sign", MailFieldsView(report: fields)),
    ]
}
