public import FilelogJSON

/// One Kubernetes object that the operator wants to exist.
public struct Manifest: Hashable, Sendable {
  /// The whole object.
  public let json: JSONValue

  /// `apps/v1` for instance.
  public let apiVersion: String
  /// `DaemonSet` for instance.
  public let kind: String
  /// The object's `metadata.name`.
  public let name: String
  /// Nil for objects of the whole cluster.
  public let namespace: String?

  /// An object of these parts; `content` is what stands beside `apiVersion`, `kind` and `metadata`.
  public init(
    apiVersion: String, kind: String, metadata: ObjectMetadata, content: [String: JSONValue] = [:]
  ) {
    self.apiVersion = apiVersion
    self.kind = kind
    name = metadata.name
    namespace = metadata.namespace
    var members = content
    members["apiVersion"] = .string(apiVersion)
    members["kind"] = .string(kind)
    members["metadata"] = metadata.json
    json = .object(members)
  }

  /// The same object with more metadata; what it has already stays where a key is the same.
  public func adding(
    annotations: [String: String] = [:], ownerReferences: [JSONValue] = []
  ) -> Manifest {
    var metadata = json["metadata"]?.object ?? [:]
    if !annotations.isEmpty {
      let own = metadata["annotations"]?.object ?? [:]
      metadata["annotations"] = .object(
        own.merging(annotations.mapValues(JSONValue.string)) { mine, _ in mine })
    }
    if !ownerReferences.isEmpty {
      metadata["ownerReferences"] = .array(
        (metadata["ownerReferences"]?.array ?? []) + ownerReferences)
    }
    var object = json
    object["metadata"] = .object(metadata)
    return Manifest(self, json: object)
  }

  private init(_ other: Manifest, json: JSONValue) {
    self.json = json
    apiVersion = other.apiVersion
    kind = other.kind
    name = other.name
    namespace = other.namespace
  }

  /// Sorted members, two spaces, a final line break: equal manifests have equal bytes.
  public var canonicalJSON: [UInt8] { JSONWriter.pretty.bytes(json) }

  /// The name of a file for the object: numbered in apply order, so that `kubectl apply -f` on a
  /// directory keeps to it.
  /// - Parameters:
  ///   - index: its place in the order, from 0.
  ///   - format: how the name ends, `json` for instance.
  public func fileName(at index: Int, format: String) -> String {
    let number = index < 9 ? "0\(index + 1)" : "\(index + 1)"
    return "\(number)-\(kind.lowercased())-\(name).\(format)"
  }

  /// The manifests as one `v1` `List`, which `kubectl apply -f -` reads.
  public static func list(_ manifests: [Manifest]) -> JSONValue {
    ["apiVersion": "v1", "kind": "List", "items": .array(manifests.map(\.json))]
  }
}

/// The `metadata` of an object.
public struct ObjectMetadata: Hashable, Sendable {
  /// The object's name.
  public var name: String
  /// Nil: an object of the whole cluster, or one whose namespace is set when it is applied.
  public var namespace: String?
  /// The object's labels.
  public var labels: [String: String]
  /// The object's annotations.
  public var annotations: [String: String] = [:]
  /// Its owners, as Kubernetes writes them; with the last of them the object goes.
  public var ownerReferences: [JSONValue] = []

  /// The metadata of an object with these labels.
  public init(
    _ name: String, namespace: String?, labels: [String: String] = [:],
    annotations: [String: String] = [:]
  ) {
    self.name = name
    self.namespace = namespace
    self.labels = labels
    self.annotations = annotations
  }

  /// An object in the operator's namespace.
  init(_ name: String, in release: Release, labels: [String: String]? = nil) {
    self.name = name
    namespace = release.namespace
    self.labels = labels ?? Labels.common(release)
  }

  /// An object of the whole cluster.
  init(clusterWide name: String, _ release: Release) {
    self.name = name
    namespace = nil
    labels = Labels.common(release)
  }

  var json: JSONValue {
    .object(
      omittingNil: [
        "name": .string(name),
        "namespace": namespace.map(JSONValue.string),
        "labels": labels.isEmpty ? nil : .texts(labels),
        "annotations": annotations.isEmpty ? nil : .texts(annotations),
        "ownerReferences": .list(ownerReferences),
      ])
  }
}
