internal import JSON

/// The OpenAPI description of the API (version 3). It says what fields there are and how they merge,
/// not what they are for.
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
      "components": ["schemas": definitions],
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

extension OpenAPIDocument {
  private static var definitions: JSONValue {
    var definitions = scalars
    for type in Schema.kubernetes.types.values {
      definitions[type.name] = definition(type)
    }
    for kind in ResourceRegistry.all {
      definitions[kind.typeName]?["x-kubernetes-group-version-kind"] = [groupVersionKind(kind)]
    }
    return .object(definitions)
  }

  private static let quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity"
  private static let intOrString = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"
  private static let time = "io.k8s.apimachinery.pkg.apis.meta.v1.Time"
  private static let microTime = "io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime"

  /// Types that are no structs and have names all the same.
  private static let scalars: [String: JSONValue] = [
    quantity: ["type": "string"],
    intOrString: ["type": "string", "format": "int-or-string"],
    time: ["type": "string", "format": "date-time"],
    microTime: ["type": "string", "format": "date-time"],
  ]

  private static func definition(_ type: ObjectType) -> JSONValue {
    var properties: [String: JSONValue] = [:]
    for field in type.fields.values { properties[field.name] = property(field) }
    var definition: JSONValue = ["type": "object", "properties": .object(properties)]
    let required = type.fields.values.filter(\.isRequired).map(\.name).sorted()
    if !required.isEmpty { definition["required"] = .array(required.map { .string($0) }) }
    if type.isAtomic { definition["x-kubernetes-map-type"] = "atomic" }
    return definition
  }

  private static func property(_ field: Field) -> JSONValue {
    var property = schema(field.type)
    if field.isAtomic { property["x-kubernetes-map-type"] = "atomic" }
    if case .list = field.type {
      switch field.list {
      case .atomic: property["x-kubernetes-list-type"] = "atomic"
      case .set: property["x-kubernetes-list-type"] = "set"
      case .map(let keys):
        property["x-kubernetes-list-type"] = "map"
        property["x-kubernetes-list-map-keys"] = .array(keys.map { .string($0) })
      }
    }
    guard let patch = field.patch else { return property }
    property["x-kubernetes-patch-strategy"] =
      patch.retainsOnlyNamedKeys ? "merge,retainKeys" : "merge"
    if let key = patch.mergeKey { property["x-kubernetes-patch-merge-key"] = .string(key) }
    return property
  }

  private static func schema(_ type: FieldType) -> JSONValue {
    func reference(_ name: String) -> JSONValue {
      ["$ref": .string("#/components/schemas/" + name)]
    }
    return switch type {
    case .string: ["type": "string"]
    case .int32: ["type": "integer", "format": "int32"]
    case .int64: ["type": "integer", "format": "int64"]
    case .number: ["type": "number", "format": "double"]
    case .bool: ["type": "boolean"]
    case .bytes: ["type": "string", "format": "byte"]
    case .quantity: reference(quantity)
    case .intOrString: reference(intOrString)
    case .time: reference(time)
    case .microTime: reference(microTime)
    case .any: ["type": "object"]
    case .list(let element): ["type": "array", "items": schema(element)]
    case .map(let element):
      ["type": "object", "additionalProperties": schema(element)]
    case .object(let name): reference(name)
    }
  }
}
