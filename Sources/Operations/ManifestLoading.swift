import DNS
package import Diagnostics
import FoundationEssentials
import Keys
import Manifest
import Reconcile

/// A manifest as an operation works on it.
struct LoadedManifest: Sendable {
    var manifest: Manifest
    /// With every domain of the files, even where `manifest` was narrowed to some of them.
    var whole: Manifest
    /// By path and content: what a saved plan is bound to.
    var digest: SHA256Digest
    /// Warnings and notes only.
    var diagnostics: [Diagnostic]
    var files: [SourceFile]
    /// The folder that relative paths start from.
    var folder: String
    /// Everything that was declared through the API, whether the manifest has it too or not; empty where nobody looked.
    var declared: [DeclaredDomain] = []
    /// Of the whole manifest, even where `manifest` was narrowed to some of its domains: which reports go to whom.
    var reportRoutes: [DomainName: [ReportRoute]]
}

extension Signet {
    /// Reads and checks; every mistake is a diagnostic of the report.
    package func validate(_ scope: Scope) throws(OperationError) -> ValidateReport {
        let result = ManifestLoader().load(try sourceFiles(scope))
        return ValidateReport(manifest: result.manifest, diagnostics: result.diagnostics, files: result.files)
    }

    /// Writes each file in the one form, or with `check` only says which would change.
    package func format(_ scope: Scope, check: Bool) throws(OperationError) -> FormatReport {
        let files = try sourceFiles(scope)
        var report = FormatReport(files: files)
        for (index, file) in files.enumerated() {
            switch ManifestFormatter.format(file) {
            case .failure(let failure):
                // With the places marked that no output may quote.
                report.files[index] = failure.file
                report.diagnostics += failure.diagnostics.map { diagnostic in
                    var moved = diagnostic
                    moved.span?.file = UInt16(index)
                    return moved
                }
            case .success(let octets) where octets != file.bytes:
                report.changed.append(file.path)
                guard !check else { continue }
                do {
                    try ports.files.write(octets, to: file.path, mode: 0o644, replacing: true)
                } catch {
                    throw .file("\(error)")
                }
            case .success:
                break
            }
        }
        return report
    }

    /// The manifest by itself.
    func load(_ scope: Scope) throws(OperationError) -> LoadedManifest {
        let report = try validate(scope)
        guard let manifest = report.manifest else {
            throw .manifest(report.diagnostics, files: report.files)
        }
        return try LoadedManifest(
            manifest: manifest, whole: manifest, digest: Self.digest(of: report.files), diagnostics: report.diagnostics,
            files: report.files, folder: folder(of: scope), reportRoutes: Survey.reportRoutes(manifest)
        ).narrowed(to: scope.domains)
    }

    /// The path of the state, from the manifest's folder.
    func statePath(_ loaded: LoadedManifest) -> String {
        Self.resolve(loaded.manifest.settings.statePath, in: loaded.folder)
    }

    /// That there is no state file, as one sentence; nil: there is one, or the manifest cannot be read.
    package func stateAbsence(_ scope: Scope) -> String? {
        (try? load(Scope(manifestPath: scope.manifestPath))).flatMap { stateAbsence($0) }
    }

    func stateAbsence(_ loaded: LoadedManifest) -> String? {
        missingStatePath(loaded).map {
            "there is no state file at \($0); `signet apply` makes it, and `settings.state` says where"
        }
    }

    /// Where the state file should be; nil: it is there, or the manifest cannot be read.
    package func missingStatePath(_ scope: Scope) -> String? {
        (try? load(Scope(manifestPath: scope.manifestPath))).flatMap { missingStatePath($0) }
    }

    func missingStatePath(_ loaded: LoadedManifest) -> String? {
        let path = statePath(loaded)
        return ports.files.exists(path) ? nil : path
    }

    func folder(of scope: Scope) -> String {
        if ports.files.isFolder(scope.manifestPath) { return scope.manifestPath }
        guard let slash = scope.manifestPath.lastIndex(of: "/") else { return "." }
        return slash == scope.manifestPath.startIndex ? "/" : String(scope.manifestPath[..<slash])
    }

    static func resolve(_ path: String, in folder: String) -> String {
        path.hasPrefix("/") || folder == "." ? path : "\(folder)/\(path)"
    }

    private func sourceFiles(_ scope: Scope) throws(OperationError) -> [SourceFile] {
        do {
            return try ports.files.manifestFiles(at: scope.manifestPath).map {
                SourceFile(path: $0.path, bytes: $0.octets)
            }
        } catch {
            throw .file("\(error)")
        }
    }

    /// As `LoadedManifest.digest`, whatever the files hold.
    func manifestDigest(_ scope: Scope) throws(OperationError) -> SHA256Digest {
        Self.digest(of: ManifestLoader.inOrder(try sourceFiles(scope)))
    }

    /// Lengths stand before texts, so that no two lists of files have the same bytes.
    private static func digest(of files: [SourceFile]) -> SHA256Digest {
        var hash = SHA256()
        for file in files {
            // The name alone: the same manifest checked out elsewhere is the same manifest.
            let name = Array((file.path.split(separator: "/").last ?? "").utf8)
            hash.update(Array("\(name.count) \(file.bytes.count)\n".utf8))
            hash.update(name)
            hash.update(file.bytes)
        }
        return hash.finish()
    }
}

package struct FormatReport: Sendable {
    /// The paths that were, or with `check` would be, rewritten.
    package var changed: [String]
    package var diagnostics: [Diagnostic]
    package var files: [SourceFile]

    package init(changed: [String] = [], diagnostics: [Diagnostic] = [], files: [SourceFile]) {
        self.changed = changed
        self.diagnostics = diagnostics
        self.files = files
    }
}
