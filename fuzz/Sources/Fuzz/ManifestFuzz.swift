import Diagnostics
import Manifest

/// YAML from the octets on: loading, the diagnostics in every form, and formatting, which must come to rest.
enum ManifestFuzz {
    static func run(_ octets: [UInt8]) {
        let file = SourceFile(path: "fuzz.yaml", bytes: octets)
        let loaded = ManifestLoader().load([file])
        let report = loaded.report
        promise((loaded.manifest == nil) == report.hasErrors, "there is a manifest exactly where there is no error")
        // Showing mistakes costs more than finding them: of one input in four.
        if octets.count % 4 == 1 {
            _ = report.text(colour: true)
            _ = report.json()
        }
        guard case .success(let formatted) = ManifestFormatter.format(file) else { return }
        let again = ManifestFormatter.format(SourceFile(path: "fuzz.yaml", bytes: formatted))
        promise((try? again.get()) == formatted, "formatting what was formatted changes nothing")
        guard loaded.manifest != nil else { return }
        let reloaded = ManifestLoader().load([SourceFile(path: "fuzz.yaml", bytes: formatted)])
        promise(reloaded.manifest != nil, "formatting keeps a manifest valid")
    }
}
