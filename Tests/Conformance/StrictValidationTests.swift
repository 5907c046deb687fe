import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// `fieldValidation`, and the rules that a generator of DaemonSets meets.
@Suite struct StrictValidationTests {
  /// In document order, which is how problems are listed.
  static let document = """
    {"apiVersion":"apps/v1","kind":"DaemonSet","metadata":{"name":"d"},"spec":{"selector":\
    {"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},"spec":\
    {"initContainers":[{"name":"i","image":"i","restartPolcy":"Always"}],"containers":[{"name":"c",\
    "image":"i","startupProbe":{"exec":{"command":["x"]},"httpget":{}}}]}},"tempalte":{}}}
    """

  private func post(_ query: String, _ body: String) throws -> TestCluster.Reply {
    try TestCluster().send(
      "POST", Daemons.all + query, Array(body.utf8), type: "application/json")
  }

  @Test(.holds(.unknownFields)) func strictListsEveryUnknownField() throws {
    let reply = try post("?fieldValidation=Strict&dryRun=All", Self.document)
    #expect(reply.status == 400)
    #expect(reply.reason == "BadRequest")
    #expect(
      reply.message == """
        DaemonSet in version "v1" cannot be handled as a DaemonSet: strict decoding error: unknown \
        field "spec.template.spec.initContainers[0].restartPolcy", unknown field \
        "spec.template.spec.containers[0].startupProbe.httpget", unknown field "spec.tempalte"
        """)
  }

  @Test(.holds(.warnings), arguments: ["?dryRun=All", "?dryRun=All&fieldValidation=Warn"])
  func theDefaultWarns(_ query: String) throws {
    let reply = try post(query, Self.document)
    #expect(reply.status == 201)
    #expect(reply.warnings.count == 3)
    #expect(reply.warnings.last == #"299 - "unknown field \"spec.tempalte\"""#)
    #expect(reply.json["spec"]?["tempalte"] == nil)
  }

  @Test func ignoreIsSilent() throws {
    let reply = try post("?dryRun=All&fieldValidation=Ignore", Self.document)
    #expect(reply.status == 201)
    #expect(reply.warnings.isEmpty)
  }

  @Test(.holds(.duplicateFields)) func aFieldThatIsThereTwiceIsADuplicate() throws {
    let body = Self.document.replacing(
      #""image":"i","startupProbe":{"exec":{"command":["x"]},"httpget":{}}"#,
      with: #""image":"i","image":"j""#
    ).replacing(#","restartPolcy":"Always""#, with: "").replacing(#","tempalte":{}"#, with: "")
    let reply = try post("?fieldValidation=Strict", body)
    #expect(
      reply.message == """
        DaemonSet in version "v1" cannot be handled as a DaemonSet: strict decoding error: \
        duplicate field "spec.template.spec.containers[0].image"
        """)
  }

  @Test(.holds(.unknownFieldsApplied)) func applyRefusesUnknownFieldsAlways() throws {
    var daemon = Daemons.object()
    daemon["spec"]?["tempalte"] = [:]
    for query in ["", "&fieldValidation=Ignore", "&fieldValidation=Strict"] {
      let reply = try TestCluster().apply(
        Daemons.all + "/d?fieldManager=x" + query, daemon)
      #expect(reply.status == 500)
      #expect(reply.reason == nil)
      #expect(
        reply.message == """
          failed to create typed patch object (/d; apps/v1, Kind=DaemonSet): .spec.tempalte: field \
          not declared in schema
          """)
    }
  }

  @Test(.holds(.typoInMergePatch)) func aMergePatchWithATypoIsAcceptedWithAWarningUnlessStrict()
    throws
  {
    let cluster = try TestCluster.withMap()
    let typo: JSONValue = ["binaryDta": ["a": "AA=="]]
    let reply = cluster.merge(Maps.path("m"), typo)
    #expect(reply.status == 200)
    #expect(!reply.changed)
    #expect(reply.warnings == [#"299 - "unknown field \"binaryDta\"""#])
    let strict = cluster.merge(Maps.path("m") + "?fieldValidation=Strict", typo)
    #expect(strict.status == 422)
    #expect(
      strict.message?.hasSuffix(#": strict decoding error: unknown field "binaryDta""#) == true)
  }

  private func refusal(
    _ change: (inout JSONValue) -> Void, initContainer: JSONValue? = nil
  ) throws -> TestCluster.Reply {
    var daemon = Daemons.object()
    var spec = daemon["spec"]?["template"]?["spec"] ?? [:]
    if let initContainer { spec["initContainers"] = [initContainer] }
    change(&spec)
    daemon["spec"]?["template"]?["spec"] = spec
    return try TestCluster().post(Daemons.all, daemon)
  }

  static let hook: JSONValue = ["preStop": ["exec": ["command": ["x"]]]]

  @Test(.holds(.nativeSidecar)) func aNativeSidecarMayHaveALifeOfItsOwn() throws {
    let probe: JSONValue = ["exec": ["command": ["x"]]]
    let reply = try refusal(
      { _ in },
      initContainer: [
        "name": "i", "image": "i", "restartPolicy": "Always", "lifecycle": Self.hook,
        "startupProbe": probe, "readinessProbe": probe,
      ])
    #expect(reply.status == 201)
  }

  @Test(.holds(.plainInitContainer)) func aPlainInitContainerMayNot() throws {
    let reply = try refusal(
      { _ in }, initContainer: ["name": "i", "image": "i", "lifecycle": Self.hook])
    #expect(reply.status == 422)
    #expect(
      reply.message == """
        DaemonSet.apps "d" is invalid: spec.template.spec.initContainers[0].lifecycle: Forbidden: \
        may not be set for init containers without restartPolicy=Always
        """)
  }

  @Test(.holds(.unknownRestartPolicy)) func anUnknownRestartPolicyIsRefused() throws {
    let reply = try refusal(
      { _ in }, initContainer: ["name": "i", "image": "i", "restartPolicy": "Sometimes"])
    #expect(
      reply.causes.first?["message"]
        == .some(
          #"Unsupported value: "Sometimes": supported values: "Always", "Never", "OnFailure""#))
  }

  static let rules: [(change: JSONValue, problem: String)] = [
    (["containers": []], "spec.template.spec.containers: Required value"),
    (
      ["containers": [["name": "c"]]],
      "spec.template.spec.containers[0].image: Required value"
    ),
    (
      [
        "containers": [
          ["name": "c", "image": "i", "volumeMounts": [["name": "v", "mountPath": "/v"]]]
        ]
      ],
      "spec.template.spec.containers[0].volumeMounts[0].name: Not found: \"v\""
    ),
    (
      ["volumes": [["name": "v", "emptyDir": [:], "hostPath": ["path": "/x"]]]],
      "spec.template.spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type"
    ),
  ]

  @Test(arguments: rules)
  func aRuleIsEnforced(_ change: JSONValue, _ problem: String) throws {
    let reply = try refusal { spec in
      for (name, value) in change.object ?? [:] { spec[name] = value }
    }
    #expect(reply.status == 422)
    #expect(reply.message == "DaemonSet.apps \"d\" is invalid: \(problem)")
  }

  @Test func aWrongTypeIsDescribedAsGoDoes() throws {
    var daemon = Daemons.object()
    daemon["spec"]?["minReadySeconds"] = "soon"
    #expect(
      try TestCluster().post(Daemons.all, daemon).message == """
        DaemonSet in version "v1" cannot be handled as a DaemonSet: json: cannot unmarshal string \
        into Go struct field DaemonSetSpec.spec.minReadySeconds of type int32
        """)
  }

  @Test func theSelectorMustMatchAndStays() throws {
    let cluster = try TestCluster()
    var daemon = Daemons.object()
    daemon["spec"]?["selector"]?["matchLabels"] = ["app": "y"]
    #expect(
      cluster.post(Daemons.all, daemon).message == """
        DaemonSet.apps "d" is invalid: spec.template.metadata.labels: Invalid value: {"app":"x"}: \
        `selector` does not match template `labels`
        """)
    _ = cluster.post(Daemons.all, Daemons.object())
    let changed = cluster.merge(
      Daemons.all + "/d",
      [
        "spec": [
          "selector": ["matchLabels": ["app": "y"]],
          "template": ["metadata": ["labels": ["app": "y"]]],
        ]
      ])
    #expect(changed.status == 422)
    #expect(changed.message?.hasSuffix(": field is immutable") == true)
  }

  @Test(
    .holds(.neverOnInitContainers, .restartPolicyOfContainers),
    arguments: ["Never", "OnFailure", "Always"])
  func everyContainerMayHaveItsOwnRestartPolicy(_ policy: JSONValue) throws {
    let container: JSONValue = ["name": "i", "image": "i", "restartPolicy": policy]
    #expect(try refusal({ _ in }, initContainer: container).status == 201)
    #expect(try refusal { $0["containers"] = [container] }.status == 201)
  }
}
