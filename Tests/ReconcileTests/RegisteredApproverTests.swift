import Diagnostics
import Foundation
import Manifest
import Testing

@testable import Reconcile

/// Who may approve a loosening after each apply.
@Suite struct RegisteredApproverTests {
    private static let first = Date(timeIntervalSince1970: 1000)
    private static let later = Date(timeIntervalSince1970: 2000)

    private static func approver(_ id: String, _ key: UInt8 = 1, email: String = "x@y.test") -> ApproverDeclaration {
        ApproverDeclaration(
            id: id, email: email, publicKey: Array(repeating: key, count: 32),
            span: SourceSpan(file: 0, startLine: 0, startColumn: 0, endLine: 0, endColumn: 0))
    }

    private static func after(
        _ known: [RegisteredApprover], _ declared: [ApproverDeclaration], allowsNew: Bool = false
    ) -> [RegisteredApprover] {
        RegisteredApprover.registry(known, declared: declared, allowsNew: allowsNew, at: later)
    }

    private static let alice = RegisteredApprover.registry(
        [], declared: [approver("alice")], allowsNew: false, at: first)

    /// Who is registered: name and the key's first octet.
    private static func registered(_ registry: [RegisteredApprover]) -> [String] {
        registry.filter { $0.state == .registered }.map { "\($0.id) \($0.publicKey[0])" }
    }

    @Test func theFirstApplyTakesAllIn() {
        #expect(
            Self.registered(Self.after([], [Self.approver("bob", 2), Self.approver("alice")])) == ["alice 1", "bob 2"])
        #expect(Self.after(Self.alice, [Self.approver("alice")]) == Self.alice)
    }

    @Test func laterOnesComeInOnlyWhereLooseningIsAllowed() {
        let declared = [Self.approver("alice"), Self.approver("eve", 9)]
        #expect(Self.registered(Self.after(Self.alice, declared)) == ["alice 1"])
        #expect(Self.registered(Self.after(Self.alice, declared, allowsNew: true)) == ["alice 1", "eve 9"])
    }

    @Test func anotherKeyOrAddressIsAnotherPerson() {
        for changed in [Self.approver("alice", 9), Self.approver("alice", email: "eve@y.test")] {
            // The former key does not count either: its owner gave it up, or somebody else took the name.
            #expect(Self.registered(Self.after(Self.alice, [changed])) == [])
            #expect(Self.registered(Self.after(Self.alice, [changed], allowsNew: true)).count == 1)
        }
    }

    /// What is told is what happens.
    @Test(arguments: [true, false])
    func changesAreThoseOfTheRegistry(allowsNew: Bool) {
        let many = RegisteredApprover.registry(
            [], declared: [Self.approver("alice"), Self.approver("bob", 2), Self.approver("carol", 3)],
            allowsNew: false, at: Self.first)
        let gone = Self.after(many, [Self.approver("alice"), Self.approver("bob", 2)])
        let declared = [
            Self.approver("alice"), Self.approver("bob", 9), Self.approver("carol", 3), Self.approver("dave", 4),
        ]
        let changes = RegisteredApprover.changes(gone, declared: declared, allowsNew: allowsNew)
        let expected: [ApproverChange.Effect] =
            allowsNew ? [.register, .register, .register] : [.suspend, .leaveOut, .leaveOut]
        #expect(changes == zip(["bob", "carol", "dave"], expected).map { ApproverChange($0, $1) })
        let registered = Self.registered(Self.after(gone, declared, allowsNew: allowsNew))
        #expect(registered == (allowsNew ? ["alice 1", "bob 9", "carol 3", "dave 4"] : ["alice 1"]))

        #expect(
            RegisteredApprover.changes(gone, declared: [], allowsNew: allowsNew).map(\.effect) == [.remove, .remove])
        #expect(
            RegisteredApprover.changes([], declared: declared, allowsNew: allowsNew).allSatisfy {
                $0.effect == .register
            })
    }

    @Test func whoeverEmptiesTheRegistryIsNotTheFirstToFillIt() {
        let emptied = Self.after(Self.alice, [])
        #expect(Self.registered(emptied) == [] && emptied.count == 1)
        #expect(Self.registered(Self.after(emptied, [Self.approver("eve", 9)])) == [])
        // Nor does a name come back with its key by itself.
        #expect(Self.registered(Self.after(emptied, [Self.approver("alice")])) == [])
        #expect(Self.registered(Self.after(emptied, [Self.approver("alice")], allowsNew: true)) == ["alice 1"])
    }
}
