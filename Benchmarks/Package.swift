// swift-tools-version: 6.2
import PackageDescription

// What scripts/bench runs. A package of its own, so that `swift build` of Signet builds none of it; `Signet` is a link
// to the house's Sources, because the look-ups and the manifest are `package`, and a package shows those to nobody.

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

/// A target of the house, with the dependencies that it has there.
func house(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, path: "Signet/\(name)", swiftSettings: settings)
}

let package = Package(
    name: "signet-benchmarks",
    targets: [
        .systemLibrary(name: "CLibYAML", path: "Signet/CLibYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "COpenSSL", path: "Signet/COpenSSL", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CLibCurl", path: "Signet/CLibCurl", pkgConfig: "libcurl"),
        .systemLibrary(name: "CLibIDN2", path: "Signet/CLibIDN2", pkgConfig: "libidn2"),
        .systemLibrary(name: "CSQLite", path: "Signet/CSQLite", pkgConfig: "sqlite3"),
        .systemLibrary(name: "CZlib", path: "Signet/CZlib", pkgConfig: "zlib"),
        .systemLibrary(name: "CLinux", path: "Signet/CLinux"),
        house("Diagnostics", []),
        house("DNS", ["CLibIDN2"]),
        house("Keys", ["COpenSSL"]),
        house("MailAuth", ["DNS", "Keys", "CZlib"]),
        house("Manifest", ["Diagnostics", "DNS", "Keys", "MailAuth", "CLibYAML"]),
        house("Audit", ["Keys"]),
        house("Reconcile", ["Manifest", "MailAuth", "DNS", "Keys", "Audit", "Diagnostics"]),
        house("SendGate", ["Manifest", "MailAuth", "DNS", "Keys", "Audit"]),
        house(
            "Operations",
            ["SendGate", "Reconcile", "Audit", "Manifest", "MailAuth", "DNS", "Keys", "Diagnostics"]),
        house(
            "Storage", ["Operations", "Keys", "Audit", "SendGate", "Reconcile", "Manifest", "DNS", "CSQLite"]),
        house("Transport", ["DNS", "SendGate", "CLibCurl", "CLinux"]),
        // OpenSSL by itself, in C: what signing, verifying and hashing cost at least.
        .target(name: "CReference", dependencies: ["COpenSSL"], cSettings: [.unsafeFlags(["-O2"])]),
        .executableTarget(
            name: "Benchmark",
            dependencies: [
                "CLinux", "CReference", "Operations", "Storage", "Transport", "SendGate", "Reconcile", "Audit",
                "Manifest",
                "MailAuth", "Diagnostics", "DNS", "Keys",
            ],
            swiftSettings: settings),
    ]
)
