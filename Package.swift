// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .treatAllWarnings(as: .error),
]

let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let hummingbird: [Target.Dependency] = [
    .product(name: "Hummingbird", package: "hummingbird"),
    .product(name: "HummingbirdCore", package: "hummingbird"),
    .product(name: "HummingbirdTLS", package: "hummingbird"),
    .product(name: "HTTPTypes", package: "swift-http-types"),
    .product(name: "Logging", package: "swift-log"),
    .product(name: "NIOCore", package: "swift-nio"),
    .product(name: "NIOHTTP1", package: "swift-nio"),
    .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
    .product(name: "NIOSSL", package: "swift-nio-ssl"),
    .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
]

/// A library target of the house: docs/ARCHITECTURE.md says what each may import.
func house(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency], exclude: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["TestSupport"],
        exclude: exclude, swiftSettings: settings)
}

let package = Package(
    name: "signet",
    products: [
        .executable(name: "signet", targets: ["signet"]),
        // Names and keys stand in MailAuth's signatures: who uses it imports their modules too.
        .library(name: "MailAuth", targets: ["MailAuth", "DNS", "Keys"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
        .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        .systemLibrary(name: "CLibYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
        .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CLibCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
        .systemLibrary(name: "CLibIDN2", pkgConfig: "libidn2", providers: [.apt(["libidn2-dev"])]),
        .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLinux"),

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
        house("Transport", ["DNS", "SendGate", "CLibCurl", "CLinux"]),
        house("DNSProviders", ["DNS", "Transport"]),
        house("Storage", ["Operations", "Keys", "Audit", "SendGate", "Reconcile", "Manifest", "DNS", "CSQLite"]),
        house(
            "Server",
            [
                "Operations", "SendGate", "Reconcile", "Audit", "Manifest", "MailAuth", "DNS", "Keys", "Diagnostics",
            ] + hummingbird),
        house(
            "CLI",
            [
                "Server", "Operations", "SendGate", "Reconcile", "Audit", "Manifest", "MailAuth", "DNS", "Keys",
                "Diagnostics",
                argumentParser,
            ]),
        .executableTarget(
            name: "signet",
            dependencies: [
                "CLI", "Operations", "Storage", "DNSProviders", "Transport", "SendGate", "Reconcile", "Audit",
                "Manifest", "MailAuth", "DNS", "Keys", "Diagnostics", "CLinux",
            ],
            swiftSettings: settings),

        .target(
            name: "TestSupport",
            dependencies: ["SendGate", "Reconcile", "Audit", "Manifest", "MailAuth", "DNS", "Keys", "Diagnostics"],
            path: "Tests/TestSupport", exclude: ["Peers"], swiftSettings: settings),
        tests("ArchitectureTests", []),
        tests("EndToEndTests", ["Server", "Operations"] + hummingbird, exclude: ["schemathesis.toml"]),
        tests("AuditTests", ["Audit", "Keys"], exclude: ["Go"]),
        tests("SendGateTests", ["SendGate", "Audit", "Manifest", "MailAuth", "DNS", "Keys", "Diagnostics"]),
        tests("ReconcileTests", ["Reconcile", "Manifest", "MailAuth", "DNS", "Keys", "Diagnostics"]),
        tests("KeysTests", ["Keys"]),
        tests("MailAuthTests", ["MailAuth", "DNS", "Keys"]),
        // As a package of somebody else's: it sees what is public, and nothing more.
        .testTarget(
            name: "MailAuthExampleTests", dependencies: ["MailAuth", "DNS", "Keys"], packageAccess: false,
            swiftSettings: settings),
        tests("InteroperabilityTests", ["MailAuth", "DNS", "Keys", "Transport"]),
        tests("DNSTests", ["DNS"]),
        tests("TransportTests", ["Transport", "SendGate", "Manifest", "Keys", "DNS"]),
        tests("StorageTests", ["Storage", "Audit", "SendGate", "Reconcile", "Manifest", "Keys", "DNS", "CSQLite"]),
        tests("ProviderTests", ["DNSProviders", "Transport", "DNS"]),
        tests(
            "ContractTests",
            [
                "Storage", "Operations", "DNSProviders", "Transport", "SendGate", "Audit", "Reconcile", "Manifest",
                "MailAuth", "Keys", "DNS",
            ]),
        tests(
            "ServerTests",
            [
                "Server", "Operations", "SendGate", "Audit", "Reconcile", "Manifest", "MailAuth", "DNS", "Keys",
                "Diagnostics",
            ] + hummingbird),
        tests("DiagnosticsTests", ["Diagnostics"]),
        tests(
            "CLITests",
            [
                "CLI", "Operations", "SendGate", "Audit", "Reconcile", "Manifest", "MailAuth", "DNS", "Keys",
                "Diagnostics",
            ],
            exclude: ["Snapshots"]),
        tests(
            "OperationsTests",
            [
                "Operations", "Storage", "DNSProviders", "Transport", "Audit", "SendGate", "Reconcile", "Manifest",
                "MailAuth", "DNS", "Keys", "Diagnostics",
            ]),
        tests("ManifestTests", ["Manifest", "Diagnostics", "DNS", "MailAuth"], exclude: ["Fixtures"]),
    ]
)
