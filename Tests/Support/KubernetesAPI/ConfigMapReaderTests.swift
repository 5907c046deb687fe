import FilelogHTTPClient
import FilelogJSON
import FilelogKubernetesAPI
import Testing

@Suite struct ConfigMapReaderTests {
  /// Answers every request with the same body.
  struct Canned: HTTPTransport {
    let body: [UInt8]
    func send(
      _ request: HTTPRequest, isCancelled: () -> Bool
    ) throws(HTTPFailure) -> HTTPResponse {
      HTTPResponse(status: 200, body: body)
    }
  }

  static func read(
    _ text: String, _ selection: ConfigMapSelection = ConfigMapSelection()
  ) throws -> ConfigMapSnapshot {
    let client = KubernetesClient(
      ClusterConfiguration(server: "https://example.test"),
      makeTransport: { _ in Canned(body: Array(text.utf8)) })
    return try client.configMap(namespace: "n", name: "m", reading: selection)
  }

  @Test func configMapReaderDecodesOnlyWantedKeys() throws {
    let snapshot = try Self.read(
      """
      {
        "kind": "ConfigMap", "apiVersion": "v1",
        "metadata": {"name": "m", "namespace": "n", "uid": "u-1", "resourceVersion": "42",
          "labels": {"a": "1", "b": "2"}, "annotations": {"owner": "pod-1", "x": "y"},
          "managedFields": [{"fieldsV1": {"f:binaryData": {"f:node-a": {}}}}]},
        "data": {"note": "gr\\u00fc\\u00dfe \\ud83d\\ude00", "other": "abc\\n"},
        "binaryData": {"node-a": "AAEC/w==", "node-b": "YQ==", "node.c": "YWJj", "empty": ""}
      }
      """,
      ConfigMapSelection(
        binaryData: ["node-a", "node-x"], data: ["note"], annotations: ["owner"], labels: ["b"]))
    #expect(snapshot.name == "m")
    #expect(snapshot.uid == "u-1")
    #expect(snapshot.resourceVersion == "42")
    #expect(snapshot.binaryData == ["node-a": [0, 1, 2, 255]])
    #expect(snapshot.data == ["note": "grüße 😀"])
    #expect(snapshot.annotations == ["owner": "pod-1"])
    #expect(snapshot.labels == ["b": "2"])
    #expect(snapshot.usage.bytes == 12 + 4 + 4 + 1 + 3 + 0)
    #expect(snapshot.usage.keyCount == 6)
    #expect(snapshot.usage.largest.first == .init(key: "note", bytes: 12))
    #expect(!snapshot.isImmutable)
  }

  @Test func configMapReaderDecodesEscapes() throws {
    let snapshot = try Self.read(
      #"{"kind":"ConfigMap","binaryData":{"a":"\/w\u003d="}}"#, .init(binaryData: ["a"]))
    #expect(snapshot.binaryData == ["a": [255]])
  }

  @Test func absentAndNullDataAreEmpty() throws {
    let snapshot = try Self.read(
      #"{"binaryData":null,"data":null,"metadata":null,"immutable":true,"kind":"ConfigMap"}"#)
    #expect(snapshot == ConfigMapSnapshot(name: "", isImmutable: true))
  }

  @Test func largestValuesAreListed() {
    var usage = ConfigMapUsage()
    for size in [5, 90, 30, 70, 10, 20, 80, 60, 40, 50, 1, 100] {
      usage.add("k\(size)", bytes: size)
    }
    #expect(usage.largest.map(\.bytes) == [100, 90, 80, 70, 60, 50, 40, 30, 20, 10])
    #expect(usage.bytes == 556)
    #expect(usage.free == 1_048_576 - 556)
  }

  static let damaged: [(String, String)] = [
    ("", "its JSON ends too early"),
    ("{", "its JSON ends too early"),
    (#"{"kind":"ConfigMap""#, "its JSON ends too early"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"YQ=="#, "its JSON ends too early"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"YQ==\"#, "its JSON ends too early"),
    (#"{"kind":"ConfigMap"} x"#, "it is not JSON at byte 21"),
    (#"{"kind" "ConfigMap"}"#, "it is not JSON at byte 8"),
    (#"{"kind":"ConfigMap",}"#, "it is not JSON at byte 20"),
    (#"{"kind":nan}"#, "it is not JSON at byte 8"),
    ("{\"kind\":\"Config\nMap\"}", "it is not JSON at byte 15"),
    ("<html>", "it is not JSON at byte 0"),
    ("{}", "it has no kind"),
    (#"{"kind":"Secret"}"#, "it is a Secret, not a ConfigMap"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"YQ"}}"#, "binaryData[a] is not base64"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"YR=="}}"#, "binaryData[a] is not base64"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"Y=Q="}}"#, "binaryData[a] is not base64"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"YQ==YQ=="}}"#, "binaryData[a] is not base64"),
    (#"{"kind":"ConfigMap","binaryData":{"a":"-_=="}}"#, "binaryData[a] is not base64"),
  ]

  @Test(arguments: damaged) func configMapReaderRejectsDamagedResponse(
    _ body: String, _ text: String
  ) {
    let error = #expect(throws: KubernetesError.self) {
      try Self.read(body, .init(binaryData: ["a"]))
    }
    #expect(error == .malformedAnswer(text))
    #expect(error?.description == "the API server's answer cannot be read: \(text)")
  }

  @Test func nestingInSkippedValuesHasNoLimit() throws {
    let deep = String(repeating: #"{"f:a":["#, count: 200_000)
    #expect(throws: KubernetesError.self) { try Self.read(#"{"kind":"ConfigMap","x":"# + deep) }
    let closed = deep + "1" + String(repeating: "]}", count: 200_000)
    let body = #"{"kind":"ConfigMap","metadata":{"managedFields":\#(closed),"name":"m"}}"#
    #expect(try Self.read(body).name == "m")
  }

  @Test(arguments: 0...70) func payloadsOfAnyLengthRoundTrip(_ count: Int) throws {
    let payload = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ 200) }
    let patch = String(decoding: ConfigMapPatch(binaryData: ["a": payload]).body, as: UTF8.self)
    let answer = #"{"kind":"ConfigMap","# + patch.dropFirst()
    #expect(try Self.read(answer, .init(binaryData: ["a"])).binaryData == ["a": payload])
    #expect(try Self.read(answer).usage.bytes == count)
  }
}
