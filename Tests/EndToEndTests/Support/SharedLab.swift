import Foundation

/// The scripts that start real servers on loopback: `../shared/lab`, or `$SIGNET_SHARED/lab`.
enum SharedLab {
    static let repository = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    static let folder: URL = {
        let shared =
            ProcessInfo.processInfo.environment["SIGNET_SHARED"].map { URL(fileURLWithPath: $0) }
            ?? repository.deletingLastPathComponent().appendingPathComponent("shared")
        return shared.appendingPathComponent("lab")
    }()

    static func has(_ programs: String...) -> Bool {
        FileManager.default.fileExists(atPath: folder.appendingPathComponent("lib.sh").path)
            && programs.allSatisfy { program in
                ["/usr/sbin", "/usr/bin", "/bin", "/sbin", "/usr/local/bin"].contains {
                    FileManager.default.isExecutableFile(atPath: "\($0)/\(program)")
                }
            }
    }

    static let hasPowerDNS = has("pdns_server", "sqlite3", "curl")
    static let hasFaultProxy = hasPowerDNS && has("nginx")
    static let hasFaultyDNS = hasPowerDNS && has("dnsdist")
    static let hasSecondaryAndCache = hasPowerDNS && has("named", "rndc", "unbound", "unbound-control")

    static let howToGetIt =
        "needs the lab's scripts (SIGNET_SHARED=/path/to/shared points at a copy) and its servers "
        + "(scripts/install-dependencies --test)"
}
