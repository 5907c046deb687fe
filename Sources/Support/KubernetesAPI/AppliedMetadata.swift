internal import FilelogJSON

/// What server-side apply is to make of an object's metadata.
public struct AppliedMetadata: Hashable, Sendable {
  /// All labels that the field manager has an opinion on.
  public var labels: [String: String]
  /// All annotations that the field manager has an opinion on.
  public var annotations: [String: String]
  /// The objects that the object goes with.
  public var owners: [OwnerReference]

  /// By default an object about which nothing is stated.
  public init(
    labels: [String: String] = [:], annotations: [String: String] = [:],
    owners: [OwnerReference] = []
  ) {
    self.labels = labels
    self.annotations = annotations
    self.owners = owners
  }

  func object(
    kind: String, apiVersion: String, name: String, _ namespace: String
  ) -> JSONValue {
    var metadata: JSONValue = ["name": .string(name), "namespace": .string(namespace)]
    if !labels.isEmpty { metadata["labels"] = .object(labels.mapValues { .string($0) }) }
    if !annotations.isEmpty {
      metadata["annotations"] = .object(annotations.mapValues { .string($0) })
    }
    if !owners.isEmpty {
      metadata["ownerReferences"] = .array(owners.map(\.json))
    }
    return ["apiVersion": .string(apiVersion), "kind": .string(kind), "metadata": metadata]
  }
}

extension OwnerReference {
  /// As it stands in an object.
  var json: JSONValue {
    [
      "apiVersion": .string(apiVersion), "kind": .string(kind), "name": .string(name),
      "uid": .string(uid),
    ]
  }
}
