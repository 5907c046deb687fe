internal import FilelogJSON

/// `fieldSelector`: `metadata.name=a,status.phase!=Running`.
struct FieldSelector: Sendable {
  private let terms: [(path: String, value: String, isEqual: Bool)]

  var isEmpty: Bool { terms.isEmpty }

  init(_ text: String, _ kind: ResourceKind) throws(APIStatus) {
    var terms: [(String, String, Bool)] = []
    for term in Self.split(text) {
      guard let (path, value, isEqual) = Self.term(term) else {
        throw .badRequest("invalid selector: '\(text)'; can't understand '\(term)'")
      }
      guard Self.supported(kind).contains(path) else {
        throw .badRequest(Self.refusal(path, kind))
      }
      terms.append((path, value, isEqual))
    }
    self.terms = terms
  }

  private static func refusal(_ path: String, _ kind: ResourceKind) -> String {
    let known = supported(kind)
    if known.count > 2 { return "field label not supported: \(path)" }
    return "\(GoText.quoted(path)) is not a known field selector: only "
      + known.map(GoText.quoted).joined(separator: ", ")
  }

  func matches(_ object: JSONValue) -> Bool {
    terms.allSatisfy { (Self.value($0.path, object) == $0.value) == $0.isEqual }
  }

  /// The one name that a selector allows; nil when it allows several.
  static func exactName(_ text: String) -> String? {
    for part in split(text) {
      if let (path, value, isEqual) = term(part), path == "metadata.name", isEqual, !value.isEmpty {
        return value
      }
    }
    return nil
  }

  private static func split(_ text: String) -> [Substring] { text.split(separator: ",") }

  private static func term(_ text: Substring) -> (path: String, value: String, isEqual: Bool)? {
    guard let sign = text.firstIndex(where: { $0 == "=" || $0 == "!" }) else { return nil }
    let path = String(text[..<sign])
    let rest = text[sign...]
    for (operation, isEqual) in [("!=", false), ("==", true), ("=", true)]
    where rest.hasPrefix(operation) {
      return (path, String(rest.dropFirst(operation.count)), isEqual)
    }
    return nil
  }

  private static func supported(_ kind: ResourceKind) -> [String] {
    let common = ["metadata.name"] + (kind.isNamespaced ? ["metadata.namespace"] : [])
    return switch kind.kind {
    case "Pod":
      common + [
        "spec.nodeName", "spec.restartPolicy", "spec.schedulerName", "spec.serviceAccountName",
        "spec.hostNetwork", "status.phase", "status.podIP", "status.nominatedNodeName",
      ]
    case "Secret": common + ["type"]
    case "Node": common + ["spec.unschedulable"]
    case "Namespace": common + ["status.phase", "name"]
    case "Service": common + ["spec.clusterIP", "spec.type"]
    case "Event":
      common + [
        "involvedObject.kind", "involvedObject.namespace", "involvedObject.name",
        "involvedObject.uid", "reason", "type",
      ]
    default: common
    }
  }

  private static func value(_ path: String, _ object: JSONValue) -> String {
    if path == "name" { return object["metadata"]?["name"]?.string ?? "" }
    var value: JSONValue? = object
    for part in path.split(separator: ".") { value = value?[String(part)] }
    switch value {
    case .string(let text): return text
    case .bool(let flag): return flag ? "true" : "false"
    default: return ["spec.unschedulable", "spec.hostNetwork"].contains(path) ? "false" : ""
    }
  }
}
