package import Diagnostics
import Manifest
import Reconcile

extension Signet {
    /// Every code that any output can carry, in their order.
    package static let catalogue: [CatalogueEntry] = (ManifestCatalogue.entries + FindingCatalogue.entries)
        .sorted { $0.code.rawValue < $1.code.rawValue }

    /// The entry of a code, in either case; nil if there is none.
    package func explain(_ code: String) -> CatalogueEntry? {
        let wanted = code.uppercased()
        return Self.catalogue.first { $0.code.rawValue == wanted }
    }
}
