internal import FilelogJSON

/// One Kubernetes object of the input: a `Dash0Monitoring`, for instance.
struct ClusterObject {
  let reader: ValueReader
  let kind: String
  let name: String
  /// Empty for objects of the whole cluster.
  let namespace: String
  /// `metadata.creationTimestamp`; RFC 3339 in UTC, so that texts sort as times do. Nil in files that
  /// were written by hand.
  let created: String?
  let state: State

  /// Whether an operator would take the object into account.
  enum State: Hashable {
    case current
    /// It has a `metadata.deletionTimestamp`.
    case isBeingDeleted
    /// Its condition `Available` is not true, for this reason.
    case isUnavailable(reason: String)
  }

  /// - Parameters:
  ///   - kinds: those that may stand here.
  ///   - isFromCluster: objects beside it have a status. One that a cluster printed, and that has none,
  ///     is not available yet.
  init?(_ reader: ValueReader, kinds: [String], isFromCluster: Bool) {
    let object = reader.object()
    guard reader.isMapping else { return nil }
    self.reader = reader
    let kind = object["kind"]
    guard kind.isPresent || reader.value?.json["operator"] == nil else {
      reader.reject(
        found: "Helm values",
        expected: "\(kinds.joined(separator: " or ")) objects; Helm values "
          + "belong into a file of values")
      return nil
    }
    self.kind = kind.requiredText()
    guard kinds.contains(self.kind) else {
      if !self.kind.isEmpty { kind.reject(expected: kinds.joined(separator: " or ")) }
      return nil
    }
    let metadata = object["metadata"].object()
    name = metadata["name"].text() ?? ""
    namespace = metadata["namespace"].text() ?? ""
    created = metadata["creationTimestamp"].text()
    let conditions = object["status"].value?.json["conditions"]?.array
    object.accept(["apiVersion", "spec"])
    object.rejectUnknownKeys()
    let available = conditions?.first { $0["type"] == "Available" }
    if metadata["deletionTimestamp"].isPresent {
      state = .isBeingDeleted
    } else if conditions != nil, available?["status"] != "True" {
      state = .isUnavailable(reason: available?["reason"]?.string ?? "no condition Available")
    } else if conditions == nil, isFromCluster || metadata["resourceVersion"].isPresent {
      state = .isUnavailable(reason: "no status yet")
    } else {
      state = .current
    }
  }

  /// Where the object stands, for notes: `shop/dash0-monitoring`.
  var place: String { namespace.isEmpty ? name : "\(namespace)/\(name)" }
}

/// Finds the objects in files and decoded trees.
enum ClusterObjects {
  /// A file holds documents, and each is an object, a list of objects, or a Kubernetes `List`.
  static func read(
    _ files: [InputFile], _ trees: [JSONValue], part: DesiredStateRequest.Part, firstRank: Int,
    kinds: [String], log: ProblemLog
  ) -> [ClusterObject] {
    let documents = files.enumerated().flatMap { index, file in
      InputDocuments.read(file, rank: firstRank + index, log: log)
    }
    let decoded = trees.map { SourcedValue($0, .request(part)) }
    return (documents + decoded).flatMap { document -> [ClusterObject] in
      // `items: null` is a list without objects.
      if case .mapping(let members) = document.kind, members["items"]?.isNull == true { return [] }
      let readers = objects(in: document.withoutNulls, log: log)
      let isFromCluster = readers.contains { $0.value?.json["status"]?["conditions"] != nil }
      return readers.compactMap {
        ClusterObject($0, kinds: kinds, isFromCluster: isFromCluster)
      }
    }
  }

  private static func objects(in tree: SourcedValue, log: ProblemLog) -> [ValueReader] {
    let reader = ValueReader(
      keyPath: "", value: tree, parent: tree.origin, log: log, typing: .schema)
    switch tree.kind {
    case .scalar(.null): return []
    case .list: return reader.elements()
    case .mapping(let members):
      guard let items = members["items"] else { return [reader] }
      return ValueReader(
        keyPath: "items", value: items, parent: tree.origin, log: log, typing: .schema
      ).elements()
    case .scalar: return [reader]
    }
  }
}
