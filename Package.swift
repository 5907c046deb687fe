// swift-tools-version:6.0
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

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
  _ wing: Wing, _ name: String, _ dependencies: [Target.Dependency] = [],
  resources: [Resource] = [], exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, path: "\(wing.rawValue)/\(name)", exclude: exclude,
    resources: resources, swiftSettings: strict)
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
    .library(name: "DesiredState", targets: ["DesiredState", "Contract"]),
    .library(name: "JSON", targets: ["JSON"]),
    .library(name: "OffsetSync", targets: ["OffsetSync"]),
    .executable(name: "filelog-offset-sync", targets: ["filelog-offset-sync"]),
    .executable(name: "operator-sim", targets: ["operator-sim"]),
  ],
  dependencies: [],
  targets: [
    // Support: what all wings stand on. System C libraries, each imported by one module.
    cLibrary("CCurl", pkgConfig: "libcurl", apt: "libcurl4-openssl-dev"),
    cLibrary("CYAML", pkgConfig: "yaml-0.1", apt: "libyaml-dev"),
    cLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
    cLibrary("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
    cLibrary("CSockets"),
    cLibrary("CProcesses"),
    library(.support, "Text"),
    library(.support, "CommandLine", ["SystemCalls", "Text"]),
    library(.support, "SystemCalls", ["Text"]),
    library(.support, "Encodings", ["CZlib", "Text"]),
    library(.support, "JSON", ["Text"]),
    library(.support, "YAML", ["CYAML", "JSON"]),
    library(.support, "HTTPClient", ["CCurl", "Text"]),
    library(
      .support, "KubernetesAPI", ["Encodings", "HTTPClient", "JSON", "SystemCalls", "Text", "YAML"]),

    // What ships: the manifests, what applies them, and the container workload.
    library(.sources, "Contract"),
    library(
      .sources, "DesiredState", ["Contract", "Encodings", "JSON", "Text", "YAML"],
      resources: [
        .embedInCode("daemonset.config.yaml.template"), .embedInCode("values.defaults.yaml"),
        .embedInCode("chart.defaults.json"),
      ]),
    library(
      .sources, "Attachment",
      ["Contract", "DesiredState", "Encodings", "JSON", "Text", "YAML"]),
    library(
      .sources, "Reconciler",
      ["Contract", "DesiredState", "Encodings", "HTTPClient", "JSON", "KubernetesAPI", "YAML"]),
    library(.offsetSync, "BoltFile", ["SystemCalls"]),
    library(.offsetSync, "FilelogCheckpoint", ["Encodings", "JSON", "Text"]),
    library(
      .offsetSync, "OffsetSync",
      [
        "BoltFile", "COpenSSL", "CommandLine", "Contract", "Encodings", "FilelogCheckpoint",
        "HTTPClient", "JSON", "KubernetesAPI", "SystemCalls", "Text",
      ]),
    program(.offsetSync, "filelog-offset-sync", ["CommandLine", "OffsetSync", "SystemCalls"]),

    // The operator's side on a laptop, and what proves the product.
    library(.operatorSim, "ReportPage", ["Text"]),
    library(.operatorSim, "HTTPServer", ["COpenSSL", "CSockets", "Encodings", "Text"]),
    library(
      .operatorSim, "EmulatedAPIServer",
      ["Encodings", "HTTPServer", "JSON", "SystemCalls", "Text", "YAML"],
      resources: [.embedInCode("Schema/kubernetes-schema.txt")],
      exclude: ["README.md", "Schema/make-schema.py"]),
    library(
      .operatorSim, "StandInCollector",
      ["BoltFile", "Encodings", "FilelogCheckpoint", "HTTPClient", "JSON", "SystemCalls"]),
    library(
      .operatorSim, "OffsetsInspection",
      ["BoltFile", "CommandLine", "Contract", "FilelogCheckpoint", "JSON", "OffsetSync", "Text"]),
    library(.operatorSim, "CapacityPlan", ["JSON", "ReportPage", "Text"]),
    library(
      .operatorSim, "Simulation",
      [
        "BoltFile", "CProcesses", "CommandLine", "Contract", "EmulatedAPIServer", "Encodings",
        "FilelogCheckpoint", "HTTPClient", "HTTPServer", "JSON", "KubernetesAPI", "OffsetSync",
        "ReportPage", "SystemCalls", "Text", "YAML",
      ]),
    program(
      .operatorSim, "operator-sim", directory: "Commands",
      [
        "Attachment", "CapacityPlan", "CommandLine", "Contract", "DesiredState",
        "EmulatedAPIServer", "JSON", "KubernetesAPI", "OffsetSync", "OffsetsInspection",
        "Reconciler", "Simulation", "StandInCollector", "SystemCalls", "Text", "YAML",
      ]),

    // Measures; for this repository alone.
    program(
      .benchmarks, "offset-sync-bench",
      [
        "BoltFile", "CommandLine", "EmulatedAPIServer", "FilelogCheckpoint", "JSON",
        "KubernetesAPI", "OffsetSync", "StandInCollector", "TestSupport",
      ]),
    program(
      .benchmarks, "offset-sync-bench-scale",
      [
        "BoltFile", "CapacityPlan", "CommandLine", "Contract", "EmulatedAPIServer", "Encodings",
        "FilelogCheckpoint", "HTTPClient", "JSON", "KubernetesAPI", "OffsetSync",
        "StandInCollector", "TestSupport",
      ]),

    // Tests mirror the wings.
    library(.tests, "TestSupport", ["COpenSSL", "CSockets", "Encodings", "JSON"]),
    library(
      .tests, "HostileInput",
      [
        "BoltFile", "Encodings", "FilelogCheckpoint", "HTTPClient", "KubernetesAPI", "OffsetSync",
        "TestSupport", "Text",
      ]),
    tests(
      "Support", "SupportTests",
      [
        "CommandLine", "Encodings", "HTTPClient", "HTTPServer", "JSON", "KubernetesAPI",
        "SystemCalls", "Text", "YAML",
      ]),
    tests(
      "DesiredState", "DesiredStateTests",
      ["Contract", "DesiredState", "Encodings", "JSON", "SystemCalls", "YAML"]),
    tests(
      "Attachment", "AttachmentTests",
      ["Attachment", "Contract", "DesiredState", "JSON", "SystemCalls", "YAML"]),
    tests(
      "Reconciler", "ReconcilerTests",
      [
        "CommandLine", "Contract", "DesiredState", "EmulatedAPIServer", "JSON", "KubernetesAPI",
        "Reconciler", "operator-sim",
      ]),
    tests(
      "OffsetSync", "OffsetSyncTests",
      [
        "BoltFile", "CSockets", "CommandLine", "Contract", "EmulatedAPIServer", "Encodings",
        "FilelogCheckpoint", "HTTPClient", "HTTPServer", "HostileInput", "JSON", "KubernetesAPI",
        "OffsetSync", "StandInCollector", "SystemCalls", "Text", "filelog-offset-sync",
      ]),
    tests(
      "operator-sim",
      exclude: ["EmulatedAPIServer"],
      "OperatorSimTests",
      [
        "BoltFile", "CapacityPlan", "CommandLine", "Contract", "EmulatedAPIServer", "Encodings",
        "FilelogCheckpoint", "HTTPClient", "HTTPServer", "JSON", "KubernetesAPI", "OffsetSync",
        "OffsetsInspection", "ReportPage", "Simulation", "StandInCollector", "SystemCalls", "Text",
        "YAML",
        "offset-sync-bench", "operator-sim",
      ]),
    tests(
      "operator-sim/EmulatedAPIServer", "EmulatedAPIServerTests",
      ["EmulatedAPIServer", "HTTPClient", "HTTPServer", "JSON", "SystemCalls", "Text"]),
    tests(
      "Conformance", "ConformanceTests",
      [
        "DesiredState", "EmulatedAPIServer", "HTTPClient", "HTTPServer", "JSON", "KubernetesAPI",
        "Text",
      ]),
    // Whole runs and fleets: not part of `make test`.
    tests(
      "Slow", "SlowTests",
      [
        "Contract", "EmulatedAPIServer", "JSON", "KubernetesAPI", "Simulation",
        "filelog-offset-sync",
        "operator-sim",
      ]),
    tests(
      "Benchmarks", "BenchmarkTests",
      [
        "CapacityPlan", "Contract", "JSON", "OffsetSync", "offset-sync-bench",
        "offset-sync-bench-scale",
      ]),
    tests("House", "HouseTests", ["CommandLine", "JSON", "OffsetSync", "Simulation"]),
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
