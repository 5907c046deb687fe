public import FilelogJSON

/// The offsets maps of a release among saved objects.
public struct SavedMaps: Equatable, Sendable {
  /// The map that all nodes share, where there is one.
  public var shared: OffsetsMapContent?
  /// The maps of single nodes.
  public var nodeMaps: NodeMapsContent

  /// What the name of a shared map ends with, after the release's.
  private static let suffix = "-filelogoffsets-cm"

  /// These maps.
  public init(shared: OffsetsMapContent?, nodeMaps: NodeMapsContent) {
    self.shared = shared
    self.nodeMaps = nodeMaps
  }

  /// - Parameter documents: what `kubectl get -o yaml` or `-o json` wrote: config maps, or lists of
  ///   objects. In a list the shared map is known by its name; one that was saved alone may have any.
  /// - Throws: ``OffsetsReadingError`` when none of them is an offsets map, or when they are of several
  ///   releases.
  public init(_ documents: [JSONValue]) throws(OffsetsReadingError) {
    let objects = documents.flatMap(Self.items)
    nodeMaps = NodeMapsContent(objects)
    if let only = documents.first, documents.count == 1, !Self.isList(only),
      !NodeMapsContent.isNodeMap(only)
    {
      shared = try OffsetsMapContent(only)
      return
    }
    let maps = objects.filter { Self.isShared($0) || NodeMapsContent.isNodeMap($0) }
    guard !maps.isEmpty || objects.isEmpty else {
      throw OffsetsReadingError(
        "none of the \(objects.count) objects is an offsets map; one is called "
          + "<release>\(Self.suffix), others are labelled \(NodeMapsContent.kindLabel)")
    }
    let releases = Set(maps.map(Self.release)).sorted()
    guard releases.count < 2 else {
      throw OffsetsReadingError(
        "offsets maps of several releases (\(releases.joined(separator: ", "))); save those of one")
    }
    shared = try maps.first(where: Self.isShared).map(OffsetsMapContent.init)
  }

  /// The elements of a list; those of the API server's own lists do not say what they are.
  private static func items(_ document: JSONValue) -> [JSONValue] {
    guard isList(document) else { return [document] }
    return (document["items"]?.array ?? []).map { item in
      guard document["kind"] == "ConfigMapList" else { return item }
      var item = item
      item["kind"] = "ConfigMap"
      return item
    }
  }

  private static func isList(_ document: JSONValue) -> Bool {
    document["kind"]?.string?.hasSuffix("List") == true
  }

  private static func isShared(_ object: JSONValue) -> Bool {
    object["kind"] == "ConfigMap" && !NodeMapsContent.isNodeMap(object)
      && object["metadata"]?["name"]?.string?.hasSuffix(suffix) == true
  }

  /// `namespace/release`
  private static func release(_ map: JSONValue) -> String {
    let metadata = map["metadata"]
    let name = metadata?["name"]?.string ?? ""
    let stem = name.firstRange(of: "-filelogoffsets-").map { String(name[..<$0.lowerBound]) }
    return "\(metadata?["namespace"]?.string ?? "default")/\(stem ?? name)"
  }

  /// Whether every snapshot can be read.
  public var isSound: Bool { (shared?.isSound ?? true) && nodeMaps.isSound }

  /// Whose snapshots cannot be read, or not all of it, sorted.
  public var damagedNodes: [String] {
    let shared = (shared?.nodes ?? []).filter { !$0.content.isSound }.map(\.name)
    let own = nodeMaps.nodes.filter { !$0.content.isSound || $0.differenceTrouble != nil }
    return Set(shared + own.map(\.name)).sorted()
  }
}
