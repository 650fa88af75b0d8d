// swift-tools-version: 6.2
import PackageDescription

// What Weir is measured against. It is not part of Weir: `Benchmarks/run` builds it.
let package = Package(
    name: "weir-benchmarks",
    platforms: [.macOS(.v26)],
    dependencies: [.package(url: "https://github.com/apple/swift-nio.git", from: "2.100.0")],
    targets: [
        .executableTarget(
            name: "bare-server",
            dependencies: [
                .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
            ],
            path: "Sources/BareServer",
            swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]
        )
    ]
)
