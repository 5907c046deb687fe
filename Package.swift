// swift-tools-version:6.0
import PackageDescription

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource] = [],
  exclude: [String] = []
) -> Target {
  .target(
    name: name, dependencies: dependencies, exclude: exclude, resources: resources,
    swiftSettings: strict)
}

func main(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .executableTarget(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
  .testTarget(
    name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

// Imports run one way, from the bottom of this list to its top.
let package = Package(
  name: "filelog-offset-sync",
  products: [
    .library(name: "DesiredState", targets: ["DesiredState"]),
    .library(name: "OffsetSync", targets: ["OffsetSync"]),
    .executable(name: "filelog-offset-sync", targets: ["filelog-offset-sync"]),
    .executable(name: "operator-sim", targets: ["operator-sim"]),
  ],
  dependencies: [],
  targets: [
    // System C libraries.
    .systemLibrary(
      name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CYAML", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"])]),
    .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
    .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
    .systemLibrary(name: "CSockets"),
    .systemLibrary(name: "CProcesses"),

    // What several programs' user interfaces share.
    library("Spelling"),
    library("CommandFrame", ["Spelling"]),
    library("ReportPage"),

    // Data on the wire and on disk.
    library("Base64"),
    library("JSON"),
    library("YAML", ["CYAML", "JSON"]),
    library("SystemCalls"),
    library("BoltFile", ["SystemCalls"]),
    library("Digest", ["COpenSSL"]),
    library("FilelogCheckpoint", ["Base64", "JSON"]),

    // What ships: the manifests, and the container workload.
    library(
      "DesiredState", ["Base64", "CZlib", "Digest", "JSON", "Spelling", "YAML"],
      resources: [
        .embedInCode("daemonset.config.yaml.template"), .embedInCode("values.defaults.yaml"),
      ]),
    library("HTTPClient", ["CCurl"]),
    library("KubernetesAPI", ["Base64", "HTTPClient", "JSON", "YAML"]),
    library(
      "OffsetSync",
      [
        "BoltFile", "CZlib", "CommandFrame", "Digest", "FilelogCheckpoint", "HTTPClient", "JSON",
        "KubernetesAPI", "SystemCalls",
      ]),
    main("filelog-offset-sync", ["CommandFrame", "OffsetSync", "SystemCalls"]),

    // The operator's side on a laptop.
    library("HTTPServer", ["COpenSSL", "CSockets"]),
    library(
      "EmulatedAPIServer", ["Digest", "HTTPServer", "JSON", "YAML"],
      resources: [.embedInCode("Schema/kubernetes-schema.txt")], exclude: ["Schema/make-schema.py"]),
    library("StandInCollector", ["BoltFile", "FilelogCheckpoint", "HTTPClient", "JSON", "YAML"]),
    library(
      "Reconciler", ["DesiredState", "Digest", "HTTPClient", "JSON", "KubernetesAPI", "YAML"]),
    library(
      "OffsetsInspection",
      ["BoltFile", "CZlib", "CommandFrame", "FilelogCheckpoint", "JSON", "OffsetSync"]),
    library("CapacityPlan", ["JSON", "ReportPage"]),
    library(
      "Simulation",
      [
        "Base64", "BoltFile", "CProcesses", "CZlib", "CommandFrame", "DesiredState",
        "EmulatedAPIServer", "FilelogCheckpoint", "HTTPClient", "HTTPServer", "JSON",
        "KubernetesAPI", "OffsetSync", "ReportPage", "Spelling", "StandInCollector", "SystemCalls",
        "YAML",
      ]),
    main(
      "operator-sim",
      [
        "CapacityPlan", "CommandFrame", "DesiredState", "EmulatedAPIServer", "HTTPServer", "JSON",
        "KubernetesAPI", "OffsetsInspection", "OffsetSync", "Reconciler", "Simulation", "Spelling",
        "StandInCollector", "YAML",
      ]),

    // Tests: one folder per module.
    .target(
      name: "TestSupport",
      dependencies: ["COpenSSL", "CSockets", "CZlib", "Digest", "JSON"], path: "Tests/TestSupport",
      swiftSettings: strict),
    .target(
      name: "HostileInput",
      dependencies: [
        "BoltFile", "CZlib", "FilelogCheckpoint", "HTTPClient", "KubernetesAPI", "OffsetSync",
        "TestSupport",
      ],
      path: "Tests/HostileInput", swiftSettings: strict),
    tests("HostileInputTests", ["HostileInput"]),

    // Measures; for this repository alone.
    main(
      "offset-sync-bench",
      [
        "BoltFile", "CommandFrame", "EmulatedAPIServer", "FilelogCheckpoint", "JSON",
        "KubernetesAPI", "OffsetSync", "StandInCollector", "TestSupport",
      ]),
    main(
      "offset-sync-bench-scale",
      [
        "Base64", "BoltFile", "CapacityPlan", "CommandFrame", "EmulatedAPIServer",
        "FilelogCheckpoint",
        "HTTPClient", "JSON", "KubernetesAPI", "OffsetSync", "StandInCollector", "TestSupport",
      ]),
    tests(
      "BoltFileTests", ["BoltFile", "Digest", "HTTPClient", "JSON", "StandInCollector"]),
    tests(
      "FilelogCheckpointTests", ["BoltFile", "CommandFrame", "Digest", "FilelogCheckpoint", "JSON"]),
    tests(
      "CapacityPlanTests",
      ["CapacityPlan", "JSON", "OffsetSync", "offset-sync-bench", "offset-sync-bench-scale"]),
    tests("CommandFrameTests", ["CommandFrame"]),
    tests("DocumentationTests", ["CommandFrame", "JSON", "OffsetSync", "Simulation"]),
    tests("Base64Tests", ["Base64"]),
    tests("JSONTests", ["JSON"]),
    tests("SystemCallsTests", ["SystemCalls"]),
    tests("DesiredStateTests", ["DesiredState", "JSON", "YAML"]),
    tests("HTTPServerTests", ["HTTPServer"]),
    tests(
      "EmulatedAPIServerTests",
      ["EmulatedAPIServer", "HTTPClient", "HTTPServer", "JSON", "YAML"]),
    tests("HTTPClientTests", ["HTTPClient", "HTTPServer"]),
    tests("KubernetesAPITests", ["HTTPClient", "HTTPServer", "JSON", "KubernetesAPI"]),
    tests("OffsetSyncBenchTests", ["JSON", "offset-sync-bench"]),
    tests(
      "OffsetSyncTests",
      [
        "BoltFile", "CSockets", "CommandFrame", "DesiredState", "Digest", "EmulatedAPIServer",
        "FilelogCheckpoint", "HTTPClient", "HTTPServer", "JSON", "KubernetesAPI", "OffsetSync",
        "StandInCollector", "SystemCalls", "filelog-offset-sync",
      ]),
    tests(
      "SimulationTests",
      [
        "BoltFile", "EmulatedAPIServer", "FilelogCheckpoint", "HTTPClient", "HTTPServer", "JSON",
        "KubernetesAPI", "Simulation", "YAML", "filelog-offset-sync", "operator-sim",
      ]),
    tests(
      "OffsetsInspectionTests",
      [
        "BoltFile", "Digest", "FilelogCheckpoint", "JSON", "OffsetsInspection", "OffsetSync",
        "StandInCollector",
      ]),
    tests(
      "OperatorSimTests",
      ["CommandFrame", "EmulatedAPIServer", "JSON", "KubernetesAPI", "operator-sim"]),
    tests(
      "ReconcilerTests",
      [
        "CommandFrame", "DesiredState", "EmulatedAPIServer", "JSON", "KubernetesAPI", "Reconciler",
        "operator-sim",
      ]),
    tests("SpellingTests", ["Spelling"]),
    tests(
      "StandInCollectorTests",
      ["BoltFile", "FilelogCheckpoint", "HTTPServer", "JSON", "StandInCollector"]),
    tests("YAMLTests", ["JSON", "YAML"]),
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
