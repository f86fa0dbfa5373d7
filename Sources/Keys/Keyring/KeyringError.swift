/// Why a key could not be made, opened or used. No case holds, and no text shows, any secret.
public enum KeyringError: Error, Sendable, Equatable {
    /// The key-encryption key's text is not one.
    case malformedKeyEncryptionKey(characterCount: Int)
    /// The keyring was sealed under another key-encryption key; the name of a key that shows it.
    case wrongKeyEncryptionKey(key: String)
    /// The sealed octets of this key have been changed, cut, or moved from another key.
    case damagedKey(key: String)
    /// Sealed in a format that this version does not know.
    case unknownFormat(key: String, version: UInt8)
    case noSuchKey(key: String)
    /// The store's own error, as text.
    case store(String)
    /// OpenSSL's reason.
    case cryptography(String)
}

extension KeyringError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .malformedKeyEncryptionKey(let count):
            """
            the key-encryption key is neither 64 hexadecimal digits nor the base64 form of 32 octets \
            (it has \(count) characters); make one with `openssl rand -hex 32`
            """
        case .wrongKeyEncryptionKey:
            """
            the key-encryption key is not the one that sealed the keyring; give the key that it was made with \
            (settings.keyring.key), or point at the state file that belongs to it
            """
        case .damagedKey(let key):
            """
            the sealed private key of \(key) is damaged; restore the state file from a backup, and remove its -wal and -shm \
            files first, or rotate this key
            """
        case .unknownFormat(let key, let version):
            "the sealed private key of \(key) is in format \(version), which this version does not know; upgrade signet"
        case .noSuchKey(let key):
            "the keyring has no key \(key); run apply, which generates it"
        case .store(let reason):
            "the key store failed: \(reason)"
        case .cryptography(let reason):
            "OpenSSL failed: \(reason)"
        }
    }
}
