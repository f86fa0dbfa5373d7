/// Every use case, once: the doors (CLI, later HTTP and MCP) call these and nothing below them.
package struct Signet: Sendable {
    /// As every door tells it.
    package static let version = "0.1.0"

    package let ports: Ports
    package init(ports: Ports) { self.ports = ports }
}

/// Which manifest, and which of its domains.
package struct Scope: Sendable {
    /// A file or folder.
    package var manifestPath: String
    /// Only these; empty: all.
    package var domains: [String]

    package init(manifestPath: String, domains: [String] = []) {
        self.manifestPath = manifestPath
        self.domains = domains
    }
}
