public import JSON

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

  /// - Parameter content: what stands beside `apiVersion`, `kind` and `metadata`.
  init(
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

  /// Sorted members, two spaces, a final line break: equal manifests have equal bytes.
  public var canonicalJSON: [UInt8] { JSONWriter.pretty.bytes(json) }

  /// The name of a file for the object: numbered in apply order, so that `kubectl apply -f` on a
  /// folder keeps to it.
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
struct ObjectMetadata {
  let name: String
  let namespace: String?
  let labels: [String: String]
  var annotations: [String: String] = [:]

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
        "labels": .texts(labels),
        "annotations": annotations.isEmpty ? nil : .texts(annotations),
      ])
  }
}
