package import DNS

/// The domains that report URIs lead to.
package enum ReportAddress {
    /// Of `mailto:` URIs (RFC 9990 §2.1), with or without a size limit; others are passed over.
    package static func domains(of uris: [String]) -> [DomainName] {
        uris.compactMap { uri in
            let scheme = "mailto:"
            guard uri.lowercased().hasPrefix(scheme) else { return nil }
            let address = uri.dropFirst(scheme.count).prefix { $0 != "!" && $0 != "?" }
            guard let at = address.lastIndex(of: "@") else { return nil }
            return try? DomainName(String(address[address.index(after: at)...]))
        }
    }
}
