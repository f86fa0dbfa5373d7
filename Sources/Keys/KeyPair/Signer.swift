import COpenSSL

/// Makes signatures with one private key, and gives away nothing else of it.
///
/// The key is parsed once. Any number of threads may sign at the same time.
public final class Signer: Sendable {
    package let algorithm: KeyAlgorithm
    public let publicKey: PublicKey
    private let key: PrivateKey

    init(_ key: PrivateKey) {
        self.key = key
        algorithm = key.algorithm
        publicKey = key.publicKey
    }

    /// From an unencrypted PEM private key: RSA of 2048, 3072 or 4096 bits, or Ed25519.
    public convenience init(pem: [UInt8]) throws(KeyringError) {
        self.init(try PrivateKey(pem: pem))
    }

    /// From the file that `ssh-keygen -t ed25519` writes, without a passphrase.
    package convenience init(openSSH text: [UInt8]) throws(KeyFileError) {
        self.init(try OpenSSHPrivateKey.read(text))
    }

    /// From a private key file in either form, OpenSSH's or PEM: which one, and what is wrong with it, is told apart here.
    package convenience init(keyFile text: [UInt8]) throws(KeyFileError) {
        func begins(_ words: String) -> Bool {
            text.split(separator: UInt8(ascii: "\n")).contains { $0.starts(with: words.utf8) }
        }
        if begins(OpenSSHPrivateKey.beginning) {
            try self.init(openSSH: text)
            return
        }
        // RFC 7468 §11, and the older form of RFC 1421 §4.6.1.1 that OpenSSL still reads.
        guard !begins("-----BEGIN ENCRYPTED PRIVATE KEY-----"), !begins("Proc-Type: 4,ENCRYPTED") else {
            throw .encrypted(.pem)
        }
        guard !begins("ssh-"), !begins("-----BEGIN PUBLIC KEY-----") else { throw .publicKey }
        guard begins("-----BEGIN ") else { throw .notAKey }
        let key: PrivateKey
        do { key = try PrivateKey(pem: text) } catch { throw .damaged }
        self.init(key)
    }

    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2), or PureEdDSA (RFC 8032 §5.1), over the message.
    public func sign(_ message: [UInt8]) throws(KeyringError) -> [UInt8] {
        switch publicKey.kind {
        case .rsa: try sign(SHA256.hash(message))
        case .ed25519: try signOctets(message)
        }
    }

    /// For RSA as if over the message that it is the SHA-256 digest of; for Ed25519 over the digest's 32 octets, as
    /// DKIM's `ed25519-sha256` wants (RFC 8463 §3).
    public func sign(_ digest: SHA256Digest) throws(KeyringError) -> [UInt8] {
        try signOctets(digest.octets)
    }

    private func signOctets(_ octets: [UInt8]) throws(KeyringError) -> [UInt8] {
        let octetsMax = publicKey.modulusBits.map { $0 / 8 } ?? 64
        var result: Int32 = 0
        let signature = [UInt8](unsafeUninitializedCapacity: octetsMax) { buffer, count in
            var written = octetsMax
            result = octets.withUnsafeBufferPointer { key.handle.sign($0, into: buffer.baseAddress, count: &written) }
            count = result == 1 ? written : 0
        }
        guard result == 1 else { throw .cryptography(OpenSSL.takeError()) }
        return signature
    }
}

extension Signer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "signer (\(algorithm.rawValue))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
