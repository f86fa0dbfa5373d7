package import Keys

/// The hash of a node of the log's Merkle tree (RFC 6962 §2.1).
package typealias TreeHash = SHA256Digest
