// swift-tools-version: 6.2
import PackageDescription

// What `signet serve` is measured beside: Hummingbird, of the version and with the traits that Signet is built with, and
// nothing around it. A package of its own, so that only `scripts/bench server` builds Hummingbird once more.
let package = Package(
    name: "hello",
    dependencies: [.package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: [])],
    targets: [
        .executableTarget(name: "Hello", dependencies: [.product(name: "Hummingbird", package: "hummingbird")])
    ]
)
