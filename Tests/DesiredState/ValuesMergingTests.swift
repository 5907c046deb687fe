import FilelogJSON
import Testing

@testable import DesiredState

/// How files and `--set` arguments become one tree of values.
@Suite struct ValuesMergingTests {
  @Test func laterFilesWinByMember() throws {
    let tree = try merged(
      ["a: {x: 1, y: [1, 2]}\nb: 1\n", "a: {y: [3], z: 4}\n", "", "b: {c: 2}\n"])
    #expect(tree["a"] == ["x": 1, "y": [3], "z": 4])
    #expect(tree["b"] == ["c": 2])
  }

  @Test func nullRemovesDefault() throws {
    let key = "daemonSetNodeAffinity"
    let removed = try merged(["operator: {collectors: {\(key): null}}"])
    #expect(removed["operator"]?["collectors"]?[key] == nil)
    #expect(removed["operator"]?["collectors"]?["daemonSetProbes"] != nil)
    let restored = try merged([
      "operator: {collectors: {\(key): null}}", "operator: {collectors: {\(key): {a: 1}}}",
    ])
    #expect(restored["operator"]?["collectors"]?[key]?["a"] == 1)
  }

  @Test(
    arguments: [
      ("a=1", ["a": 1]), ("a=01", ["a": "01"]), ("a=-5", ["a": -5]), ("a=1.5", ["a": "1.5"]),
      ("a=true", ["a": true]), ("a=True", ["a": true]), ("a=NULL", [:]), ("a=+5", ["a": 5]),
      ("a=null", [:]), ("a=", ["a": ""]),
      ("a.b.c=x", ["a": ["b": ["c": "x"]]]), ("a=1,b=2", ["a": 1, "b": 2]),
      (#"a\.b=1"#, ["a.b": 1]), (#"a=x\,y"#, ["a": "x,y"]),
      ("a={x,2,true}", ["a": ["x", 2, true]]),
      ("a={}", ["a": []]), ("a[0].b=1,a[1]=2", ["a": [["b": 1], 2]]), ("a=b=c", ["a": "b=c"]),
      ("a=1,a.b=2", ["a": ["b": 2]]), ("a.x=1,a.y=2", ["a": ["x": 1, "y": 2]]), ("a=1,", ["a": 1]),
    ] as [(String, JSONValue)])
  func setNotationMatchesHelm(_ text: String, _ expected: JSONValue) throws {
    var tree = try merged([], sets: [text])
    tree["operator"] = nil
    #expect(tree == expected)
  }

  @Test func setWinsOverFiles() throws {
    let tree = try merged(["a: {list: [{x: 1, y: 2}], z: 0}\n"], sets: ["a.list[0].x=9", "a.z=3"])
    #expect(tree["a"] == ["list": [["x": 9, "y": 2]], "z": 3])
  }

  @Test func jsonThatIsNotYAMLIsRead() throws {
    let text = #"{"operator": {"clusterName": "\ud83d\ude00 a\/b", "collectors": {"x": 1}}}"#
    let tree = try merged([text + "\n"])
    #expect(tree["operator"]?["clusterName"] == "😀 a/b")
    let tabs = try merged(["{\n\t\"a\":1,\n\t\"b\":[\n\t\t2]}"])
    #expect(tabs["a"] == 1 && tabs["b"] == [2])
    #expect(
      problems(request(#"{"operator": {"clusterName": ["\ud83d\ude00"]}}"#)) == [
        "values.yaml: operator.clusterName: found a list, expected text"
      ])
  }

  @Test func foreignKeysAreIgnoredWithNotes() throws {
    let values = """
      global: {x: 1}
      operator:
        replicaCount: 2
        replicaCuont: 2
        somethingNew: true
        dash0Export: {apiEndpoint: https://api.example.com}
        collectors: {deploymentLabels: {a: b}, enabld: true}
      """
    let input = try DesiredStateInput(request(values))
    #expect(
      input.values.ignoredKeys == [
        "global", "operator.collectors.deploymentLabels", "operator.replicaCount",
      ])
    #expect(
      input.notes.prefix(2) == [
        .ignoredKeys(["global", "operator.collectors.deploymentLabels", "operator.replicaCount"]),
        .unknownKeys([
          "operator.collectors.enabld", "operator.replicaCuont (did you mean replicaCount?)",
          "operator.somethingNew",
        ]),
      ])
  }

  @Test func chartDefaultsGiveNoNotes() throws {
    let values = """
      operator:
        replicaCount: 1
        profilingEnabled: true
        managerContainerResources: {limits: {memory: 256Mi}}
        targetAllocator: {mTls: {enabled: false}}
        collectors: {deploymentLabels: {}, disableHostPorts: true}
      """
    let input = try DesiredStateInput(request(values))
    #expect(input.values.ignoredKeys.isEmpty)
    #expect(
      input.values.keysWithoutEffect == [
        "operator.collectors.disableHostPorts", "operator.profilingEnabled",
      ])
  }

  @Test func assignmentsOfEachNotationAreReadAsHelmReadsThem() throws {
    var request = request("", base: "")
    request.values = []
    request.sets = [
      .json(#"{"a": {"x": 1}}"#), .json(#"a.y={"z":[1,"b,c"]},b=[true]"#), .parsed("a.x=2"),
      .text("c=12,d=true,e={1,2}"), .file(key: "f.g", InputFile(name: "file", text: "text\n")),
      .literal(key: "f.h", "1,2\\"),
    ]
    let log = ProblemLog()
    let tree = ValuesTree.given(request, log: log)
    try log.check()
    #expect(
      tree.json == [
        "a": ["x": 2, "y": ["z": [1, "b,c"]]], "b": [true], "c": "12", "d": "true",
        "e": ["1", "2"], "f": ["g": "text\n", "h": "1,2\\"],
      ])
  }

  @Test(
    arguments: [
      (.text("nonsense"), "set-string: found \"nonsense\", expected key.path=value"),
      (.json("a={"), "set-json: found a value that is not JSON, expected key.path=JSON"),
      (
        .file(key: "a=b", InputFile(name: "f", text: "")),
        "set-file: found \"a\", expected key.path=file"
      ),
      (.literal(key: "a=b", "x"), "set-literal: found \"a\", expected key.path=text"),
    ] as [(ValueAssignment, String)])
  func wrongAssignmentsAreExplained(_ assignment: ValueAssignment, _ expected: String) {
    var request = request("{}")
    request.sets = [assignment]
    #expect(problems(request) == [expected])
  }

  /// What null takes away has to be there, as with any other value.
  @Test func nullsOfUnknownKeysAreProblemsOrNotes() throws {
    var slips = request(
      """
      operator:
        clustername:
        clusterName: null
        mine: ~
        collectorImage:
          tagg: null
      """)
    #expect(
      problems(slips) == [
        "values.yaml:2: operator.clustername: found an unknown key, did you mean clusterName?",
        "values.yaml:6: operator.collectorImage.tagg: found an unknown key, did you mean tag?",
      ])
    slips.sets = [.parsed("operator.clustername=x")]
    #expect(
      problems(slips).contains(
        "set: operator.clustername: found an unknown key, did you mean clusterName?"))
    let others = request("operator: {mine: null, deploymentAnnotations: null, export: null}")
    #expect(try DesiredStateInput(others).values.unknownKeys == ["operator.mine"])
    #expect(try DesiredStateInput(others).values.ignoredKeys == [])
  }

  @Test func decodedTreesWinOverFiles() throws {
    var request = request("operator: {clusterName: file}")
    request.valueTrees = [["operator": ["clusterName": "tree"]], [:]]
    #expect(try DesiredStateInput(request).settings.clusterName == "tree")
    request.valueTrees = [["operator": ["collectors": ["sendBatchSize": "many"]]]]
    #expect(
      problems(request) == [
        "valueTrees: operator.collectors.sendBatchSize: found \"many\", "
          + "expected a whole number from 0 to 4294967295"
      ])
  }

  private func merged(_ files: [String], sets: [String] = []) throws -> JSONValue {
    var request = request("")
    request.values = files.enumerated().map { InputFile(name: "\($0).yaml", text: $1) }
    request.sets = sets.map { .parsed($0) }
    let log = ProblemLog()
    let tree = ValuesTree.merged(request, log: log)
    try log.check()
    return tree.json
  }
}
