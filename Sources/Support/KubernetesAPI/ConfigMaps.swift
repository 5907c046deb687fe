internal import FilelogJSON

/// Who an object is and which version of it: what is left of an answer that leaves out the content.
public struct ObjectVersion: Hashable, Sendable {
  /// `metadata.name`.
  public let name: String
  /// `metadata.uid`; may be empty where a server leaves it out.
  public let uid: String
  /// `metadata.resourceVersion`; never empty in an answer.
  public let resourceVersion: String

  /// The version of the object with this name.
  public init(name: String, uid: String, resourceVersion: String) {
    self.name = name
    self.uid = uid
    self.resourceVersion = resourceVersion
  }
}

extension KubernetesClient {
  private static func configMapPath(_ namespace: String, _ name: String) -> String {
    APIRequest.path("api", "v1", "namespaces", namespace, "configmaps", name)
  }

  /// Reads a config map, decoding the selected keys and measuring the others.
  public func configMap(
    namespace: String, name: String, reading selection: ConfigMapSelection,
    timeout: Duration = .seconds(45)
  ) throws(KubernetesError) -> ConfigMapSnapshot {
    let answer = try send(
      APIRequest("GET", Self.configMapPath(namespace, name), timeout: timeout))
    do {
      return try ConfigMapReader.read(answer.body, selection)
    } catch {
      throw .malformedAnswer("\(error)")
    }
  }

  /// Merges a patch into a config map that exists.
  ///
  /// - Parameters:
  ///   - namespace: the map's.
  ///   - name: the map's.
  ///   - mergePatch: for instance ``ConfigMapPatch/body``.
  ///   - timeout: for the whole exchange.
  /// - Returns: the object's version afterwards; the same as before when nothing changed.
  @discardableResult
  public func patchConfigMap(
    namespace: String, name: String, mergePatch: [UInt8], timeout: Duration = .seconds(45)
  ) throws(KubernetesError) -> ObjectVersion {
    let answer = try send(
      APIRequest(
        "PATCH", Self.configMapPath(namespace, name), accept: MediaType.metadataOnly,
        contentType: MediaType.mergePatch, body: mergePatch, timeout: timeout))
    return try Self.version(answer)
  }

  /// Which version of a config map there is, without reading its content.
  public func configMapVersion(
    namespace: String, name: String, timeout: Duration = .seconds(45)
  ) throws(KubernetesError) -> ObjectVersion {
    let answer = try send(
      APIRequest(
        "GET", Self.configMapPath(namespace, name), accept: MediaType.metadataOnly,
        timeout: timeout))
    return try Self.version(answer)
  }

  /// Creates a config map with this metadata by server-side apply, or makes the metadata of one that
  /// exists so. Values are not touched.
  ///
  /// - Parameters:
  ///   - namespace: the map's.
  ///   - name: the map's.
  ///   - metadata: what is applied.
  ///   - fieldManager: in whose name; labels, annotations and owners that the same manager applied
  ///     before and that are not named now are taken away.
  ///   - timeout: for the whole exchange.
  @discardableResult
  public func applyConfigMap(
    namespace: String, name: String, _ metadata: AppliedMetadata, fieldManager: String,
    timeout: Duration = .seconds(45)
  ) throws(KubernetesError) -> ObjectVersion {
    let body = metadata.object(kind: "ConfigMap", apiVersion: "v1", name: name, namespace)
    let answer = try send(
      APIRequest(
        "PATCH", Self.configMapPath(namespace, name),
        query: [(name: "fieldManager", value: fieldManager), (name: "force", value: "true")],
        accept: MediaType.metadataOnly, contentType: MediaType.apply,
        body: JSONWriter.compact.bytes(body), timeout: timeout))
    return try Self.version(answer)
  }

  private static func version(_ answer: APIResponse) throws(KubernetesError) -> ObjectVersion {
    var (name, uid, resourceVersion) = ("", "", "")
    var scanner = JSONScanner(answer.body)
    do {
      try scanner.object { scanner, member throws(JSONScanner.Failure) in
        guard member == "metadata" else { return try scanner.skip() }
        try scanner.object { scanner, member throws(JSONScanner.Failure) in
          switch member {
          case "name": name = try scanner.optionalString() ?? ""
          case "uid": uid = try scanner.optionalString() ?? ""
          case "resourceVersion": resourceVersion = try scanner.optionalString() ?? ""
          default: try scanner.skip()
          }
        }
      }
      try scanner.end()
    } catch {
      // The write has happened, whatever follows the version.
      guard !resourceVersion.isEmpty, !uid.isEmpty else {
        throw .malformedAnswer("\(ConfigMapReader.Failure.json(error))")
      }
    }
    guard !resourceVersion.isEmpty else {
      throw .malformedAnswer("it has no resource version")
    }
    return ObjectVersion(name: name, uid: uid, resourceVersion: resourceVersion)
  }
}
