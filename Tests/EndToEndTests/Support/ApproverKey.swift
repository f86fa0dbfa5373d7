import Foundation
import TestSupport

extension Workspace {
    /// A new Ed25519 key in this PEM file, made by OpenSSL, and its public half in base64 as a manifest has it.
    func makeApproverKey(_ file: String) throws -> String {
        let script =
            #"openssl genpkey -algorithm ed25519 -out "$0" && openssl pkey -in "$0" -pubout -outform DER -out "$1""#
        let made = try ChildProcess.run("/bin/sh", ["-c", script, path(file), path(file + ".der")], in: folder)
        guard made.status == 0 else { throw Lab.Failure(description: "openssl: \(made.all)") }
        // RFC 8410 §4: the key is the structure's last 32 octets.
        return try Data(contentsOf: folder.appending(path: file + ".der")).suffix(32).base64EncodedString()
    }
}
