internal import DesiredState
internal import FilelogContract
internal import FilelogJSON

/// What the metadata of a config map says that a sidecar made for its node.
enum NodeMap {
  /// Whether it holds parts of a payload, which another map lists.
  static func isPart(_ map: JSONValue) -> Bool {
    map["metadata"]?["labels"]?[Contract.NodeMap.kindLabel]?.string == Contract.NodeMap.partKind
  }

  /// The node whose offsets it holds: its owner, or what an annotation says where it was made without
  /// an owner.
  static func node(of map: JSONValue) -> String? {
    let metadata = map["metadata"]
    let owner = (metadata?["ownerReferences"]?.array ?? []).first { $0["kind"] == "Node" }
    let name =
      owner?["name"]?.string ?? metadata?["annotations"]?[Contract.NodeMap.nodeAnnotation]?.string
    // Anybody may have written it; names come to terminals.
    guard let name, (1...253).contains(name.utf8.count),
      name.utf8.allSatisfy({ byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
          UInt8(ascii: "-"), UInt8(ascii: "."):
          true
        default: false
        }
      })
    else { return nil }
    return name
  }

  /// Whether it holds a payload or a part of one, by what managers own of it. Nil when that does not
  /// say: no manager is known to own anything, or there is a list of parts, which may be empty.
  static func holdsOffsets(_ map: JSONValue) -> Bool? {
    let entries = map.managedFields ?? []
    func owns(_ field: String) -> Bool {
      entries.contains { entry in
        (entry["fieldsV1"]?[field]?.object ?? [:]).keys.contains { $0.hasPrefix("f:") }
      }
    }
    if owns("f:binaryData") { return true }
    return entries.isEmpty || owns("f:data") ? nil : false
  }

  /// Whether the whole map holds a payload or lists parts of one.
  static func holdsOffsets(whole map: JSONValue) -> Bool {
    if map["binaryData"]?.object?.isEmpty == false { return true }
    guard let list = map["data"]?[Contract.NodeMap.partsKey]?.string else { return false }
    // A list that cannot be read is for a person to look at.
    guard let parts = (try? JSONValue(parsing: Array(list.utf8)))?["parts"]?.array else {
      return true
    }
    return !parts.isEmpty
  }
}
