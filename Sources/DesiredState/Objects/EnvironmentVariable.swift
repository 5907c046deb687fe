internal import FilelogJSON
internal import FilelogText

/// One environment variable of a container.
struct EnvironmentVariable: Hashable {
  let name: String
  let value: Value

  enum Value: Hashable {
    /// Exactly this text.
    case text(String)
    /// A text in which `$(NAME)` stands for a variable further up in the list.
    case expanded(String)
    /// A field of the pod, by the downward API.
    case podField(String)
    /// A key of a Secret.
    case secret(name: String, key: String)
  }

  init(_ name: String, _ value: Value) {
    self.name = name
    self.value = value
  }

  var json: JSONValue {
    switch value {
    case .text(let text): ["name": .string(name), "value": .string(Self.escape(text))]
    case .expanded(let text): ["name": .string(name), "value": .string(text)]
    case .podField(let path):
      // The API server fills in the version; stated here, nothing looks changed afterwards.
      [
        "name": .string(name),
        "valueFrom": ["fieldRef": ["apiVersion": "v1", "fieldPath": .string(path)]],
      ]
    case .secret(let secret, let key):
      [
        "name": .string(name),
        "valueFrom": ["secretKeyRef": ["name": .string(secret), "key": .string(key)]],
      ]
    }
  }

  /// Kubernetes expands `$(NAME)` in values; two signs stand for one.
  static func escape(_ text: String) -> String {
    text.dollarsDoubled
  }
}
