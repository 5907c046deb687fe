internal import JSON

/// The rules of volumes.
enum VolumeValidation {
  static func errors(_ volumes: FieldNode) -> [FieldError] {
    var errors: [FieldError] = []
    var taken: Set<String> = []
    for volume in volumes.elements {
      errors += source(volume)
      let name = volume["name"]
      if name.text.isEmpty {
        errors.append(name.required)
      } else {
        errors += name.checked(Names.labelProblems)
        if !taken.insert(name.text).inserted {
          errors.append(.duplicate(name.path, .string(name.text)))
        }
      }
    }
    return errors
  }

  /// In the order in which the API server looks at them, as far as it matters.
  private static let order = ["emptyDir", "hostPath"]

  private static func source(_ volume: FieldNode) -> [FieldError] {
    let names = volume.names.filter { $0 != "name" }
    let sources = order.filter(names.contains) + names.filter { !order.contains($0) }
    guard let first = sources.first else {
      return [.required(volume.path, "must specify a volume type")]
    }
    return content(volume[first], first)
      + sources.dropFirst().map {
        volume[$0].forbidden("may not specify more than 1 volume type")
      }
  }

  private static func content(_ source: FieldNode, _ kind: String) -> [FieldError] {
    switch kind {
    case "emptyDir":
      let limit = source["sizeLimit"]
      guard let size = Quantity.amount(limit.text), size < 0 else { return [] }
      return [limit.forbidden("SizeLimit field must be a valid resource quantity")]
    case "hostPath":
      let types = [
        "", "DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice",
        "BlockDevice",
      ]
      return path(source["path"]) + source["type"].choice(types)
    case "configMap": return source["name"].requirement + items(source)
    case "secret": return source["secretName"].requirement + items(source)
    case "persistentVolumeClaim": return source["claimName"].requirement
    case "nfs": return source["server"].requirement + path(source["path"])
    case "csi": return source["driver"].requirement
    default: return []
    }
  }

  private static func path(_ path: FieldNode) -> [FieldError] {
    if path.text.isEmpty { return [path.required] }
    return path.text.split(separator: "/").contains("..")
      ? [path.invalid("must not contain '..'")] : []
  }

  private static func items(_ source: FieldNode) -> [FieldError] {
    let mode = source["defaultMode"]
    var errors: [FieldError] = []
    if let bits = mode.value?.integer, !(0...0o777).contains(bits) {
      errors.append(
        mode.invalid("must be a number between 0 and 0777 (octal), both inclusive"))
    }
    for item in source["items"].elements {
      errors += item["key"].requirement + item["path"].requirement
    }
    return errors
  }
}
