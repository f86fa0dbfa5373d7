/// The house as docs/ARCHITECTURE.md draws it: which target may import which. The table there is the only copy.
struct House {
    struct Target: Equatable {
        var name: String
        var isCore: Bool
        var imports: Set<String>
    }

    /// Swift's own modules, which any target may import. Foundation and FoundationNetworking are not among them: they
    /// cost milliseconds at every start (decision 0001).
    static let languageModules: Set<String> = ["Swift", "FoundationEssentials", "Glibc", "Synchronization"]

    /// The table's rows from top to bottom; a row may name several targets.
    var rows: [[Target]]

    var targets: [String: Target] {
        Dictionary(uniqueKeysWithValues: rows.joined().map { ($0.name, $0) })
    }

    enum Problem: Error, Equatable {
        case noTable
        case unreadableRow(String)
    }

    /// Reads the first table whose header begins with `target`: name, layer, purpose, imports. Names stand in
    /// backquotes; `all above` in the imports means every target of the rows before.
    init(document: String) throws {
        let rows = document.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { !$0.hasPrefix("| target ") }.prefix { $0.hasPrefix("|") }.dropFirst(2)
        guard !rows.isEmpty else { throw Problem.noTable }
        self.rows = []
        for row in rows {
            let cells = row.split(separator: "|").map { $0.trimmed }
            guard cells.count == 4 else { throw Problem.unreadableRow(String(row)) }
            var imports = Set(cells[3].backquoted)
            if cells[3].contains("all above") { imports.formUnion(targets.keys) }
            self.rows.append(
                cells[0].backquoted.map { Target(name: $0, isCore: cells[1] == "core", imports: imports) })
        }
    }

    /// Modules that are no targets, and that the table grants by name.
    static let products: Set<String> = [
        "ArgumentParser", "Dispatch", "Hummingbird", "HummingbirdCore", "HummingbirdTLS", "HTTPTypes", "Logging",
        "NIOCore", "NIOHTTP1", "NIOHTTPTypes", "NIOSSL", "ServiceLifecycle",
    ]

    /// Imports in the table that no row above has introduced: typing errors, ways up, and circles.
    var unfoundedImports: [String] {
        var seen = Self.products
        var found: [String] = []
        for row in rows {
            for target in row { found += target.imports.subtracting(seen).map { "\(target.name): \($0)" } }
            seen.formUnion(row.map(\.name))
        }
        return found.sorted()
    }
}

extension Substring {
    fileprivate var trimmed: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

extension String {
    /// The words between backquotes.
    fileprivate var backquoted: [String] {
        split(separator: "`", omittingEmptySubsequences: false).enumerated().filter { $0.offset % 2 == 1 }
            .map { String($0.element) }
    }
}
