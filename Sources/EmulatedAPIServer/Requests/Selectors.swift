internal import JSON

/// `fieldSelector`: `metadata.name=a,status.phase!=Running`.
struct FieldSelector: Sendable {
  private let terms: [(path: String, value: String, isEqual: Bool)]

  var isEmpty: Bool { terms.isEmpty }

  init(_ text: String, _ kind: ResourceKind) throws(APIStatus) {
    var terms: [(String, String, Bool)] = []
    for term in Self.split(text) {
      guard let (path, value, isEqual) = Self.term(term) else {
        throw .badRequest(
          "unable to parse field selector \(GoText.quoted(text)): invalid selector: "
            + "\(GoText.quoted(text)); can't understand \(GoText.quoted(String(term)))")
      }
      guard Self.supported(kind).contains(path) else {
        throw .badRequest("field label not supported: \(path)")
      }
      terms.append((path, value, isEqual))
    }
    self.terms = terms
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
        "involvedObject.uid", "involvedObject.apiVersion", "involvedObject.resourceVersion",
        "involvedObject.fieldPath", "reason", "reportingComponent", "source", "type",
      ]
    default: common
    }
  }

  private static func value(_ path: String, _ object: JSONValue) -> String {
    switch path {
    case "name": return object["metadata"]?["name"]?.string ?? ""
    case "source": return object["source"]?["component"]?.string ?? ""
    default: break
    }
    var value: JSONValue? = object
    for part in path.split(separator: ".") { value = value?[String(part)] }
    switch value {
    case .string(let text): return text
    case .bool(let flag): return flag ? "true" : "false"
    default: return ["spec.unschedulable", "spec.hostNetwork"].contains(path) ? "false" : ""
    }
  }
}

/// `labelSelector`: `app=x,tier in (a,b),!legacy`.
struct LabelSelector: Sendable {
  private enum Term {
    case exists(String)
    case isAbsent(String)
    case isIn(String, [String])
    case notIn(String, [String])
    case greater(String, Int)
    case less(String, Int)
  }

  private let terms: [Term]

  var isEmpty: Bool { terms.isEmpty }

  init(_ text: String) throws(APIStatus) {
    var terms: [Term] = []
    for part in Self.split(text) {
      guard let term = Self.term(part) else {
        throw .badRequest(
          "unable to parse requirement: found '\(part)', expected: a label requirement")
      }
      terms.append(term)
    }
    self.terms = terms
  }

  func matches(_ object: JSONValue) -> Bool {
    let labels = object["metadata"]?["labels"]
    return terms.allSatisfy { term in
      func value(_ key: String) -> String? { labels?[key]?.string }
      return switch term {
      case .exists(let key): value(key) != nil
      case .isAbsent(let key): value(key) == nil
      case .isIn(let key, let values): value(key).map(values.contains) ?? false
      case .notIn(let key, let values): value(key).map { !values.contains($0) } ?? true
      case .greater(let key, let bound): value(key).flatMap { Int($0) }.map { $0 > bound } ?? false
      case .less(let key, let bound): value(key).flatMap { Int($0) }.map { $0 < bound } ?? false
      }
    }
  }

  /// Splits at the commas that stand outside parentheses.
  private static func split(_ text: String) -> [String] {
    var (parts, current, depth) = ([String](), "", 0)
    for character in text {
      if character == "(" { depth += 1 }
      if character == ")" { depth -= 1 }
      if character == ",", depth == 0 {
        parts.append(current)
        current = ""
      } else {
        current.append(character)
      }
    }
    return (parts + [current]).map(trimmed).filter { !$0.isEmpty }
  }

  private static func term(_ text: String) -> Term? {
    if text.hasPrefix("!") {
      let key = trimmed(String(text.dropFirst()))
      return isKey(key) ? .isAbsent(key) : nil
    }
    for (sign, isEqual) in [("!=", false), ("==", true), ("=", true)] {
      guard let range = text.firstRange(of: sign) else { continue }
      let key = trimmed(String(text[..<range.lowerBound]))
      let value = trimmed(String(text[range.upperBound...]))
      guard isKey(key), Names.labelValueProblems(value).isEmpty else { return nil }
      return isEqual ? .isIn(key, [value]) : .notIn(key, [value])
    }
    for sign in [">", "<"] {
      guard let range = text.firstRange(of: sign) else { continue }
      let key = trimmed(String(text[..<range.lowerBound]))
      guard isKey(key), let bound = Int(trimmed(String(text[range.upperBound...]))) else {
        return nil
      }
      return sign == ">" ? .greater(key, bound) : .less(key, bound)
    }
    guard text.hasSuffix(")"), let open = text.firstIndex(of: "(") else {
      return isKey(text) ? .exists(text) : nil
    }
    let head = text[..<open].split(separator: " ").map(String.init)
    let values = text[text.index(after: open)...].dropLast().split(
      separator: ",", omittingEmptySubsequences: false
    ).map { trimmed(String($0)) }
    guard head.count == 2, isKey(head[0]) else { return nil }
    return switch head[1] {
    case "in": .isIn(head[0], values)
    case "notin": .notIn(head[0], values)
    default: nil
    }
  }

  private static func isKey(_ text: String) -> Bool { Names.qualifiedNameProblems(text).isEmpty }

  private static func trimmed(_ text: String) -> String {
    String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}
