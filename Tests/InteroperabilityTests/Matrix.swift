import Foundation
import Synchronization
import TestSupport

/// What was found, as a table: printed by each test, and written to docs/interoperability.md under `RECORD=1`.
final class Matrix: Sendable {
    struct Row: Sendable {
        var title: String
        var cells: [String]
    }

    static let shared = Matrix()

    private struct State {
        var versions: [String] = []
        var rows: [Row] = []
        var chains: [Row] = []
        var notes: [String] = []
    }

    private let state = Mutex(State())

    private static let page = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "docs/interoperability.md")
    static let columns = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed"]

    func add(_ peer: Peer, rows: [Row], notes: [String]) {
        state.withLock { state in
            state.versions.append("\(peer.name): `\(peer.version ?? "")`")
            state.rows += rows
            for note in notes where !state.notes.contains(note) { state.notes.append(note) }
        }
        show(rows, ["DKIM"] + Self.columns, notes)
        record()
    }

    func add(chains: [Row], notes: [String] = []) {
        state.withLock { state in
            state.chains += chains
            for note in notes where !state.notes.contains(note) { state.notes.append(note) }
        }
        show(chains, ["ARC", "result"], notes)
        record()
    }

    private func show(_ rows: [Row], _ header: [String], _ notes: [String]) {
        let lines = [header] + rows.map { [$0.title] + $0.cells }
        let widths = header.indices.map { column in lines.map { $0[column].count }.max()! }
        let text = lines.map { line in
            zip(line, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }.joined(separator: "  ")
        }
        print((text + notes.map { "  * \($0)" }).joined(separator: "\n"))
    }

    private func record() {
        guard ProcessInfo.processInfo.environment["RECORD"] == "1" else { return }
        let state = state.withLock { $0 }
        // A page with a part of the peers would say too little.
        guard state.versions.count == Peer.all.count else { return }
        func table(_ header: [String], _ rows: [Row]) -> String {
            ([header, header.map { _ in "---" }] + rows.sorted { $0.title < $1.title }.map { [$0.title] + $0.cells })
                .map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n")
        }
        let text = """
            # Interoperability

            What we sign is verified by others, and what they sign by us. `Tests/InteroperabilityTests` runs this matrix
            in CI; `RECORD=1 swift test --filter InteroperabilityTests` wrote this page.

            \(state.versions.sorted().map { "- \($0)" }.joined(separator: "\n"))

            ## DKIM

            A cell counts the messages that pass, of \(Sample.all.count):
            \(Sample.all.map(\.name).joined(separator: ", ")).
            `dual` is an RSA and an Ed25519 signature on one message, which both have to pass;
            `RSA of 10` says that the verifier knows no Ed25519, and the RSA signature of these messages passes. In each
            way of signing a message was also changed in one letter, and then passed nowhere.

            \(table(["signer → verifier, key"] + Self.columns, state.rows))

            ## ARC

            \(table(["chain", "messages whose chain passes"], state.chains))

            ## Where a cell is not full

            \(state.notes.sorted().map { "- \($0)" }.joined(separator: "\n"))

            """
        try? Data(text.utf8).write(to: Self.page)
    }
}
