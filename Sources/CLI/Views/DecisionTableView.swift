import SendGate

/// The decision tables. In JSON, a row is one letter of `rows`, an index into `codes`; the last axis moves fastest.
struct DecisionTableView: View {
    var tables: [DecisionTable]

    /// Letters for codes; a table has fewer codes than there are of them.
    private static let letters = Array("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)

    func human(_ style: Style) -> String {
        var page = Page()
        for table in tables {
            page.gap()
            page.line(style.paint("\(table.name): \(String.counted(table.results.count, "row"))", .strong))
            for axis in table.axes {
                page.line("\(axis.name.padded(12)) \(axis.values.joined(separator: ", "))", indent: 2)
            }
            page.gap()
            for (code, count) in counts(table) { page.line("\(String(count).leftPadded(8))  \(code)", indent: 2) }
        }
        return page.text
    }

    func json() -> JSONValue {
        [
            "tables": .array(
                tables.map { table in
                    let codes = Set(table.results).sorted()
                    precondition(codes.count <= Self.letters.count, "a letter for each code")
                    let letters = Dictionary(uniqueKeysWithValues: zip(codes, Self.letters))
                    return [
                        "name": .string(table.name),
                        "axes": .array(
                            table.axes.map {
                                ["name": .string($0.name), "values": .array($0.values.map { .string($0) })]
                            }),
                        "codes": .array(codes.map { .string($0) }),
                        "rows": .string(String(decoding: table.results.map { letters[$0]! }, as: UTF8.self)),
                    ]
                })
        ]
    }

    func markdown() -> String {
        tables.map { table in
            "### \(table.name)\n\n"
                + MarkdownText.table(
                    ["axis", "values"], table.axes.map { [$0.name, $0.values.joined(separator: ", ")] })
                + "\n" + MarkdownText.table(["decision", "rows"], counts(table).map { [$0, String($1)] })
        }
        .joined(separator: "\n")
    }

    private func counts(_ table: DecisionTable) -> [(code: String, count: Int)] {
        var counts: [String: Int] = [:]
        for code in table.results { counts[code, default: 0] += 1 }
        return counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}

extension String {
    fileprivate func leftPadded(_ width: Int) -> String {
        String(repeating: " ", count: max(0, width - count)) + self
    }
}
