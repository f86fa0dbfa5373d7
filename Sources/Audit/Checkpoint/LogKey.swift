package import Keys

/// Where the log's own key pair lies in the keyring (docs/spec/audit-log.md §4).
package enum LogKey {
    /// A name that RFC 6761 §6.4 keeps out of DNS, so that no domain's key is ever mistaken for it.
    package static let id = KeyID(domain: "log.invalid", selector: "k1")
    package static let algorithm = KeyAlgorithm.ed25519
}
