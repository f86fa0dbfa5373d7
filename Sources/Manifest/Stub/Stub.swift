package import Diagnostics
package struct ManifestLoadResult { package var manifest: Manifest?; package var diagnostics: [Diagnostic]; package var files: [SourceFile] }
package struct ManifestLoader { package init() {}; package func load(_ files: [SourceFile]) -> ManifestLoadResult { ManifestLoadResult(manifest: nil, diagnostics: [], files: []) } }
package enum ManifestFormatter { package struct F: Error { package var diagnostics: [Diagnostic] }; package static func format(_ f: SourceFile) -> Result<[UInt8], F> { .success([]) } }
package enum ManifestCatalogue { package static let entries: [CatalogueEntry] = [] }
