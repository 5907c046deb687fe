import Attachment
import DesiredState
import FilelogJSON
import FilelogYAML
import TestSupport
import Testing

@testable import operator_sim

/// Which configuration files are mounted over, and with what.
@Suite struct ExtendedFileTests {
  /// Every structural case, with the file, or why an argument has to do.
  @Test func everyCaseIsMountedOrSaysWhyNot() throws {
    let lines = try AttachCase.attached.map { golden in
      var options = try golden.options()
      options.mountsConfiguration = true
      let report = try Attacher(file: "input").attach(golden.input(), options).report
      let ways = report.lines.compactMap { line -> String? in
        if let place = line.firstRange(of: ", configuration mounted over ") {
          return "mounted over " + line[place.upperBound...]
        }
        guard let place = line.firstRange(of: "one more argument (") else { return nil }
        return "argument (" + line[place.upperBound...].prefix { $0 != ")" } + ")"
      }
      return "\(golden.name): " + (ways.isEmpty ? "as it is" : ways.joined(separator: ", ")) + "\n"
    }
    let golden = GoldenFile(path: AttachCase.root + "mounted.txt")
    let difference = golden.difference(from: lines.joined())
    #expect(difference == nil, "\(difference ?? "")")
  }

  private static let pipelines = "pipelines: {logs: {receivers: [file_log], exporters: [debug]}}"
  private static let receivers = "receivers: {file_log: {include: [/v/*.log]}}"
  private static let exporters = "exporters: {debug: }"

  @Test func lastFileIsExtended() throws {
    let outcome = try attach(
      [
        "a": "\(Self.exporters)",
        "b": "\(Self.receivers)\nservice: {extensions: [x], \(Self.pipelines)}",
      ],
      ["--config=file:/conf/a", "--config", "b"])
    #expect(outcome.file == "b")
    #expect(outcome.mount?["mountPath"] == "/conf/" && outcome.mount?["readOnly"] == true)
    #expect(outcome.mount?["subPath"] == nil)
    #expect(outcome.arguments?.count == 3)
    #expect(
      outcome.text
        == "extensions: {\"file_storage/filelog_offsets\":{\"directory\":\"/var/otelcol/filelogoffsets\"}}\n"
        + "receivers: {file_log: {storage: \"file_storage/filelog_offsets\", include: [/v/*.log]}}\n"
        + "service: {extensions: [\"file_storage/filelog_offsets\", x], \(Self.pipelines)}")
  }

  /// In a later one a new list of extensions would take the place of this one's.
  @Test func fileThatHasTheListsIsExtended() throws {
    let outcome = try attach(
      [
        "a": "\(Self.receivers)\nservice: {extensions: [x], \(Self.pipelines)}",
        "b": Self.exporters,
      ],
      ["--config=/conf/a", "--config=/conf/b"])
    #expect(outcome.file == "a")
  }

  @Test(arguments: [
    (
      ["a": "service: {extensions: [x], \(pipelines)}", "b": "\(receivers)\n\(exporters)"],
      ["--config=/conf/a", "--config=/conf/b"], "would replace each other's lists"
    ),
    (
      ["a": "\(receivers)\n\(exporters)\nservice: {extensions: [x], \(pipelines)}"],
      ["--config=/conf/a", "--config=yaml:service: {extensions: [y]}"],
      "would replace each other's lists"
    ),
    (
      ["a": "\(receivers)\n\(exporters)\nx: &e [x]\nservice: {extensions: *e, \(pipelines)}"],
      ["--config=/conf/a"],
      "configmap/agent, key a:4:23: service.extensions is an alias; write it out"
    ),
    (
      ["a": "\(exporters)"],
      ["--config=yaml:{\(receivers), service: {\(pipelines)}}"], "does not come from a mounted file"
    ),
  ])
  func argumentIsAddedWhereNoFileServes(
    _ files: [String: String], _ arguments: [String], _ reason: String
  ) throws {
    let outcome = try attach(files, arguments)
    #expect(outcome.file == nil && outcome.mount == nil)
    #expect(outcome.arguments?.count == arguments.count + 1)
    #expect(outcome.lines.contains { $0.contains(reason) }, "\(outcome.lines)")
    #expect(outcome.lines.contains { $0.contains("helm, flux applied the object, too") })
  }

  /// A path can be mounted once, as it is written.
  @Test func fileThatIsMountedByItselfIsMountedOver() throws {
    let outcome = try attach(
      ["otel.yaml": "\(Self.receivers)\n\(Self.exporters)\nservice: {\(Self.pipelines)}"],
      ["--config=/etc/otel.yaml"],
      mount: ["name": "config", "mountPath": "/etc/otel.yaml", "subPath": "otel.yaml"])
    #expect(outcome.mount?["mountPath"] == "/etc/./otel.yaml")
    #expect(outcome.mount?["subPath"] == "otel.yaml")
    #expect(outcome.file == "otel.yaml" && outcome.text != nil)
    #expect(
      outcome.initMounts.contains([
        "name": "config", "subPath": "otel.yaml", "readOnly": true,
        "mountPath": "/var/otelcol/collector_configuration/vendor/otel.yaml",
      ]))
  }

  @Test func pathThatEndsInASlashIsSpelledDifferently() throws {
    let outcome = try attach(
      ["a": "\(Self.receivers)\n\(Self.exporters)\nservice: {\(Self.pipelines)}"],
      ["--config=/conf/a"], mount: ["name": "config", "mountPath": "/conf/"])
    #expect(outcome.mount?["mountPath"] == "/conf/./")
  }

  /// What changes while a pod runs, or would be hidden, is not copied.
  @Test(
    arguments: [
      (["serviceAccountToken": ["path": "token"]], "", "holds a token too"),
      (["secret": ["name": "s"]], "/conf/certs", "/conf/certs is mounted within /conf"),
      (["secret": ["name": "s"]], "/conf/./", "/conf is mounted twice already"),
    ] as [(JSONValue, String, String)])
  func mountThatNoCopyCanStandForGetsAnArgument(
    _ source: JSONValue, _ inner: String, _ reason: String
  ) throws {
    let outcome = try attach(
      ["a": "\(Self.receivers)\n\(Self.exporters)\nservice: {\(Self.pipelines)}"],
      ["--config=/conf/a"],
      volume: ["projected": ["sources": [["configMap": ["name": "agent"]], source]]],
      others: inner.isEmpty ? [] : [["name": "other", "mountPath": .string(inner)]])
    #expect(outcome.mount == nil)
    #expect(outcome.lines.contains { $0.contains(reason) }, "\(outcome.lines)")
  }

  @Test func otherContainerRuntimesGetAnArgument() throws {
    let outcome = try attach(
      ["a": "\(Self.receivers)\n\(Self.exporters)\nservice: {\(Self.pipelines)}"],
      ["--config=/conf/a"], runtime: "cri-o")
    #expect(outcome.mount == nil && outcome.arguments?.count == 2)
    #expect(outcome.lines.contains { $0.contains("the container runtime is cri-o") })
  }

  /// A volume has one source, and another manager's comes back beside it.
  @Test func replacedVolumeIsNoted() throws {
    let golden = try #require(AttachCase.all.first { $0.name == "checkpoints-replaced" })
    var options = try golden.options()
    options.mountsConfiguration = true
    options.otherManagers = ["helm"]
    let report = try Attacher(file: "input").attach(golden.input(), options).report
    #expect(
      report.lines.contains {
        $0.contains("note: helm applied the object, too, with hostPath for the")
      })
  }

  @Test func containerRuntimeIsToldByTheIDsOfContainers() {
    func pod(_ ids: String...) -> JSONValue {
      let statuses = ids.map { JSONValue.object(["containerID": .string($0)]) }
      return ["status": ["containerStatuses": .array(statuses)]]
    }
    #expect(ContainerRuntimes.other(in: []) == nil)
    #expect(ContainerRuntimes.other(in: [[:], pod("", "containerd://1")]) == nil)
    #expect(ContainerRuntimes.other(in: [pod("containerd://1"), pod("cri-o://2")]) == "cri-o")
  }

  /// The init container has the directory of the volume that the collector has.
  @Test func directoryBySubPathIsMountedForInitToo() throws {
    let outcome = try attach(
      ["k": "\(Self.receivers)\n\(Self.exporters)\nservice: {\(Self.pipelines)}"],
      ["--config=/etc/otel/deep/a.yaml"],
      mount: ["name": "config", "mountPath": "/etc/otel", "subPath": "dir"],
      volume: ["configMap": ["name": "agent", "items": [["key": "k", "path": "dir/deep/a.yaml"]]]])
    #expect(outcome.file == "deep/a.yaml")
    #expect(
      outcome.initMounts.contains([
        "name": "config", "mountPath": "/var/otelcol/collector_configuration/vendor",
        "subPath": "dir", "readOnly": true,
      ]))
  }

  // MARK: One DaemonSet

  private struct Outcome {
    var lines: [String] = []
    var arguments: [JSONValue]?
    var mount: JSONValue?
    var initMounts: [JSONValue] = []
    var file: String?
    /// What init would write.
    var text: String?
  }

  private func attach(
    _ files: [String: String], _ arguments: [String],
    mount: JSONValue = ["name": "config", "mountPath": "/conf"],
    volume: [String: JSONValue] = ["configMap": ["name": "agent"]], others: [JSONValue] = [],
    runtime: String? = nil
  ) throws -> Outcome {
    var source = volume
    source["name"] = "config"
    let container: JSONValue = [
      "name": "collector", "image": "otel/opentelemetry-collector-contrib:0.158.0",
      "workingDir": "/conf", "args": .array(arguments.map(JSONValue.string)),
      "volumeMounts": .array([mount] + others),
    ]
    let input: JSONValue = [
      "apiVersion": "v1", "kind": "List",
      "items": [
        [
          "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "agent"],
          "data": .object(files.mapValues(JSONValue.string)),
        ],
        [
          "apiVersion": "apps/v1", "kind": "DaemonSet", "metadata": ["name": "agent"],
          "spec": [
            "template": [
              "spec": ["containers": [container], "volumes": [.object(source)]]
            ]
          ],
        ],
      ],
    ]
    var options = AttachOptions(image: ContainerImage("registry.example.com/sync:1"))
    options.namespace = "logs"
    options.mountsConfiguration = true
    options.otherManagers = ["helm", "flux"]
    options.otherContainerRuntime = runtime
    let attacher = Attacher(file: "input")
    let result = try attacher.attach(JSONWriter.compact.bytes(input), options)
    var outcome = Outcome(lines: result.report.lines)
    let items = try attacher.list(try #require(result.output, "\(outcome.lines)"))["items"]?.array
    let pod = items?.first { $0["kind"] == "DaemonSet" }?["spec"]?["template"]?["spec"]
    let collector = pod?["containers"]?.array?.first { $0["name"] == "collector" }
    outcome.arguments = collector?["args"]?.array
    outcome.mount = collector?["volumeMounts"]?.array?.first {
      $0["name"] == "filelog-collector-configuration"
    }
    let initial = pod?["initContainers"]?[0]
    outcome.initMounts = initial?["volumeMounts"]?.array ?? []
    let variable = initial?["env"]?.array?.first {
      $0["name"] == "FILELOG_COLLECTOR_CONFIGURATION"
    }
    guard let value = variable?["value"]?.string else { return outcome }
    let json = try JSONValue(parsing: value)
    outcome.file = json["file"]?.string
    let additions = (json["additions"]?.array ?? []).compactMap { YAMLAddition($0) }
    let name = outcome.file?.split(separator: "/").last.map(String.init) ?? ""
    if let file = files[name] {
      outcome.text = String(
        decoding: try YAML.adding(additions, to: Array(file.utf8), file: "f").bytes, as: UTF8.self)
    }
    return outcome
  }
}
