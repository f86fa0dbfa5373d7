package import Diagnostics

/// YAML bytes in, typed manifest out, with everything that is wrong found in one run.
///
/// Pure: it reads no file and follows no reference. Whatever the bytes, it returns; how much it may take on the way is
/// `ManifestLimits`.
package struct ManifestLoader: Sendable {
    private let limits: ManifestLimits

    package init(limits: ManifestLimits = .standard) {
        self.limits = limits
    }

    /// Merges the files of one manifest, in the order of their paths.
    package func load(_ files: [SourceFile]) -> ManifestLoadResult {
        let files = Self.inOrder(files)
        var sink = FindingSink()
        var arena = NodeArena()
        var roots: [Int32] = []
        var syntaxErrorLines: [UInt16: UInt32] = [:]
        var repairedLines: Set<UInt32> = []
        var isComplete = true
        if isWithinLimits(files, &sink) {
            for (index, file) in files.enumerated() {
                let number = UInt16(index)
                guard let scanned = SourceScan.octets(of: file, index: number, &sink) else {
                    isComplete = false
                    continue
                }
                repairedLines.formUnion(scanned.repairedLines)
                var builder = YAMLTreeBuilder(file: number, limits: limits, repairedLines: scanned.repairedLines)
                if let root = builder.build(scanned.octets, into: &arena, &sink) { roots.append(root) }
                if builder.wasCut { isComplete = false }
                syntaxErrorLines[number] = builder.syntaxErrorLine
            }
        } else {
            isComplete = false
        }
        let hasRepairs = !repairedLines.isEmpty
        let nodeCount = arena.nodes.count
        let aliasNodeCount = arena.aliasNodes
        // Without a file there is nothing to miss anything in; the caller says that it found none.
        var reader = ManifestReader(
            arena: arena, sink: sink, isComplete: isComplete && !files.isEmpty, hasRepairs: hasRepairs)
        reader.read(roots)
        ManifestRules.check(reader.draft, &reader.sink)
        let collector = reader.sink.collector
        var shown = files
        if !collector.diagnostics.isEmpty {
            let secrets = SecretPlaces.find(
                in: files, for: collector.diagnostics, arena: arena, syntaxErrorLines: syntaxErrorLines)
            for index in shown.indices { shown[index].secrets = secrets[index] }
        }
        var manifest: Manifest?
        if !collector.hasErrors, !files.isEmpty {
            manifest = reader.draft.manifest
            manifest?.files = shown
        }
        return ManifestLoadResult(
            manifest: manifest, diagnostics: collector.diagnostics, files: shown,
            omittedDiagnostics: collector.omitted, nodeCount: nodeCount, aliasNodeCount: aliasNodeCount)
    }

    /// By path, octet by octet, so that neither locale nor file system decides.
    package static func inOrder(_ files: [SourceFile]) -> [SourceFile] {
        files.sorted { $0.path.utf8.lexicographicallyPrecedes($1.path.utf8) }
    }

    private func isWithinLimits(_ files: [SourceFile], _ sink: inout FindingSink) -> Bool {
        // A span has 16 bits for the file.
        let filesMax = min(limits.files, Int(UInt16.max))
        if files.count > filesMax {
            sink.report(
                .filesLimit, at: nil, label: "there are \(files.count) files",
                notes: ["the limit `files` is \(filesMax)"], helps: ["keep other YAML files in another folder"])
            return false
        }
        var total = 0
        var isWithin = true
        for (index, file) in files.enumerated() {
            total += file.bytes.count
            guard file.bytes.count > limits.fileBytes else { continue }
            sink.report(
                .fileLimit, at: SourceSpan(file: UInt16(index), startLine: 0, startColumn: 0, endLine: 0, endColumn: 0),
                label: "the file has \(file.bytes.count) octets",
                notes: ["the limit `fileBytes` is \(limits.fileBytes)"],
                helps: ["split it: the files of a folder are merged"])
            isWithin = false
        }
        if isWithin, total > limits.totalBytes {
            sink.report(
                .totalLimit, at: nil, label: "together they have \(total) octets",
                notes: ["the limit `totalBytes` is \(limits.totalBytes)"], helps: ["make several manifests of it"])
            return false
        }
        return isWithin
    }
}

/// What loading gave: a manifest only where there is no error, and everything that was found either way.
package struct ManifestLoadResult: Sendable {
    package var manifest: Manifest?
    package var diagnostics: [Diagnostic]
    /// The files in the order of their paths, which the spans count, with the places marked that no output may quote.
    package var files: [SourceFile]
    /// How many diagnostics were found beyond those kept.
    package var omittedDiagnostics: Int
    /// How many nodes were read, and how many more aliases stand for.
    package var nodeCount: Int
    package var aliasNodeCount: Int

    package var report: DiagnosticReport {
        DiagnosticReport(diagnostics, files: files, omitted: omittedDiagnostics)
    }

    /// Why there is no manifest, as a phrase: the first error. Nil: there is one.
    package var refusal: String? {
        guard manifest == nil else { return nil }
        let found = diagnostics.first { $0.severity == .error }
        return [found?.summary, found?.label].compactMap { $0 }.joined(separator: ": ")
    }
}
