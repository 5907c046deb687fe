/// Who a pod is: what the downward API tells its containers.
struct PodIdentity: Hashable {
  var name: String
  var namespace: String
  var uid: String
  var node: String
  var serviceAccount: String
  var labels: [String: String]
  var annotations: [String: String]

  /// The value of a `fieldRef`; nil for a path that the downward API does not have.
  func field(_ path: String) -> String? {
    switch path {
    case "metadata.name": name
    case "metadata.namespace": namespace
    case "metadata.uid": uid
    case "spec.nodeName": node
    case "spec.serviceAccountName": serviceAccount
    case "status.hostIP", "status.podIP", "status.hostIPs", "status.podIPs": "127.0.0.1"
    default:
      Self.subscripted(path, "metadata.labels").map { labels[$0] ?? "" }
        ?? Self.subscripted(path, "metadata.annotations").map { annotations[$0] ?? "" }
    }
  }

  /// `metadata.labels['key']` has the key `key`.
  private static func subscripted(_ path: String, _ field: String) -> String? {
    guard path.hasPrefix(field + "['"), path.hasSuffix("']") else { return nil }
    return String(path.dropFirst(field.count + 2).dropLast(2))
  }
}
