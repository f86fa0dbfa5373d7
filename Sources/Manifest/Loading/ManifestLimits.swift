/// How much a manifest may ask of the loader. Each bound has a code of its own, whose message names bound and value.
///
/// The standard values leave room for a million short domains and keep the loader below 1 GB whatever the bytes.
package struct ManifestLimits: Sendable, Equatable {
    /// Octets of one file. Whoever reads files checks it before reading; the loader checks it again.
    package var fileBytes: Int
    /// Octets of all files together.
    package var totalBytes: Int
    /// Files in a folder.
    package var files: Int
    /// Mappings and lists inside each other; the manifest's own shape needs 6.
    package var depth: Int
    /// Keys, values and lists of all files together.
    package var nodes: Int
    /// Nodes that aliases stand for, counted as if each were written out.
    package var aliasNodes: Int
    /// Octets of one key or value.
    package var scalarBytes: Int
    /// Documents in one file.
    package let documents = 1

    package init(
        fileBytes: Int = 32 << 20, totalBytes: Int = 64 << 20, files: Int = 1_000, depth: Int = 32,
        nodes: Int = 8_000_000, aliasNodes: Int = 100_000, scalarBytes: Int = 65_536
    ) {
        self.fileBytes = fileBytes
        self.totalBytes = totalBytes
        self.files = files
        self.depth = depth
        self.nodes = nodes
        self.aliasNodes = aliasNodes
        self.scalarBytes = scalarBytes
    }

    package static let standard = ManifestLimits()
}
