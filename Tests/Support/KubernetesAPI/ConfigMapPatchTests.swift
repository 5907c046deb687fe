import FilelogKubernetesAPI
import Testing

@Suite struct ConfigMapPatchTests {
  func text(_ patch: ConfigMapPatch) -> String { String(decoding: patch.body, as: UTF8.self) }

  @Test func configMapPatchContainsOnlyChanges() {
    #expect(text(ConfigMapPatch()) == "{}")
    #expect(
      text(ConfigMapPatch(binaryData: ["node-a": [1, 2, 3, 4]]))
        == #"{"binaryData":{"node-a":"AQIDBA=="}}"#)
  }

  @Test func configMapPatchOrdersParts() {
    let patch = ConfigMapPatch(
      binaryData: ["b": [], "a": nil], data: ["k\"": "v\n", "gone": nil],
      annotations: ["o": "p", "q": nil], labels: ["l": "m"], resourceVersion: "7", uid: "u")
    #expect(
      text(patch)
        == #"{"binaryData":{"a":null,"b":""},"data":{"gone":null,"k\"":"v\n"},"metadata":{"annotations":{"o":"p","q":null},"labels":{"l":"m"},"resourceVersion":"7","uid":"u"}}"#
    )
  }

  @Test func patchMayHoldOnlyPrecondition() {
    #expect(text(ConfigMapPatch(resourceVersion: "7")) == #"{"metadata":{"resourceVersion":"7"}}"#)
  }
}
