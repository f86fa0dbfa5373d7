import Diagnostics
import Manifest

/// Loads a manifest from octets in memory, validation and all.
enum ManifestBenchmark {
    static func run(path: String) {
        guard let octets = file(path) else { return Main.stop("no manifest") }
        let source = SourceFile(path: "manifest.yaml", bytes: octets)
        let start = processorSeconds()
        let loaded = ManifestLoader().load([source])
        let end = processorSeconds()
        guard let manifest = loaded.manifest else { return Main.stop(loaded.report.text()) }
        print(end - start, manifest.domains.count)
    }
}
