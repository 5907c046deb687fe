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
}
