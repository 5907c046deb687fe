import EmulatedAPIServer
import FilelogCommandLine
import FilelogJSON
import FilelogKubernetesAPI
import FoundationEssentials
import Glibc
import TestSupport
import Testing

@testable import operator_sim

@Suite struct OffsetsCommandTests {
  private func offsets(_ arguments: [String]) -> CommandResult { run(offsetsCommand, arguments) }

  fileprivate static func payload() throws -> [UInt8] {
    try HostFiles.read(Fixtures.directory + "/upstream-snapshots/several-receivers.tar.gz")
  }

  /// JSON lets C1 and marks of direction stand; a terminal would take them for commands.
  @Test func printedJSONHoldsNoControls() throws {
    let value: JSONValue = ["path": "\u{9b}31m\n\u{202e}\u{e0041}é"]
    let text = terminalJSON(value)
    #expect(text == "{\n  \"path\": \"\\u009b31m\\n\\u202e\\udb40\\udc41é\"\n}\n")
    #expect(try JSONValue(parsing: text) == value)
  }

  // MARK: Files

  @Test func offsetsDetectsFileKindByContent() throws {
    let directory = TemporaryDirectory()
    let payload = try Self.payload()
    let base64 = Data(payload).base64EncodedString()
    let map = "{kind: ConfigMap, apiVersion: v1, metadata: {name: m}, binaryData: {n: \(base64)}}"
    for (name, bytes) in [
      ("payload", payload), ("base64", Array(base64.utf8)), ("map.yaml", Array(map.utf8)),
      ("db", try Fixture(name: "collector/one-file/receiver_filelog_").bytes()),
    ] {
      let result = offsets(["--file", directory.write(name, bytes)])
      #expect(result.code == .success && result.errors == "", "\(name)")
    }
    #expect(offsets(["--file", directory.path]).output.contains("db: "))
    #expect(
      offsets(["--file", directory.path + "/map.yaml", "--node", "n"]).output.contains(
        "receiver_filelog_audit: "))
  }

  @Test func unreadableOffsetsExitOne() throws {
    let directory = TemporaryDirectory()
    for fixture in Fixture.all(in: "damaged")
    where try fixture.expected()["strictReader"]?.string == "rejects" {
      let result = offsets(["--file", directory.write("receiver_filelog_", try fixture.bytes())])
      #expect(result.code == .failure, "\(fixture.name)")
    }
    let sound = try Fixture(name: "collector/one-file/receiver_filelog_").bytes()
    directory.write("receiver_filelog_", sound)
    directory.write("receiver_filelog_broken", Array(sound.prefix(9000)))
    let result = offsets(["--file", directory.path])
    #expect(result.code == .failure)
    #expect(result.output.contains("\nreceiver_filelog_broken: 9,000 bytes, written "))
    #expect(result.output.contains("receiver_filelog_: 32,768 bytes, written "))
  }

  @Test func offsetsRejectsEndlessFiles() throws {
    let directory = TemporaryDirectory()
    #expect(mkfifo(directory.path + "/pipe", 0o600) == 0)
    for path in [directory.path + "/pipe", "/dev/zero"] {
      #expect(
        offsets(["--file", path])
          == CommandResult(
            .failure,
            errors:
              "cannot read \(path): neither a plain file nor a directory; what a pipe gives can be "
              + "read with --file -\n"))
    }
    for head: [UInt8] in [[], [0x1f, 0x8b]] {
      let large = directory.write("large", head)
      #expect(truncate(large, 5 << 30) == 0)
      #expect(
        offsets(["--file", large])
          == CommandResult(.failure, errors: "cannot read \(large): it is larger than 64 MiB\n"))
    }
  }

  /// The reader of YAML takes 16 MiB; a large cluster's maps are more.
  @Test func offsetsReadsManyMapsAsJSON() throws {
    let payload = JSONValue.string(
      String(repeating: "A", count: 1 << 20))
    let maps = (0..<17).map { number in
      [
        "kind": "ConfigMap",
        "metadata": [
          "name": .string("rel-filelogoffsets-node-n\(number)"),
          "labels": ["dash0.com/filelog-offsets": "node"],
          "annotations": ["dash0.com/filelog-offsets-node": .string("n\(number)")],
        ], "binaryData": ["n\(number)": payload],
      ] as JSONValue
    }
    let list: JSONValue = ["apiVersion": "v1", "kind": "List", "items": .array(maps)]
    let directory = TemporaryDirectory()
    let result = offsets([
      "--file", directory.write("list.json", JSONWriter.compact.bytes(list)),
    ])
    #expect(result.code == .failure)
    #expect(result.output.hasPrefix("17 nodes with maps of their own\n"))
  }

  @Test func unreadableFileIsReportedOnce() throws {
    let directory = TemporaryDirectory()
    let tar = directory.write(
      "tar", [UInt8](repeating: 0, count: 257) + "ustar".utf8 + [UInt8](repeating: 0, count: 1000))
    #expect(symlink("nowhere", directory.path + "/link") == 0)
    for (path, message) in [
      ("/link", "cannot read \(directory.path)/link: No such file or directory"),
      (
        "/tar",
        "\(tar): a tar archive that is not compressed; a snapshot is: gzip it first"
      ),
      ("/empty", "\(directory.path)/empty: it is empty"),
      ("/text", "\(directory.path)/text: neither gzip nor base64"),
      ("/secret", "\(directory.path)/secret: expected a ConfigMap, found Secret"),
      ("/bad\u{1b}[1m", "cannot read \(directory.path)/bad\\u{1b}[1m: No such file or directory"),
    ] {
      directory.write("empty", "")
      directory.write("text", "%%%%")
      directory.write("secret", "apiVersion: v1\nkind: Secret\n")
      #expect(
        offsets(["--file", directory.path + path])
          == CommandResult(.failure, errors: message + "\n"))
    }
  }

  @Test(arguments: [
    (["--release", "r"], "--release does not go with --file"),
    (["--namespace", "n"], "--namespace does not go with --file"),
    (["--kubeconfig", "k"], "--kubeconfig does not go with --file"),
    (["--server", "https://x"], "--server does not go with --file"),
  ])
  func optionsThatSayNothingHereAreRefused(_ arguments: [String], _ message: String) {
    #expect(
      offsets(["--file", "x"] + arguments)
        == CommandResult(
          .usage,
          errors: "operator-sim offsets: \(message)\nTry: operator-sim offsets --help\n"))
  }

  // MARK: Clusters

  private struct Cluster {
    let server: EmulatedAPIServer
    let arguments: [String]
    private let endpoint: EmulatedAPIEndpoint
    private let directory = TemporaryDirectory()

    init() throws {
      server = try EmulatedAPIServer()
      endpoint = try server.start()
      arguments =
        ["--release", "rel", "--namespace", "default", "--kubeconfig"]
        + [directory.write("kubeconfig", endpoint.kubeconfig(token: endpoint.adminToken))]
    }

    func create(_ object: JSONValue, as plural: String = "configmaps") throws {
      let client = KubernetesClient(
        try ClusterConfiguration.kubeconfig(path: arguments[5]), userAgent: "filelog-offset-sync")
      _ = try client.send(
        APIRequest(
          "POST", "/api/v1/namespaces/default/\(plural)", contentType: MediaType.json,
          body: JSONWriter.compact.bytes(object)))
    }

    func createSharedMap() throws {
      try create([
        "apiVersion": "v1", "kind": "ConfigMap", "metadata": ["name": "rel-filelogoffsets-cm"],
        "binaryData": [
          "node-a": .string(Data(try OffsetsCommandTests.payload()).base64EncodedString())
        ],
      ])
    }
  }

  @Test func nodeWithOffsetsInTwoPlacesShowsBoth() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.createSharedMap()
    let own = offsets(cluster.arguments + ["--node", "node-a"]).output
    try cluster.create([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": [
        "name": "rel-filelogoffsets-node-node-a",
        "labels": [
          "dash0.com/filelog-offsets": "node", "app.kubernetes.io/instance": "rel",
        ],
        "annotations": ["dash0.com/filelog-offsets-node": "node-a"],
      ],
      "binaryData": [
        "node-a": .string(Data(try OffsetsCommandTests.payload()).base64EncodedString())
      ],
    ])
    let result = offsets(cluster.arguments + ["--node", "node-a"])
    #expect(result.code == .success)
    #expect(
      result.output
        == "node node-a has offsets in two places; its pod takes the newer ones\n\n"
        + "in its own map:\n\(own)\nin the shared map:\n\(own)")
    let json = try JSONValue(
      parsing: Array(offsets(cluster.arguments + ["--node", "node-a", "--json"]).output.utf8))
    #expect(json["nodeMap"]?["databases"] == json["sharedMap"]?["databases"])
    #expect(json["nodeMap"]?["databases"]?.array?.isEmpty == false)
  }

  @Test func missingMapErrorNamesRemedy() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    #expect(
      offsets(cluster.arguments)
        == CommandResult(
          .failure,
          errors:
            "there is no configmap default/rel-filelogoffsets-cm and no map of a single node; is "
            + "that the name of the release, and does it keep its offsets in config maps? To see what "
            + "there is: kubectl get configmaps --namespace default\n"))
  }

  @Test func sharedMapIsShownWithoutListPermission() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.createSharedMap()
    cluster.server.addFault(try Fault(parsing: "verb=list resource=configmaps status=403"))
    let result = offsets(cluster.arguments)
    #expect(result.code == .success)
    #expect(result.output.hasPrefix("configmap default/rel-filelogoffsets-cm: "))
    #expect(result.output.contains(", 1 node, last stored 20"))
    #expect(
      result.errors
        == "note: maps of single nodes are not shown, as they may not be listed; ask for the verb list "
        + "on configmaps in namespace default\n")
    cluster.server.addFault(try Fault(parsing: "verb=get resource=configmaps status=403"))
    let refused = offsets(cluster.arguments)
    #expect(refused.code == .failure)
    #expect(
      refused.errors.contains(
        "configmap default/rel-filelogoffsets-cm may not be read; ask for the verbs get and list on "
          + "configmaps in namespace default: the API server answered 403"))
  }

  @Test func offsetsReadsServerWithoutKubeconfig() throws {
    #expect(
      offsets(["--release", "r", "--namespace", "n", "--server", "http://127.0.0.1:1"]).errors
        == "the API server at 127.0.0.1:1: connection refused; is the cluster running, and is it the one "
        + "you mean? --context chooses another\n")
  }

  // MARK: Dropping

  private static let audit = "node-a/receiver_filelog_audit"

  private func names(of node: String, _ cluster: Cluster) throws -> [String] {
    let shown = offsets(cluster.arguments + ["--node", node, "--json"])
    let json = try JSONValue(parsing: Array(shown.output.utf8))
    return (json["databases"]?.array ?? []).compactMap { $0["name"]?.string }
  }

  @Test func dropTakesOneFileOutOfSharedMap() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.createSharedMap()
    let drop = cluster.arguments + ["--drop", Self.audit]
    let place = "configmap default/rel-filelogoffsets-cm, key node-a"
    let shown = "\(place): receiver_filelog_audit, 32,768 bytes of 3 files\n"
    #expect(
      offsets(drop + ["--dry-run"])
        == CommandResult(.success, output: shown + "nothing is dropped (dry run)\n"))
    #expect(
      offsets(drop)
        == CommandResult(
          .failure, output: shown,
          errors: "nothing is dropped unless you confirm it: give --yes, or --dry-run to look\n"))
    #expect(try names(of: "node-a", cluster).count == 3)
    #expect(
      offsets(drop + ["--yes"])
        == CommandResult(
          .success, output: shown + "\(place): receiver_filelog_audit dropped\n"))
    #expect(
      try names(of: "node-a", cluster) == ["receiver_filelog_", "receiver_filelog_selfmonitoring"])
    #expect(
      offsets(drop + ["--yes"])
        == CommandResult(
          .failure,
          errors: "node node-a: no file receiver_filelog_audit is stored (found receiver_filelog_, "
            + "receiver_filelog_selfmonitoring)\n"))
    #expect(
      offsets(cluster.arguments + ["--drop", "node-b/x", "--yes"]).errors
        == "node node-b: nothing is stored; operator-sim offsets lists what is\n")
  }

  /// Other nodes write the same map; a change of this node's own entry is not written over.
  @Test func dropTriesAgainWhenTheMapChanges() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.createSharedMap()
    cluster.server.addFault(
      try Fault(parsing: "verb=patch resource=configmaps status=409 times=2"))
    #expect(offsets(cluster.arguments + ["--drop", Self.audit, "--yes"]).code == .success)
    cluster.server.addFault(try Fault(parsing: "verb=patch resource=configmaps status=409"))
    #expect(
      offsets(cluster.arguments + ["--drop", "node-a/receiver_filelog_", "--yes"]).errors
        == "configmap default/rel-filelogoffsets-cm, key node-a: the map changes too often, nothing is "
        + "dropped; run it again\n")
  }

  @Test func dropOfTheLastFileTakesTheNodeOut() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.createSharedMap()
    for file in ["receiver_filelog_", "receiver_filelog_audit", "receiver_filelog_selfmonitoring"] {
      #expect(
        offsets(cluster.arguments + ["--drop", "node-a/\(file)", "--yes"]).code == .success)
    }
    #expect(offsets(cluster.arguments).output.contains(", 0 nodes"))
  }

  @Test func dropTakesOneFileOutOfNodesMap() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.create([
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": [
        "name": "rel-filelogoffsets-node-node-a",
        "labels": ["dash0.com/filelog-offsets": "node", "app.kubernetes.io/instance": "rel"],
        "annotations": ["dash0.com/filelog-offsets-node": "node-a"],
      ],
      "binaryData": ["node-a": .string(Data(try Self.payload()).base64EncodedString())],
    ])
    let result = offsets(cluster.arguments + ["--drop", Self.audit, "--yes"])
    #expect(result.code == .success, "\(result)")
    #expect(
      result.output.hasPrefix("configmap default/rel-filelogoffsets-node-node-a, key node-a: "))
    #expect(
      try names(of: "node-a", cluster) == ["receiver_filelog_", "receiver_filelog_selfmonitoring"])
  }

  @Test func dropIsRefusedWhileItsPodRuns() throws {
    let cluster = try Cluster()
    defer { cluster.server.stop() }
    try cluster.createSharedMap()
    try cluster.create(
      [
        "apiVersion": "v1", "kind": "Pod", "metadata": ["name": "agent-1"],
        "spec": [
          "nodeName": "node-a",
          "containers": [
            [
              "name": "filelog-offset-sync", "image": "i",
              "env": [["name": "K8S_CONFIGMAP_NAME", "value": "rel-filelogoffsets-cm"]],
            ]
          ],
        ],
      ], as: "pods")
    let result = offsets(cluster.arguments + ["--drop", Self.audit, "--yes"])
    #expect(result.code == .failure)
    #expect(
      result.errors.hasPrefix(
        "node node-a: pod agent-1 runs there, and its sync container would store "
          + "receiver_filelog_audit again from its volume; stop the pods first"))
    #expect(try names(of: "node-a", cluster).count == 3)
    #expect(
      offsets(cluster.arguments + ["--drop", "node-b/x"]).errors
        == "node node-b: nothing is stored; operator-sim offsets lists what is\n")
  }

  @Test(arguments: [
    (["--drop", "node-a"], "--drop: expected NODE/FILE, found \"node-a\""),
    (["--drop", "a/b", "--node", "a"], "--node does not go with --drop"),
    (["--drop", "a/b"], "--drop: expected --release, whose offsets they are"),
    (["--yes"], "--yes goes with --drop"),
  ])
  func dropRejectsOtherOptions(_ arguments: [String], _ message: String) {
    #expect(
      offsets(arguments)
        == CommandResult(
          .usage,
          errors: "operator-sim offsets: \(message)\nTry: operator-sim offsets --help\n"))
  }
}
