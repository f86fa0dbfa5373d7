import Foundation
import TestSupport
import Testing

/// Each example does what its README says, without credentials and without a network.
@Suite struct ExampleTests {
    static let examples: [String] = {
        let folder = Workspace.repository.appendingPathComponent("examples").path
        return ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }()

    /// A copy of the example's files, with a key-encryption key.
    private func copy(_ example: String) throws -> Workspace {
        let workspace = try Workspace()
        let folder = Workspace.repository.appendingPathComponent("examples/\(example)")
        for name in try FileManager.default.contentsOfDirectory(atPath: folder.path) where !name.hasPrefix(".") {
            try FileManager.default.copyItem(
                at: folder.appendingPathComponent(name), to: workspace.folder.appendingPathComponent(name))
        }
        try FileManager.default.createDirectory(
            at: workspace.folder.appendingPathComponent(".signet"), withIntermediateDirectories: true)
        try workspace.write(".signet/kek", Workspace.keyEncryptionKey + "\n")
        return workspace
    }

    @Test func thereAreExamples() {
        #expect(Self.examples.count >= 3)
    }

    @Test(arguments: examples)
    func planApplyVerify(example: String) throws {
        let workspace = try copy(example)
        let valid = try workspace.signet("validate")
        #expect(valid.status == 0 && !valid.all.contains("warning["), "\(valid.all)")
        #expect(try workspace.signet("fmt", "--check").status == 0)
        #expect(try workspace.signet("plan", "--exit-code").status == 2)
        let applied = try workspace.signet("apply", "--auto-approve", "--wait", "60s")
        #expect(applied.status == 0, "\(applied.all)")
        #expect(try workspace.signet("plan", "--exit-code").status == 0)
        #expect(try workspace.signet("verify").status == 0)
        #expect(try workspace.signet("drift", "--exit-code").status == 0)
        let states = try workspace.answer("status").json["domains"].array
        #expect(states.count >= 1)
    }

    /// The reports of one domain go to another, which nobody has named here.
    @Test func aSingleDomainIsSeenAmongItsNeighbours() throws {
        let workspace = try copy("02-many-domains")
        #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
        let one = try workspace.signet("verify", "--domain", "receipts.example.com")
        #expect(one.status == 0 && !one.output.contains("DMA103"), "\(one.all)")
    }

    @Test func aDomainIsRetired() throws {
        let workspace = try copy("02-many-domains")
        #expect(try workspace.signet("apply", "--auto-approve", "--wait", "60s").status == 0)
        let product = try workspace.read("product.yaml")
        try workspace.write("product.yaml", String(product[..<product.range(of: "  receipts")!.lowerBound]))
        let retired = try workspace.signet("apply", "--auto-approve", "--allow-destructive", "--wait", "60s")
        #expect(retired.status == 0, "\(retired.all)")
        let plan = try workspace.answer("plan", "--exit-code")
        #expect(plan.status == 0 && plan.json["complete"].bool == true, "\(plan.json.value ?? "")")
    }

    @Test func aParkedDomainSaysSo() throws {
        let workspace = try copy("03-parked-domains")
        let records = try workspace.signet("records", "--domain", "example.org")
        #expect(records.status == 0)
        for part in ["v=spf1 -all", "p=reject", "MX 0 ."] {
            #expect(records.output.contains(part), "\(part) is missing: \(records.output)")
        }
    }
}
