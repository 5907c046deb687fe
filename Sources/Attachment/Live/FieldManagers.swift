internal import FilelogContract
public import FilelogJSON

/// Who wrote what of an object in a cluster.
public enum FieldManagers {
  /// The managers that wrote containers or a collector's configuration, in the object's order.
  /// - Parameters:
  ///   - object: as the API server gives it, with its managed fields.
  ///   - own: the manager that is not meant.
  public static func ofConfiguration(_ object: JSONValue, besides own: String) -> [String] {
    let entries = object["metadata"]?["managedFields"]?.array ?? []
    let names = entries.compactMap { entry -> String? in
      let spec = entry["fieldsV1"]?["f:spec"]
      let holds = spec?["f:config"] ?? spec?[path: ["f:template", "f:spec", "f:containers"]]
      return holds == nil ? nil : entry["manager"]?.string
    }
    return names.enumerated().filter { index, name in
      name != own && !names[..<index].contains(name)
    }.map(\.element)
  }

  /// Who owns what once a manager no longer holds fields that are as others wrote them: everything after
  /// detaching, and arguments that an earlier attachment had changed. An apply of the others would meet a
  /// conflict there, though nothing of the manager is left.
  /// - Returns: the new managed fields; nil when they stay as they are.
  public static func released(_ object: JSONValue, by manager: String) -> [JSONValue]? {
    let entries = object["metadata"]?["managedFields"]?.array ?? []
    let text = object[path: ["metadata", "annotations", .key(AttachmentRecord.annotation)]]?.string
    let record = text.flatMap { try? AttachmentRecord($0) }
    if record?.undo.contains(where: Self.concernsArguments) == true { return nil }
    let kept = entries.compactMap { entry -> JSONValue? in
      guard entry["manager"]?.string == manager else { return entry }
      guard record != nil else { return nil }
      var entry = entry
      let path: Path = ["fieldsV1", "f:spec", "f:template", "f:spec", "f:containers"]
      let own = #"k:{"name":"\#(Contract.ContainerName.sync)"}"#
      for (key, fields) in entry[path: path]?.object ?? [:]
      where key != own && fields["f:args"] != nil {
        entry.change(path + [.key(key), "f:args"]) { $0 = nil }
      }
      return entry
    }
    return kept == entries ? nil : kept
  }

  private static func concernsArguments(_ step: AttachmentRecord.Undo) -> Bool {
    if case .members(let keys, _) = step.change, keys.contains("args") { return true }
    return step.path.last == .key("args")
  }
}
