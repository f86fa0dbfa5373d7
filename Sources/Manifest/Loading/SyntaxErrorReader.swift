import CLibYAML
import Diagnostics

/// Words libyaml's errors for a reader. libyaml names the token that it missed; the user needs to know what to change.
enum SyntaxErrorReader {
    /// Reports why the parser stopped.
    static func report(
        _ parser: yaml_parser_t, octets: UnsafeBufferPointer<UInt8>, file: UInt16, _ sink: inout FindingSink
    ) {
        let problem = parser.problem.map { String(cString: $0) } ?? "out of memory"
        let line = UInt32(truncatingIfNeeded: parser.problem_mark.line)
        let column = UInt32(truncatingIfNeeded: parser.problem_mark.column)
        let tabs = indentingTabs(in: octets, file: file)
        if problem.contains("cannot start any token"), tabs.contains(where: { $0.startLine == line }) {
            for span in tabs.prefix(SourceScan.reportedMax) {
                sink.report(
                    .tab, at: span, label: "YAML allows only blanks here",
                    helps: ["indent by two blanks; `expand -i -t 2` turns leading tabs into blanks"])
            }
            return
        }
        var span = SourceSpan(file: file, startLine: line, startColumn: column, endLine: line, endColumn: column + 1)
        var related: [Diagnostic.Related] = []
        let context = parser.context.map { String(cString: $0) } ?? ""
        let contextLine = UInt32(truncatingIfNeeded: parser.context_mark.line)
        var label = problem
        if !context.isEmpty, contextLine < line {
            let contextColumn = UInt32(truncatingIfNeeded: parser.context_mark.column)
            let start = SourceSpan(
                file: file, startLine: contextLine, startColumn: contextColumn, endLine: contextLine,
                endColumn: contextColumn + 1)
            if problem.contains("end of stream"), context.contains("quoted scalar") {
                span = start
                label = "this quotation mark is never closed"
            } else {
                related.append(Diagnostic.Related(span: start, label: context))
            }
        }
        sink.report(
            .syntax, at: span, label: label, related: related,
            notes: ["the rest of the file was not read"], helps: [help(problem)])
    }

    private static func help(_ problem: String) -> String {
        if problem.contains("mapping values are not allowed") {
            return "a value that holds `: ` needs quotes; a nested key needs a line of its own, indented further"
        }
        if problem.contains("cannot start any token") {
            return "a value that starts with `@`, a backtick or `%` needs quotes"
        }
        if problem.contains("',' or '}'") { return "close the `{` with `}`, or put a comma between two pairs" }
        if problem.contains("',' or ']'") { return "close the `[` with `]`, or put a comma between two values" }
        if problem.contains("expected key") || problem.contains("block end") {
            return "keys of one mapping start in the same column: compare the indentation with the lines above"
        }
        if problem.contains("expected ':'") { return "a key is followed by `:` and a blank" }
        if problem.contains("end of stream") { return "close it on the same line" }
        if problem.contains("block sequence entries") || problem.contains("'-' indicator") {
            return "items of a list start with `- `, all in the same column, on lines of their own"
        }
        if problem.contains("escape") { return "write a backslash in double quotes as `\\\\`, or use single quotes" }
        return "look at the characters before the mark"
    }

    /// The tabs that stand before anything else on their line.
    private static func indentingTabs(in octets: UnsafeBufferPointer<UInt8>, file: UInt16) -> [SourceSpan] {
        var spans: [SourceSpan] = []
        var line: UInt32 = 0
        var column: UInt32 = 0
        var isIndentation = true
        var firstTab: UInt32?
        for octet in octets {
            switch octet {
            case 0x0A:
                line += 1
                column = 0
                isIndentation = true
                firstTab = nil
                continue
            case 0x09 where isIndentation:
                if firstTab == nil { firstTab = column }
            case 0x20 where isIndentation, 0x0D:
                break
            default:
                if isIndentation, let tab = firstTab, octet != UInt8(ascii: "#") {
                    spans.append(
                        SourceSpan(file: file, startLine: line, startColumn: tab, endLine: line, endColumn: column))
                    if spans.count >= SourceScan.reportedMax { return spans }
                }
                isIndentation = false
            }
            column += 1
        }
        return spans
    }
}
