/// In which form a client wants an answer.
enum Representation: Hashable, Sendable {
  case whole
  /// Only the metadata, in that version of `meta.k8s.io`.
  case metadata(version: String)
  case table(version: String)
}

/// Content negotiation.
enum MediaTypes {
  static let served = ["application/json"]
  static let mergePatch = "application/merge-patch+json"
  static let jsonPatch = "application/json-patch+json"
  static let strategicMergePatch = "application/strategic-merge-patch+json"
  static let apply = "application/apply-patch+yaml"
  static let patches = [jsonPatch, mergePatch, strategicMergePatch, apply]

  /// The first form in an `Accept` header that the emulator can give.
  static func representation(
    accept: String?, forList isList: Bool, allowsTransforms: Bool = true
  ) throws(APIStatus) -> Representation {
    guard let accept, !accept.isEmpty else { return .whole }
    for range in ranges(accept) {
      guard ["application/json", "application/*", "*/*"].contains(range.type) else { continue }
      guard let transform = range.parameters["as"] else { return .whole }
      guard allowsTransforms, range.parameters["g"] == "meta.k8s.io",
        let version = range.parameters["v"], ["v1", "v1beta1"].contains(version)
      else { continue }
      switch (transform, isList) {
      case ("Table", _): return .table(version: version)
      case ("PartialObjectMetadata", false), ("PartialObjectMetadataList", true):
        return .metadata(version: version)
      default: continue
      }
    }
    throw .notAcceptable(served)
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
