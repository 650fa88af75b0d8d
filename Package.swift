// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

// Products of other packages, named once.
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioHTTP2 = Target.Dependency.product(name: "NIOHTTP2", package: "swift-nio-http2")
let nioHPACK = Target.Dependency.product(name: "NIOHPACK", package: "swift-nio-http2")
let nioTLS = Target.Dependency.product(name: "NIOTLS", package: "swift-nio")
let nioSSL = Target.Dependency.product(name: "NIOSSL", package: "swift-nio-ssl")
let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let asyncHTTPClient = Target.Dependency.product(name: "AsyncHTTPClient", package: "async-http-client")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let metrics = Target.Dependency.product(name: "Metrics", package: "swift-metrics")
let metricsTestKit = Target.Dependency.product(name: "MetricsTestKit", package: "swift-metrics")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let collections = Target.Dependency.product(name: "Collections", package: "swift-collections")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let histogram = Target.Dependency.product(name: "Histogram", package: "hdrhistogram-swift")
let systemPackage = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
// Only where the package is used with its trait `Tracing`.
let tracing = Target.Dependency.product(
    name: "Tracing",
    package: "swift-distributed-tracing",
    condition: .when(traits: ["Tracing"])
)
let inMemoryTracing = Target.Dependency.product(
    name: "InMemoryTracing",
    package: "swift-distributed-tracing",
    condition: .when(traits: ["Tracing"])
)

/// A library target and its tests. A target may name only targets of the floors below its own (docs/ARCHITECTURE.md).
func room(_ name: String, _ dependencies: [Target.Dependency], tests: [Target.Dependency]? = []) -> [Target] {
    var targets: [Target] = [.target(name: name, dependencies: dependencies, swiftSettings: settings)]
    if let tests {
        targets.append(
            .testTarget(
                name: "\(name)Tests",
                dependencies: [.byName(name: name)] + dependencies + tests,
                swiftSettings: settings
            )
        )
    }
    return targets
}

let floor0 =
    [
        Target.target(name: "CWeirBytes"),
        Target.systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        Target.systemLibrary(name: "CZstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
    ]
    + room("WeirBytes", ["CWeirBytes", "CZlib", "CZstd", nioCore, crypto], tests: ["WeirTestTools"])
    + room("WeirModel", ["WeirBytes", nioCore, crypto])
    + room("WeirRuntime", [nioCore, nioPosix])
    + room("WeirTracing", [tracing])

let floor1 =
    room(
        "WeirLog",
        ["WeirBytes", "WeirRuntime", nioCore, nioPosix, logging, collections],
        tests: ["WeirLogSimulation"]
    )
    + room("WeirWire", ["WeirBytes", "WeirModel", nioCore], tests: ["WeirTestTools"])
    + room("WeirSigning", ["WeirBytes", "WeirModel", crypto], tests: ["WeirTestTools"])
    + room("WeirProcess", [nioCore, subprocess, systemPackage])
    + room("WeirMetrics", ["WeirModel", nioCore])

let floor2 =
    room(
        "WeirStore",
        [
            "WeirBytes", "WeirModel", "WeirRuntime", "WeirLog", "WeirWire", nioCore, nioPosix, logging, grdb, crypto,
            collections,
        ],
        tests: ["WeirLogSimulation", "WeirTestTools"]
    )
    + room(
        "WeirClient",
        [
            "WeirBytes", "WeirModel", "WeirRuntime", "WeirTracing", "WeirWire", "WeirSigning", "WeirProcess", nioCore,
            nioHTTP1, nioSSL,
            logging, metrics,
            asyncHTTPClient, lifecycle, systemPackage,
        ],
        tests: [nioPosix, metricsTestKit]
    )
    + room("WeirAccess", ["WeirModel", "WeirRuntime", "WeirWire", "WeirSigning", nioCore])
    + room("WeirLeases", ["WeirModel", "WeirWire"], tests: ["WeirConsumerFixtures", "WeirSimulation"])

// What tests share: times that they move, numbers from a seed, temporary folders; and those of leases and consumers a table and a
// stream in memory.
let fixtures: [Target] = [
    .target(
        name: "WeirTestTools",
        dependencies: ["WeirRuntime", lifecycle],
        path: "Tests/WeirTestTools",
        swiftSettings: settings
    ),
    .target(
        name: "WeirConsumerFixtures",
        dependencies: ["WeirModel", "WeirWire", "WeirClient", nioCore],
        path: "Tests/WeirConsumerFixtures",
        swiftSettings: settings
    ),
]

// A disk in memory that fails, and histories of the log on it; workers, a lease table and a stream in virtual time, and
// histories of applications: run by the tests, and by `make soak` when WEIR_SOAK is set (docs/TESTING.md).
let simulation: [Target] = [
    .target(
        name: "WeirSimulation",
        dependencies: ["WeirModel", "WeirWire", "WeirLeases"],
        path: "Tests/WeirSimulation",
        swiftSettings: settings
    ),
    .target(
        name: "WeirConsumerSimulation",
        dependencies: [
            "WeirModel", "WeirRuntime", "WeirWire", "WeirClient", "WeirLeases", "WeirConsumer", "WeirConsumerFixtures",
            "WeirSimulation", nioCore, logging, metrics,
        ],
        path: "Tests/WeirConsumerSimulation",
        swiftSettings: settings
    ),
    .target(
        name: "WeirLogSimulation",
        dependencies: ["WeirRuntime", "WeirLog", nioCore, logging],
        path: "Tests/WeirLogSimulation",
        swiftSettings: settings
    ),
]
let soak: [Target] =
    Context.environment["WEIR_SOAK"] == nil
    ? []
    : [
        .executableTarget(
            name: "weir-soak",
            dependencies: ["WeirLogSimulation", "WeirSimulation", "WeirConsumerSimulation"],
            path: "Tests/Soak",
            swiftSettings: settings
        )
    ]

// Certificates for the tests of both ends of TLS.
let tlsFixtures: [Target] = [
    .target(
        name: "WeirTLSFixtures",
        dependencies: ["WeirBytes", "WeirModel", nioCore, crypto, systemPackage],
        path: "Tests/WeirTLSFixtures",
        swiftSettings: settings
    )
]
// What is fuzzed, and what must hold: run by the tests over the corpus, and by libFuzzer when WEIR_FUZZING is set
// (docs/FUZZING.md).
let fuzzing: [Target] = [
    .target(
        name: "WeirFuzzing",
        dependencies: [
            "WeirBytes", "WeirModel", "WeirWire", "WeirSigning", "WeirStore", "WeirTables", nioCore, logging,
        ],
        path: "Tests/WeirFuzzing",
        swiftSettings: settings
    ),
    .testTarget(name: "WeirFuzzingTests", dependencies: ["WeirFuzzing", nioCore], swiftSettings: settings),
]
let fuzzer: [Target] =
    Context.environment["WEIR_FUZZING"] == nil
    ? []
    : [
        .executableTarget(
            name: "weir-fuzz",
            dependencies: ["WeirFuzzing", nioCore],
            path: "Fuzzing/Driver",
            swiftSettings: settings
        )
    ]

// What is made of a tracer, checked in a small build of its own with the trait: `Scripts/check-tracing`.
let tracingCheck: [Target] =
    Context.environment["WEIR_TRACING"] == nil
    ? []
    : [
        .executableTarget(
            name: "weir-tracing-check",
            dependencies: [
                "WeirTracing", tracing, inMemoryTracing,
            ],
            path: "Tests/TracingCheck",
            swiftSettings: settings
        )
    ]

let floor3 =
    room(
        "WeirService",
        ["WeirBytes", "WeirModel", "WeirRuntime", "WeirMetrics", "WeirWire", "WeirStore", nioCore, logging, crypto],
        tests: ["WeirTestTools"]
    )
    + room("WeirMonitoring", ["WeirBytes", "WeirModel", "WeirRuntime", "WeirMetrics", "WeirWire", nioCore, logging])
    + room(
        "WeirTables",
        ["WeirBytes", "WeirModel", "WeirRuntime", "WeirWire", "WeirStore", nioCore, logging],
        tests: ["WeirTestTools"]
    )
    + room(
        "WeirProducer",
        [
            "WeirModel", "WeirRuntime", "WeirTracing", "WeirWire", "WeirClient", nioCore, logging, metrics, lifecycle,
            collections,
        ],
        tests: ["WeirTestTools", metricsTestKit]
    )
    + room(
        "WeirConsumer",
        [
            "WeirBytes", "WeirModel", "WeirRuntime", "WeirTracing", "WeirWire", "WeirClient", "WeirLeases", nioCore,
            nioPosix, logging, metrics, lifecycle,
        ],
        tests: [
            "WeirConsumerFixtures", "WeirSimulation", "WeirConsumerSimulation", "WeirTestTools", metricsTestKit,
            tracing,
            inMemoryTracing,
        ]
    )

let floor4 = room(
    "WeirServer",
    [
        "WeirBytes", "WeirModel", "WeirRuntime", "WeirMetrics", "WeirWire", "WeirSigning", "WeirStore", "WeirAccess",
        "WeirService", "WeirMonitoring", "WeirTables", nioCore, nioPosix, nioHTTP1, nioHTTP2, nioHPACK, logging,
        nioTLS, nioSSL, metrics, lifecycle, crypto,
    ],
    tests: ["WeirTestTools", "WeirTLSFixtures", "CZlib"]
)

let floor5 =
    room(
        "WeirTesting",
        [
            "WeirModel", "WeirRuntime", "WeirWire", "WeirProcess", "WeirStore", "WeirServer", "WeirClient", nioCore,
            nioPosix, logging, lifecycle,
        ],
        tests: ["WeirProducer", "WeirConsumer", "WeirLeases", "WeirTestTools", unixSignals]
    )
    + room(
        "WeirCommands",
        [
            "WeirBytes", "WeirModel", "WeirRuntime", "WeirLog", "WeirWire", "WeirProcess", "WeirStore", "WeirAccess",
            "WeirServer", "WeirClient",
            "WeirLeases", "WeirProducer", "WeirConsumer", nioCore, logging, lifecycle, unixSignals, configuration,
            argumentParser, systemPackage, histogram,
        ],
        tests: ["WeirTesting", "WeirSigning", "WeirTLSFixtures"]
    )

let floor6: [Target] = [
    .executableTarget(name: "weir", dependencies: ["WeirCommands", argumentParser], swiftSettings: settings)
]

// Programs that show how the libraries are used. The tests run them.
let examples: [Target] = [
    .executableTarget(
        name: "ExactlyOnce",
        dependencies: ["WeirClient", "WeirConsumer", "WeirWire", nioCore, logging, lifecycle, unixSignals, grdb],
        path: "Examples/ExactlyOnce",
        swiftSettings: settings
    ),
    .testTarget(
        name: "ExactlyOnceTests",
        dependencies: [
            "ExactlyOnce", "WeirTesting", "WeirConsumer", "WeirClient", "WeirModel", "WeirRuntime", "WeirWire", nioCore,
            logging,
        ],
        swiftSettings: settings
    ),
]

let package = Package(
    name: "weir",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "weir", targets: ["weir"]),
        .library(name: "WeirClient", targets: ["WeirClient"]),
        .library(name: "WeirProducer", targets: ["WeirProducer"]),
        .library(name: "WeirConsumer", targets: ["WeirConsumer"]),
        .library(name: "WeirTesting", targets: ["WeirTesting"]),
        // The types that these speak of: errors, records, leases.
        .library(name: "WeirModel", targets: ["WeirModel"]),
        .library(name: "WeirWire", targets: ["WeirWire"]),
        .library(name: "WeirLeases", targets: ["WeirLeases"]),
    ],
    traits: [
        .trait(
            name: "Tracing",
            description: "Spans of puts, batches of records, checkpoints and leases, by swift-distributed-tracing"
        )
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.100.0"),
        .package(url: "https://github.com/apple/swift-nio-http2.git", from: "1.46.0"),
        .package(url: "https://github.com/apple/swift-nio-ssl.git", from: "2.37.0"),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics.git", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-distributed-tracing.git", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-collections.git", from: "1.6.0"),
        .package(
            url: "https://github.com/apple/swift-configuration.git",
            from: "1.4.0",
            traits: ["JSON", "CommandLineArguments"]
        ),
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system.git", from: "1.8.0"),
        .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift.git", from: "0.2.0"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/swift-server/async-http-client.git", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess.git", from: "1.0.2"),
    ],
    targets: floor0 + floor1 + floor2 + floor3 + floor4 + floor5 + floor6 + fixtures + tlsFixtures + fuzzing + fuzzer
        + simulation + soak + examples + tracingCheck
)
