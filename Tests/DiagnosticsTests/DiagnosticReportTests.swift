import Diagnostics
import Testing

@Suite("Diagnostic reports")
struct DiagnosticReportTests {
    private let files = [
        SourceFile(path: "a.yaml", bytes: Array("one\ntwo\n".utf8)),
        SourceFile(path: "b.yaml", bytes: Array("three\n".utf8)),
    ]

    private func diagnostic(
        _ code: Diagnostic.Code, _ severity: Diagnostic.Severity = .error, file: UInt16 = 0, line: UInt32 = 0,
        column: UInt32 = 0
    ) -> Diagnostic {
        Diagnostic(
            code, severity, "Summary",
            at: SourceSpan(file: file, startLine: line, startColumn: column, endLine: line, endColumn: column + 1))
    }

    @Test("By file, line, column, severity; what has no place first")
    func order() {
        let report = DiagnosticReport(
            [
                diagnostic("F00001", file: 1), diagnostic("E00001", line: 1), diagnostic("D00001", column: 2),
                diagnostic("C00001", .warning), diagnostic("B00001"), Diagnostic("A00001", .error, "Summary"),
            ], files: files)
        #expect(
            report.diagnostics.map(\.code.rawValue) == ["A00001", "B00001", "C00001", "D00001", "E00001", "F00001"])
        #expect(report.errorCount == 5)
        #expect(report.warningCount == 1)
    }

    @Test("Each once")
    func duplicates() {
        let report = DiagnosticReport(
            [diagnostic("A00001"), diagnostic("B00001"), diagnostic("A00001")], files: files)
        #expect(report.diagnostics.map(\.code.rawValue) == ["A00001", "B00001"])
        #expect(report.omitted == 0)
    }

    @Test("The rest is counted, and errors are kept before warnings")
    func bounded() {
        let found = (0..<150).map { diagnostic("W00001", .warning, line: $0) } + [diagnostic("E00001", line: 999)]
        let report = DiagnosticReport(found, files: files, omitted: 7)
        #expect(report.diagnostics.count == 100)
        #expect(report.diagnostics.last?.code == "E00001")
        #expect(report.omitted == 58)
        #expect(report.text().hasSuffix("1 error, 150 warnings; 58 more not shown\n"))
        #expect(DiagnosticReport([], files: files).text() == "")
    }

    @Test("JSON has every key, always")
    func json() {
        var first = diagnostic("A00001", file: 1)
        first.label = "here"
        first.related = [.init(span: diagnostic("A00001").span!, label: "there")]
        first.helps = ["mend it"]
        let report = DiagnosticReport([first, Diagnostic("B00001", .warning, "No place")], files: files)
        #expect(
            report.json() == """
                {
                  "diagnostics" : [
                    {
                      "code" : "B00001",
                      "column" : null,
                      "endColumn" : null,
                      "endLine" : null,
                      "helps" : [

                      ],
                      "label" : null,
                      "line" : null,
                      "notes" : [

                      ],
                      "path" : null,
                      "related" : [

                      ],
                      "severity" : "warning",
                      "summary" : "No place"
                    },
                    {
                      "code" : "A00001",
                      "column" : 1,
                      "endColumn" : 2,
                      "endLine" : 1,
                      "helps" : [
                        "mend it"
                      ],
                      "label" : "here",
                      "line" : 1,
                      "notes" : [

                      ],
                      "path" : "b.yaml",
                      "related" : [
                        {
                          "column" : 1,
                          "endColumn" : 2,
                          "endLine" : 1,
                          "label" : "there",
                          "line" : 1,
                          "path" : "a.yaml"
                        }
                      ],
                      "severity" : "error",
                      "summary" : "Summary"
                    }
                  ],
                  "omitted" : 0
                }

                """)
    }

    @Test("The collector stops keeping, not counting")
    func collector() {
        var collector = DiagnosticCollector()
        for line in 0..<1_200 { collector.add(diagnostic("A00001", .warning, line: UInt32(line))) }
        #expect(collector.diagnostics.count == DiagnosticCollector.keptMax)
        #expect(collector.omitted == 200)
        #expect(!collector.hasErrors)
        collector.countOmitted(.error)
        #expect(collector.hasErrors)
        #expect(collector.omitted == 201)
    }
}
