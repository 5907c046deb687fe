/// In which form a client wants a response.
struct Representation: Hashable, Sendable {
  enum Shape: Hashable, Sendable {
    case whole
    /// Only the metadata of one object.
    case metadata
    /// Only the metadata of every object in a list.
    case metadataList
    case table
  }

  var shape = Shape.whole
  /// Of `meta.k8s.io`.
  var version = "v1"
  var isYAML = false
}

/// Content negotiation.
enum MediaTypes {
  static let json = "application/json"
  static let yaml = "application/yaml"
  /// For the bodies of requests alone: kubectl sends what it creates by a command in this form.
  static let protobuf = "application/vnd.kubernetes.protobuf"
  static let mergePatch = "application/merge-patch+json"
  static let jsonPatch = "application/json-patch+json"
  static let strategicMergePatch = "application/strategic-merge-patch+json"
  static let apply = "application/apply-patch+yaml"
  static let patches = [jsonPatch, mergePatch, strategicMergePatch, apply]

  /// The first form in an `Accept` header that the emulator can give.
  static func representation(accept: String?) throws(APIStatus) -> Representation {
    guard let accept, !accept.isEmpty else { return Representation() }
    let all = ranges(accept)
    let types = [json, yaml, "*/*"]
    let known = all.filter { types.contains($0.type) }
    for range in known {
      var form = Representation(isYAML: range.type == yaml)
      guard let transform = range.parameters["as"] else { return form }
      guard range.parameters["g"] == "meta.k8s.io",
        let version = range.parameters["v"], ["v1", "v1beta1"].contains(version)
      else { continue }
      form.version = version
      switch transform {
      case "Table": form.shape = .table
      case "PartialObjectMetadata": form.shape = .metadata
      case "PartialObjectMetadataList": form.shape = .metadataList
      default: continue
      }
      return form
    }
    if known.isEmpty {
      throw .notAcceptable(
        "406: Not Acceptable\n\nAvailable representations: \(json), \(yaml)", details: .init())
    }
    throw .notAcceptable("only the following media types are accepted: \(json), \(yaml)")
  }

  private struct Range {
    var type: String
    var parameters: [String: String]
    var weight: Double
  }

  private static func ranges(_ accept: String) -> [Range] {
    let ranges = accept.split(separator: ",").map { part in
      var pieces = part.split(separator: ";").map { $0.filter { $0 != " " } }
      let type = pieces.isEmpty ? "" : pieces.removeFirst().lowercased()
      var parameters: [String: String] = [:]
      for piece in pieces {
        let pair = piece.split(separator: "=", maxSplits: 1).map(String.init)
        if pair.count == 2 { parameters[pair[0]] = pair[1] }
      }
      return Range(
        type: type, parameters: parameters, weight: parameters["q"].flatMap(Double.init) ?? 1)
    }
    return ranges.enumerated().sorted {
      ($0.element.weight, -$0.offset) > ($1.element.weight, -$1.offset)
    }.map(\.element)
  }

  /// A `Content-Type` without its parameters.
  static func base(_ contentType: String?) -> String {
    (contentType ?? "").prefix { $0 != ";" }.filter { $0 != " " }.lowercased()
  }
}
