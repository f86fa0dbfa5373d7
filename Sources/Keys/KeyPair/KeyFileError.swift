/// Why a private key file cannot be used. No case holds, and no text shows, anything of the key.
package enum KeyFileError: Error, Sendable, Equatable {
    package enum Form: Sendable, Equatable {
        case openSSH, pem
    }

    /// Neither PEM nor OpenSSH's form.
    case notAKey
    /// A public key, by the way it begins.
    case publicKey
    case encrypted(Form)
    case severalKeys
    /// A kind of key that is not read, by its name.
    case unsupportedType(String)
    /// It begins like a key, and something in it does not fit.
    case damaged
}

extension KeyFileError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .notAKey:
            "is neither a PEM private key (PKCS#8) nor an OpenSSH private key; `ssh-keygen -t ed25519` makes one"
        case .publicKey:
            "holds a public key; give the private key's file, which has the same name without .pub"
        case .encrypted(.openSSH):
            """
            is encrypted with a passphrase, which Signet does not ask for; decrypt a copy that only you can read: \
            `cp -p KEY COPY`, then `ssh-keygen -p -N '' -f COPY`
            """
        case .encrypted(.pem):
            """
            is encrypted with a passphrase, which Signet does not ask for; decrypt a copy that only you can read: \
            `openssl pkey -in KEY -out COPY`
            """
        case .severalKeys: "holds several keys; give a file with one"
        case .unsupportedType(let type):
            "holds a key of type \(type); an Ed25519 key is needed: `ssh-keygen -t ed25519`"
        case .damaged: "begins like a private key, and what follows is cut or damaged"
        }
    }
}
