import Audit
import FoundationEssentials
import Keys
import Operations

/// Entries of the log.
struct AuditQueryView: View {
    var page: LogPage

    func human(_ style: Style) -> String {
        guard !page.records.isEmpty else { return "No entry matches.\n" }
        var text = Page()
        for record in page.records { for line in LogRecordText.lines(record, style) { text.line(line) } }
        if page.hasOlder {
            let count = String.counted(page.records.count, "entry", "entries")
            text.line("\(count) shown; older ones match too: --limit, --until")
        }
        return text.text
    }

    func json() -> JSONValue {
        ["entries": .array(page.records.map(LogRecordText.json)), "has_older": .bool(page.hasOlder)]
    }

    func markdown() -> String {
        guard !page.records.isEmpty else { return "### Signet log\n\nNo entry matches.\n" }
        return "### Signet log\n\n" + LogRecordText.markdown(page.records)
            + (page.hasOlder ? "\nOlder entries match too.\n" : "")
    }
}

/// What a check of the whole log found.
struct AuditCheckView: View {
    var report: AuditCheckReport

    private var size: String { String.counted(Int(report.check.head.size), "entry", "entries") }

    private var lines: [String] {
        let check = report.check
        var lines = [
            "The log holds: \(size), root \(check.head.root.hex)",
            "\(String.counted(Int(check.openings), "personal value")) opened, \(check.erased) erased",
        ]
        if let key = check.head.key { lines.append("key \(key)") }
        if let older = report.continues {
            lines.append("continues the checkpoint of \(String.counted(Int(older.size), "entry", "entries"))")
        }
        for place in check.lost {
            lines.append(
                "entry \(place.index) lost its personal value \(place.number), and no entry says that it was erased")
        }
        return lines
    }

    func human(_ style: Style) -> String { lines.map { style.safe($0) + "\n" }.joined() }

    func json() -> JSONValue {
        let check = report.check
        return [
            "holds": true, "size": .number(Int(check.head.size)), "root": .string(check.head.root.description),
            "key": JSONValue(check.head.key?.description), "checkpoint": JSONValue(check.head.checkpoint),
            "openings": .number(Int(check.openings)), "erased": .number(Int(check.erased)),
            "lost": .array(
                check.lost.map { ["index": .number(Int($0.index.rawValue)), "number": .number($0.number)] }),
            "continues": report.continues.map { .number(Int($0.size)) } ?? .null,
        ]
    }

    func markdown() -> String { "### Signet audit verify\n\n" + MarkdownText.fenced(lines.map(Style.plain.safe)) }
}

/// What a bundle proves.
struct AuditBundleView: View {
    var result: BundleVerifier.Result

    private var summary: [String] {
        let count = String.counted(result.records.count, "entry", "entries")
        var lines = [
            result.isWhole
                ? "The bundle holds: all \(count) of the log"
                : "The bundle holds: \(count) of a log of \(result.checkpoint.size)",
            "signed by \(result.checkpoint.origin), root \(result.checkpoint.root.hex)",
        ]
        if let older = result.continues {
            lines.append("continues the checkpoint of \(String.counted(Int(older.size), "entry", "entries"))")
        }
        if !result.isKeyKnown {
            lines.append("the key is the one that the bundle itself names: compare it, or give --key")
        }
        return lines
    }

    func human(_ style: Style) -> String {
        var page = Page()
        for line in summary { page.line(style.safe(line)) }
        page.gap()
        for record in result.records { for line in LogRecordText.lines(record, style) { page.line(line) } }
        return page.text
    }

    func json() -> JSONValue {
        [
            "holds": true, "whole": .bool(result.isWhole), "key_known": .bool(result.isKeyKnown),
            "origin": .string(result.checkpoint.origin), "size": .number(Int(result.checkpoint.size)),
            "root": .string(result.checkpoint.root.description),
            "continues": result.continues.map { .number(Int($0.size)) } ?? .null,
            "entries": .array(result.records.map(LogRecordText.json)),
        ]
    }

    func markdown() -> String {
        "### Signet audit verify\n\n" + MarkdownText.fenced(summary.map(Style.plain.safe)) + "\n"
            + LogRecordText.markdown(result.records)
    }
}

/// What a bundle in lines proves. Its entries are too many to show.
struct AuditLinesView: View {
    var result: AuditLinesVerifier.Result

    private var lines: [String] {
        let count = String.counted(Int(result.entries), "entry", "entries")
        var lines = [
            result.isWhole
                ? "The file holds: all \(count) of the log"
                : "The file holds: \(count) of a log of \(result.checkpoint.size)",
            "signed by \(result.checkpoint.origin), root \(result.checkpoint.root.hex)",
            "\(String.counted(Int(result.openings), "personal value")) opened",
        ]
        if let older = result.continues {
            lines.append("continues the checkpoint of \(String.counted(Int(older.size), "entry", "entries"))")
        }
        if !result.isKeyKnown {
            lines.append("the key is the one that the file itself names: compare it, or give --key")
        }
        return lines
    }

    func human(_ style: Style) -> String { lines.map { style.safe($0) + "\n" }.joined() }

    func json() -> JSONValue {
        [
            "holds": true, "whole": .bool(result.isWhole), "key_known": .bool(result.isKeyKnown),
            "origin": .string(result.checkpoint.origin), "size": .number(Int(result.checkpoint.size)),
            "root": .string(result.checkpoint.root.description),
            "continues": result.continues.map { .number(Int($0.size)) } ?? .null,
            "exported": .number(Int(result.entries)), "openings": .number(Int(result.openings)),
        ]
    }

    func markdown() -> String { "### Signet audit verify\n\n" + MarkdownText.fenced(lines.map(Style.plain.safe)) }
}

/// One entry's proof.
struct AuditProofView: View {
    var proof: AuditProof

    private var leafHash: TreeHash { MerkleTree.leafHash(proof.record.leaf) }

    func human(_ style: Style) -> String {
        var page = Page()
        for line in LogRecordText.lines(proof.record, style) { page.line(line) }
        page.gap()
        page.line("leaf hash  \(leafHash.hex)")
        for hash in proof.hashes { page.line("           \(hash.hex)") }
        page.line("root       \(proof.checkpoint.root.hex) of \(proof.checkpoint.size)")
        page.line("key        \(proof.key)")
        page.gap()
        for line in proof.note.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
            page.line(style.safe(String(line)))
        }
        return page.text
    }

    func json() -> JSONValue {
        [
            "entry": LogRecordText.json(proof.record),
            "leaf": .string(String(decoding: proof.record.leaf, as: UTF8.self)),
            "leaf_hash": .string(leafHash.description), "proof": .array(proof.hashes.map { .string($0.description) }),
            "size": .number(Int(proof.checkpoint.size)), "root": .string(proof.checkpoint.root.description),
            "checkpoint": .string(proof.note), "key": .string(proof.key.description),
        ]
    }

    func markdown() -> String {
        "### Signet audit prove\n\n" + MarkdownText.fenced(human(.plain).split(separator: "\n").map(String.init))
    }
}

struct AuditExportView: View {
    var report: AuditExportReport

    private var lines: [String] {
        var lines = [
            "\(report.path): \(String.counted(report.entries, "entry", "entries")) of a log of \(report.checkpoint.size)",
            "key \(report.key): give it to the auditor on another way than the bundle",
        ]
        if report.hasOlder { lines.append("older entries match too: --all exports them as well") }
        return lines
    }

    func human(_ style: Style) -> String { lines.map { style.safe($0) + "\n" }.joined() }

    func json() -> JSONValue {
        [
            "path": .string(report.path), "exported": .number(report.entries), "has_older": .bool(report.hasOlder),
            "size": .number(Int(report.checkpoint.size)), "root": .string(report.checkpoint.root.description),
            "key": .string(report.key.description),
        ]
    }

    func markdown() -> String { "### Signet audit export\n\n" + MarkdownText.fenced(lines.map(Style.plain.safe)) }
}

struct AuditErasureView: View {
    var erasure: Erasure

    private var line: String { erased + kept }

    /// Ours: how many messages are named in words.
    private static let namedMax = 20

    private var kept: String {
        let messages = erasure.unfinished
        guard !messages.isEmpty else { return "" }
        let more = messages.count > Self.namedMax ? " and \(messages.count - Self.namedMax) more" : ""
        return " Kept by \(String.counted(messages.count, "message")) that may still be sent: "
            + messages.prefix(Self.namedMax).joined(separator: ", ") + more
            + ". Erase once more when they are over (signet outbox list)."
    }

    private var erased: String {
        let rows = erasure.outboxRows
        guard !erasure.places.isEmpty || rows > 0 else {
            return erasure.unfinished.isEmpty ? "Nothing matches: nothing was erased." : "Nothing was erased."
        }
        let outbox = rows == 0 ? "" : " Blanked \(String.counted(rows, "row")) of finished messages in the outbox."
        guard !erasure.places.isEmpty else { return "The log holds no such value." + outbox }
        let entries = Set(erasure.places.map(\.index)).count
        let recorded = erasure.entries.map(\.description).joined(separator: ", ")
        return "Erased \(String.counted(erasure.places.count, "personal value")) of "
            + "\(String.counted(entries, "entry", "entries")); entry \(recorded) says so." + outbox
    }

    func human(_ style: Style) -> String { style.safe(line) + "\n" }

    func json() -> JSONValue {
        [
            "erased": .number(erasure.places.count),
            "places": .array(
                erasure.places.map { ["index": .number(Int($0.index.rawValue)), "number": .number($0.number)] }),
            "recorded_in": .array(erasure.entries.map { .number(Int($0.rawValue)) }),
            "outbox_rows": .number(erasure.outboxRows),
            "unfinished": .array(erasure.unfinished.map { .string($0) }),
        ]
    }

    func markdown() -> String { "### Signet audit erase\n\n\(line)\n" }
}
