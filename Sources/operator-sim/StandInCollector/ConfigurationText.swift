internal import FilelogJSON
internal import FilelogText

/// Replaces `${env:NAME}` and `${NAME}` in every text of a configuration, and `$$` by `$`, as the
/// collector does (`confmap` and its `env` provider). An unset variable is an empty text.
func expandEnvironment(_ value: JSONValue, _ environment: [String: String]) -> JSONValue {
  switch value {
  case .string(let text): .string(expand(text, environment))
  case .array(let elements): .array(elements.map { expandEnvironment($0, environment) })
  case .object(let members): .object(members.mapValues { expandEnvironment($0, environment) })
  default: value
  }
}

private func expand(_ text: String, _ environment: [String: String]) -> String {
  text.replacingReferences("{", "}") { name in
    environment[name.hasPrefix("env:") ? String(name.dropFirst(4)) : name] ?? ""
  }
}

/// A time as Go writes it: numbers with units, `1m30s`, `200ms`, `1.5h`. Nil for anything else.
func parseGoDuration(_ text: String) -> Duration? {
  let units: [(String, Double)] = [
    ("ns", 1e-9), ("us", 1e-6), ("µs", 1e-6), ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3600),
  ]
  var rest = text[...]
  var seconds = 0.0
  guard !rest.isEmpty else { return nil }
  while !rest.isEmpty {
    let digits = rest.prefix { ("0"..."9").contains($0) || $0 == "." }
    rest = rest.dropFirst(digits.count)
    let unit = rest.prefix { !("0"..."9").contains($0) && $0 != "." }
    rest = rest.dropFirst(unit.count)
    guard let amount = Double(digits), let factor = units.first(where: { $0.0 == unit })?.1 else {
      return nil
    }
    seconds += amount * factor
  }
  return seconds < 1e9 ? .seconds(seconds) : nil
}

/// Names of the files that the `file_storage` extension keeps (`extension.go`).
enum StorageName {
  /// A receiver's database. The receiver strips underscores from its type before it asks for
  /// storage; characters that are not safe in a file name become `~` and their number in hex.
  static func ofReceiver(_ id: String) -> String {
    let (type, name) = parts(id)
    return "receiver_\(type.filter { $0 != "_" })_\(name)"
  }

  /// That of an exporter's queue of log records.
  static func ofExporter(_ id: String) -> String {
    let (type, name) = parts(id)
    return "exporter_\(type)_\(name)_logs"
  }

  private static func parts(_ id: String) -> (type: Substring, name: String) {
    let parts = id.split(separator: "/", maxSplits: 1)
    return (parts[0], parts.count > 1 ? sanitize(parts[1]) : "")
  }

  private static func sanitize(_ name: Substring) -> String {
    name.unicodeScalars.map { scalar in
      switch scalar {
      case "a"..."z", "A"..."Z", "0"..."9", ".", "-", "_": return String(scalar)
      default:
        let hex = String(scalar.value, radix: 16, uppercase: true)
        return "~" + String(repeating: "0", count: max(0, 4 - hex.count)) + hex
      }
    }.joined()
  }
}
