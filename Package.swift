// swift-tools-version:6.0
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

// Debug builds, which the tests are, optimise the modules that go over bytes: unoptimised, these take
// most of the tests' time. SwiftPM takes no package as a dependency that brings flags of its own, so
// that a checkout for another package does without.
let bytewise: Set<String> = [
  "BoltFile", "EmulatedAPIServer", "FilelogCheckpoint", "FilelogEncodings", "FilelogJSON",
  "FilelogText", "FilelogYAML", "HTTPServer", "StandInCollector",
]
let isDependency =
  Context.packageDirectory.contains("/checkouts/")
  || Context.packageDirectory.contains("/registry/downloads/")
let optimized: [SwiftSetting] =
  isDependency ? [] : [.unsafeFlags(["-O"], .when(configuration: .debug))]

// A wing is a directory of modules. Imports run one way: operator-sim → Reconciler, DesiredState,
// OffsetSync → Support. A test compares each list of dependencies with what the files import.
enum Wing: String {
  case sources = "Sources"
  case support = "Sources/Support"
  case offsetSync = "Sources/OffsetSync"
  case operatorSim = "Sources/operator-sim"
  case benchmarks = "Benchmarks"
  case tests = "Tests"
}

func cLibrary(_ name: String, pkgConfig: String? = nil, apt: String? = nil) -> Target {
  .systemLibrary(
    name: name, path: "Sources/Support/C/\(name)", pkgConfig: pkgConfig,
    providers: apt.map { [.apt([$0])] })
}

func library(
  _ wing: Wing, _ name: String, directory: String? = nil, _ dependencies: [Target.Dependency] = [],
  resources: [Resource] = [], exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "\(wing.rawValue)/\(directory ?? name)",
    exclude: exclude, resources: resources,
    swiftSettings: strict + (bytewise.contains(name) ? optimized : []))
}

func program(
  _ wing: Wing, _ name: String, directory: String? = nil, _ dependencies: [Target.Dependency]
) -> Target {
  .executableTarget(
    name: name, dependencies: dependencies, path: "\(wing.rawValue)/\(directory ?? name)",
    swiftSettings: strict)
}

func tests(
  _ directory: String, exclude: [String] = [], _ name: String,
  _ dependencies: [Target.Dependency]
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], path: "Tests/\(directory)",
    exclude: exclude, swiftSettings: strict)
}

let package = Package(
  name: "filelog-offset-sync",
  products: [
    .library(name: "DesiredState", targets: ["DesiredState", "FilelogContract"]),
    .library(name: "FilelogJSON", targets: ["FilelogJSON"]),
    .library(name: "OffsetSync", targets: ["OffsetSync"]),
    .executable(name: "filelog-offset-sync", targets: ["filelog-offset-sync"]),
    .executable(name: "operator-sim", targets: ["operator-sim"]),
  ],
  dependencies: [],
  targets: [
    // Support: what all wings stand on. System C libraries, each imported by one module. SwiftPM
    // refuses two modules of one name in what a program is built of, so that whatever comes along
    // with a product and might be another package's too bears a prefix; its directory does not.
    cLibrary("CFilelogCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    cLibrary("CFilelogYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    cLibrary("CFilelogZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    cLibrary("CFilelogOpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    cLibrary("CSockets"),
    cLibrary("CProcesses"),
    library(.support, "FilelogText", directory: "Text"),
    library(
      .support, "FilelogCommandLine", directory: "CommandLine",
      ["FilelogSystemCalls", "FilelogText"]),
    library(.support, "FilelogSystemCalls", directory: "SystemCalls", ["FilelogText"]),
    library(.support, "FilelogEncodings", directory: "Encodings", ["CFilelogZlib", "FilelogText"]),
    library(.support, "FilelogJSON", directory: "JSON", ["FilelogText"]),
    library(.support, "FilelogYAML", directory: "YAML", ["CFilelogYAML", "FilelogJSON"]),
    library(
      .support, "FilelogHTTPClient", directory: "HTTPClient", ["CFilelogCurl", "FilelogText"]),
    library(
      .support, "FilelogKubernetesAPI", directory: "KubernetesAPI",
      [
        "FilelogEncodings", "FilelogHTTPClient", "FilelogJSON", "FilelogSystemCalls", "FilelogText",
        "FilelogYAML",
      ]),

    // What ships: the manifests, what applies them, and the container workload.
    library(.sources, "FilelogContract", directory: "Contract"),
    library(
      .sources, "DesiredState",
      ["FilelogContract", "FilelogEncodings", "FilelogJSON", "FilelogText", "FilelogYAML"],
      resources: [
        .embedInCode("daemonset.config.yaml.template"), .embedInCode("values.defaults.yaml"),
        .embedInCode("chart.defaults.json"),
      ]),
    library(
      .sources, "Attachment",
      [
        "FilelogContract", "DesiredState", "FilelogEncodings", "FilelogJSON", "FilelogText",
        "FilelogYAML",
      ]),
    library(
      .sources, "Reconciler",
      [
        "FilelogContract", "DesiredState", "FilelogEncodings", "FilelogHTTPClient", "FilelogJSON",
        "FilelogKubernetesAPI", "FilelogYAML",
      ]),
    library(.offsetSync, "BoltFile", ["FilelogSystemCalls"]),
    library(.offsetSync, "FilelogCheckpoint", ["FilelogEncodings", "FilelogJSON", "FilelogText"]),
    library(
      .offsetSync, "OffsetSync",
      [
        "BoltFile", "CFilelogOpenSSL", "FilelogCommandLine", "FilelogContract", "FilelogEncodings",
        "FilelogCheckpoint",
        "FilelogHTTPClient", "FilelogJSON", "FilelogKubernetesAPI", "FilelogSystemCalls",
        "FilelogText", "FilelogYAML",
      ]),
    program(
      .offsetSync, "filelog-offset-sync",
      ["FilelogCommandLine", "OffsetSync", "FilelogSystemCalls"]),

    // The operator's side on a laptop, and what proves the product.
    library(.operatorSim, "ReportPage", ["FilelogText"]),
    library(
      .operatorSim, "HTTPServer",
      ["CFilelogOpenSSL", "CSockets", "FilelogEncodings", "FilelogText"]),
    library(
      .operatorSim, "EmulatedAPIServer",
      [
        "FilelogEncodings", "HTTPServer", "FilelogJSON", "FilelogSystemCalls", "FilelogText",
        "FilelogYAML",
      ],
      resources: [.embedInCode("Schema/kubernetes-schema.txt")],
      exclude: ["README.md", "Schema/make-schema.py"]),
    library(
      .operatorSim, "StandInCollector",
      [
        "BoltFile", "FilelogEncodings", "FilelogCheckpoint", "FilelogHTTPClient", "FilelogJSON",
        "FilelogSystemCalls", "FilelogText",
      ]),
    library(
      .operatorSim, "OffsetsInspection",
      [
        "BoltFile", "FilelogCommandLine", "FilelogContract", "FilelogCheckpoint", "FilelogJSON",
        "FilelogSystemCalls", "FilelogText", "OffsetSync",
      ]),
    library(
      .operatorSim, "CapacityPlan",
      ["FilelogContract", "FilelogJSON", "FilelogText", "ReportPage"]),
    library(
      .operatorSim, "Simulation",
      [
        "BoltFile", "CProcesses", "FilelogCommandLine", "FilelogContract", "EmulatedAPIServer",
        "FilelogEncodings",
        "FilelogCheckpoint", "FilelogHTTPClient", "HTTPServer", "FilelogJSON",
        "FilelogKubernetesAPI", "OffsetSync",
        "ReportPage", "FilelogSystemCalls", "FilelogText", "FilelogYAML",
      ]),
    program(
      .operatorSim, "operator-sim", directory: "Commands",
      [
        "Attachment", "CapacityPlan", "FilelogCommandLine", "FilelogContract", "DesiredState",
        "EmulatedAPIServer", "FilelogJSON", "FilelogKubernetesAPI", "OffsetSync",
        "OffsetsInspection",
        "Reconciler", "Simulation", "StandInCollector", "FilelogSystemCalls", "FilelogText",
        "FilelogYAML",
      ]),

    // Measures; for this repository alone.
    program(
      .benchmarks, "offset-sync-bench",
      [
        "BoltFile", "FilelogCommandLine", "EmulatedAPIServer", "FilelogCheckpoint", "FilelogJSON",
        "FilelogKubernetesAPI", "FilelogSystemCalls", "OffsetSync", "StandInCollector",
        "TestSupport",
      ]),
    program(
      .benchmarks, "offset-sync-bench-scale",
      [
        "BoltFile", "CapacityPlan", "FilelogCommandLine", "FilelogContract", "EmulatedAPIServer",
        "FilelogEncodings",
        "FilelogCheckpoint", "FilelogHTTPClient", "FilelogJSON", "FilelogKubernetesAPI",
        "FilelogSystemCalls", "OffsetSync", "StandInCollector", "TestSupport",
      ]),

    // Tests mirror the wings.
    library(
      .tests, "TestSupport",
      [
        "BoltFile", "CFilelogOpenSSL", "CSockets", "FilelogCheckpoint", "FilelogEncodings",
        "FilelogJSON", "FilelogSystemCalls",
      ]),
    library(
      .tests, "HostileInput",
      [
        "BoltFile", "FilelogEncodings", "FilelogCheckpoint", "FilelogHTTPClient",
        "FilelogJSON", "FilelogKubernetesAPI", "OffsetSync",
        "TestSupport", "FilelogText", "FilelogYAML",
      ]),
    tests(
      "Support", "SupportTests",
      [
        "FilelogCommandLine", "FilelogEncodings", "FilelogHTTPClient", "HTTPServer", "FilelogJSON",
        "FilelogKubernetesAPI",
        "FilelogSystemCalls", "FilelogText", "FilelogYAML",
      ]),
    tests(
      "DesiredState", "DesiredStateTests",
      [
        "FilelogContract", "DesiredState", "FilelogEncodings", "FilelogJSON", "FilelogSystemCalls",
        "FilelogYAML",
      ]),
    tests(
      "Attachment", "AttachmentTests",
      [
        "Attachment", "FilelogContract", "DesiredState", "FilelogJSON", "FilelogSystemCalls",
        "FilelogYAML", "operator-sim",
      ]),
    tests(
      "Reconciler", "ReconcilerTests",
      [
        "FilelogCommandLine", "FilelogContract", "DesiredState", "EmulatedAPIServer", "FilelogJSON",
        "FilelogKubernetesAPI",
        "Reconciler", "operator-sim",
      ]),
    tests(
      "OffsetSync", "OffsetSyncTests",
      [
        "BoltFile", "CSockets", "FilelogCommandLine", "FilelogContract", "EmulatedAPIServer",
        "FilelogEncodings",
        "FilelogCheckpoint", "FilelogHTTPClient", "HTTPServer", "HostileInput", "FilelogJSON",
        "FilelogKubernetesAPI",
        "OffsetSync", "StandInCollector", "FilelogSystemCalls", "FilelogText", "FilelogYAML",
        "filelog-offset-sync",
      ]),
    tests(
      "operator-sim",
      exclude: ["EmulatedAPIServer"],
      "OperatorSimTests",
      [
        "Attachment", "BoltFile", "CapacityPlan", "DesiredState", "FilelogCommandLine",
        "FilelogContract", "EmulatedAPIServer",
        "FilelogEncodings",
        "FilelogCheckpoint", "FilelogHTTPClient", "HTTPServer", "FilelogJSON",
        "FilelogKubernetesAPI", "OffsetSync",
        "OffsetsInspection", "ReportPage", "Simulation", "StandInCollector", "FilelogSystemCalls",
        "FilelogText",
        "FilelogYAML",
        "offset-sync-bench", "operator-sim",
      ]),
    tests(
      "operator-sim/EmulatedAPIServer", "EmulatedAPIServerTests",
      [
        "EmulatedAPIServer", "FilelogHTTPClient", "HTTPServer", "FilelogJSON", "FilelogSystemCalls",
        "FilelogText",
      ]),
    tests(
      "Conformance", "ConformanceTests",
      [
        "DesiredState", "EmulatedAPIServer", "FilelogHTTPClient", "HTTPServer", "FilelogJSON",
        "FilelogKubernetesAPI",
        "FilelogText",
      ]),
    // Whole runs and fleets: not part of `make test`.
    tests(
      "Slow", "SlowTests",
      [
        "FilelogContract", "EmulatedAPIServer", "FilelogJSON", "FilelogKubernetesAPI", "Simulation",
        "filelog-offset-sync",
        "operator-sim",
      ]),
    tests(
      "Benchmarks", "BenchmarkTests",
      [
        "CapacityPlan", "FilelogContract", "FilelogJSON", "OffsetSync", "offset-sync-bench",
        "offset-sync-bench-scale",
      ]),
    tests(
      "House", "HouseTests", ["FilelogCommandLine", "FilelogJSON", "OffsetSync", "Simulation"]),
  ],
  swiftLanguageModes: [.v6]
)

// Needs every module compiled with -sanitize=fuzzer, so that nothing else ever builds it; `make
// fuzz` does.
if Context.environment["OFFSET_SYNC_FUZZ"] != nil {
  package.targets += [
    .systemLibrary(name: "CLibFuzzer", path: "Fuzz/CLibFuzzer"),
    .executableTarget(
      name: "offset-sync-fuzz", dependencies: ["CLibFuzzer", "HostileInput", "TestSupport"],
      path: "Fuzz/Program", swiftSettings: strict),
  ]
}
