internal import FilelogJSON

extension Edit {
  fileprivate var isInsertion: Bool { if case .insert = self { true } else { false } }
}

/// Writes edits as JSON patches (RFC 6902) in a `Kustomization`: for kustomize, and for `patches` of
/// Flux's `HelmRelease`, which takes nothing else after rendering.
struct Patches {
  private var entries: [JSONValue] = []
  private var added: [JSONValue] = []

  mutating func add(_ object: StreamObject, _ edits: [Edit], adding objects: [JSONValue]) {
    let version = object.apiVersion.split(separator: "/")
    var target: JSONValue = ["kind": .string(object.kind), "name": .string(object.name)]
    if version.count == 2 { target["group"] = .string(String(version[0])) }
    target["version"] = version.last.map { .string(String($0)) }
    target["namespace"] = object.namespace.map(JSONValue.string)
    // Insertions last: they change the indices in other paths.
    let inOrder = edits.filter { !$0.isInsertion } + edits.filter(\.isInsertion)
    let operations = inOrder.flatMap { Self.operations($0, object.value) }
    let lines = BlockText.lines(.array(operations), indent: 0).map { $0 + "\n" }.joined()
    entries.append(["target": target, "patch": .string(lines)])
    added += objects
  }

  /// A `Kustomization` with the patches, then the objects that are added.
  var text: [UInt8] {
    guard !entries.isEmpty else { return [] }
    let kustomization: JSONValue = [
      "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization",
      "patches": .array(entries),
    ]
    let documents = ([kustomization] + added).map { document in
      (["---"] + BlockText.lines(document, indent: 0)).map { $0 + "\n" }.joined()
    }
    return Array(documents.joined().utf8)
  }

  private static func operations(_ edit: Edit, _ object: JSONValue) -> [JSONValue] {
    let tests = edit.path.indices.compactMap { test(Array(edit.path[...$0]), object) }
    switch edit {
    case .append(let path, let elements):
      guard object[path: path]?.array != nil else {
        return tests + [add(.array(elements), at: path)]
      }
      return tests + elements.map { add($0, at: path + ["-"]) }
    case .set(let path, let members):
      guard object[path: path]?.object != nil else {
        let value = Dictionary(members.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
        return tests + [add(.object(value), at: path)]
      }
      return tests + members.map { add($0.value, at: path + [.key($0.key)]) }
    case .replace(let path, let key, let member):
      return tests + [
        ["op": "remove", "path": .string(pointer(path + [.key(key)]))],
        add(member.value, at: path + [.key(member.key)]),
      ]
    case .insert(let path, let index, let elements):
      return tests + elements.reversed().map { add($0, at: path + [.index(index + 1)]) }
    case .remove, .unset, .restore: return []
    }
  }

  /// An element of a list must be the one that was meant.
  private static func test(_ path: Path, _ object: JSONValue) -> JSONValue? {
    guard case .index? = path.last, let name = object[path: path]?["name"] else { return nil }
    return ["op": "test", "path": .string(pointer(path + ["name"])), "value": name]
  }

  private static func add(_ value: JSONValue, at path: Path) -> JSONValue {
    ["op": "add", "path": .string(pointer(path)), "value": value]
  }

  private static func pointer(_ path: Path) -> String {
    path.map { step in
      switch step {
      case .key(let key): "/" + key.replacing("~", with: "~0").replacing("/", with: "~1")
      case .index(let index): "/\(index)"
      }
    }.joined()
  }
}
