// swift-tools-version: 6.2
import PackageDescription

// libFuzzer targets for everything that reads octets from strangers. A package of its own, so that nobody who builds
// Signet builds it; `Signet` is a link to the house's Sources, because SwiftPM would rebuild nothing of another
// package with coverage and shows none of its `package` names. scripts/fuzz builds and runs it.

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
    name: "signet-fuzz",
    targets: [
        .systemLibrary(name: "CLibYAML", path: "Signet/CLibYAML", pkgConfig: "yaml-0.1"),
        .systemLibrary(name: "COpenSSL", path: "Signet/COpenSSL", pkgConfig: "libcrypto"),
        .systemLibrary(name: "CLibIDN2", path: "Signet/CLibIDN2", pkgConfig: "libidn2"),
        .systemLibrary(name: "CZlib", path: "Signet/CZlib", pkgConfig: "zlib"),
        house("Diagnostics", []),
        house("DNS", ["CLibIDN2"]),
        house("Keys", ["COpenSSL"]),
        house("MailAuth", ["DNS", "Keys", "CZlib"]),
        house("Manifest", ["Diagnostics", "DNS", "Keys", "MailAuth", "CLibYAML"]),
        .executableTarget(
            name: "Fuzz", dependencies: ["Manifest", "MailAuth", "Diagnostics", "DNS", "Keys"],
            swiftSettings: settings + [.unsafeFlags(["-parse-as-library"])]),
    ]
)
