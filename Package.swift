// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    .treatAllWarnings(as: .error),
]

func library(_ name: String, _ dependencies: [Target.Dependency] = []) -> Target {
    .target(
        name: name,
        dependencies: dependencies,
        swiftSettings: strict + [.strictMemorySafety()]
    )
}

func tests(
    _ name: String,
    _ dependencies: [Target.Dependency] = [],
    exclude: [String] = []
) -> Target {
    .testTarget(
        name: name + "Tests",
        dependencies: [.init(stringLiteral: name), "TestSupport"] + dependencies,
        exclude: exclude,
        swiftSettings: strict
    )
}

// What the thread sanitizer has no eye for is not built for it: values, text, other processes.
let chosenTests = Context.environment["WEIR_TESTS"] ?? "all"
precondition(["all", "concurrent"].contains(chosenTests), "WEIR_TESTS is 'all' or 'concurrent'")
let isSanitized = chosenTests == "concurrent"
let beyondThreads: [Target] = [
    // Not installed: `make bench` measures with it what happens inside of a process.
    .executableTarget(
        name: "weir-bench",
        dependencies: ["Pipeline", "Telemetry", "Transport"],
        path: "Benchmarks/Swift",
        swiftSettings: strict
    ),
    tests("Pipeline"),
    tests("Telemetry", ["Pipeline"], exclude: ["Golden"]),
    .testTarget(name: "TidyTests", exclude: ["ratchet.txt"], swiftSettings: strict),
]

let package = Package(
    name: "weir",
    products: [.executable(name: "weir", targets: ["weir"])],
    targets: [
        // Read top to bottom: what should happen, what we say, what we remember,
        // how bytes move, and the place where it all meets.
        library("Pipeline", ["CProcessor"]),
        library("Telemetry", ["Pipeline"]),
        library("Journal", ["CLinux"]),
        library("Transport", ["CCurl", "CLinux"]),
        library("Agent", ["Pipeline", "Telemetry", "Journal", "Transport", "CLinux"]),
        .executableTarget(
            name: "weir",
            dependencies: ["Agent", "Pipeline", "Telemetry", "Journal", "Transport", "CLinux"],
            swiftSettings: strict
        ),

        .systemLibrary(
            name: "CCurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .systemLibrary(name: "CLinux"),
        .systemLibrary(name: "CProcessor"),

        .target(
            name: "TestSupport",
            dependencies: ["Pipeline", "CLinux"],
            path: "Tests/TestSupport",
            swiftSettings: strict
        ),
        tests("Journal"),
        tests("Transport"),
        tests(
            "Agent",
            ["Pipeline", "Telemetry", "Journal", "Transport"],
            exclude: isSanitized ? ["Integration", "Kill"] : []
        ),
    ] + (isSanitized ? [] : beyondThreads),
    swiftLanguageModes: [.v6]
)
