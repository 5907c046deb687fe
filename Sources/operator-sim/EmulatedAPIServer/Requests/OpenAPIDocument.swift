internal import FilelogJSON

/// The OpenAPI description of the API (version 3), as far as kubectl needs it: which parameters a write
/// takes. What fields there are it does not tell: kubectl knows the merging of built-in kinds.
enum OpenAPIDocument {
  /// `/openapi/v3`: where the description of each group is.
  static let version3Index: JSONValue = [
    "paths": .object(
      Dictionary(
        uniqueKeysWithValues: groups.map { path in
          (path, ["serverRelativeURL": .string("/openapi/v3/\(path)")])
        }))
  ]

  /// `/openapi/v3/apis/apps/v1`
  /// - Returns: nil for a group that there is not.
  static func version3(_ group: String, _ gitVersion: String) -> JSONValue? {
    guard groups.contains(group) else { return .none }
    var paths: [String: JSONValue] = [:]
    for kind in ResourceRegistry.all where root(kind) == group {
      paths[path(kind)] = ["patch": patch(kind)]
    }
    return [
      "openapi": "3.0.0", "info": info(gitVersion), "paths": .object(paths),
    ]
  }

  private static let groups =
    ["api/v1"] + ResourceRegistry.groups.map { "apis/\($0)/v1" }

  private static func root(_ kind: ResourceKind) -> String {
    kind.group.isEmpty ? "api/\(kind.version)" : "apis/\(kind.group)/\(kind.version)"
  }

  private static func path(_ kind: ResourceKind) -> String {
    "/\(root(kind))/" + (kind.isNamespaced ? "namespaces/{namespace}/" : "") + kind.plural
      + "/{name}"
  }

  private static func info(_ gitVersion: String) -> JSONValue {
    ["title": "Kubernetes", "version": .string(gitVersion)]
  }

  /// Clients look here for whether a write can be tried and checked.
  private static func patch(_ kind: ResourceKind) -> JSONValue {
    [
      "parameters": [
        parameter("dryRun", "string"), parameter("fieldManager", "string"),
        parameter("fieldValidation", "string"), parameter("force", "boolean"),
      ],
      "responses": ["200": ["description": "OK"]],
      "x-kubernetes-group-version-kind": groupVersionKind(kind),
    ]
  }

  private static func parameter(_ name: String, _ type: String) -> JSONValue {
    ["name": .string(name), "in": "query", "schema": ["type": .string(type)]]
  }

  private static func groupVersionKind(_ kind: ResourceKind) -> JSONValue {
    [
      "group": .string(kind.group), "version": .string(kind.version), "kind": .string(kind.kind),
    ]
  }
}
