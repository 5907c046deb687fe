internal import FilelogCommandLine
internal import FilelogText
internal import OffsetSync

/// Stored offsets as text for people. What others chose, names and paths, is printable in it whatever
/// it holds.
public enum OffsetsText {
  /// Every database and every log file.
  public static func details(_ offsets: StoredOffsets) -> String {
    if offsets.databases.isEmpty, offsets.others.isEmpty { return "nothing is stored\n" }
    let databases = offsets.databases.map { database($0) }
    let others = offsets.others.map {
      "\($0.name.printable): \(Wording.count($0.bytes, "byte")), no database\n"
    }
    return (databases + others).joined(separator: "\n")
  }

  /// What the maps of a release hold; the shared one comes first, unless it is empty and others are
  /// not.
  public static func overview(_ maps: SavedMaps) -> String {
    let others = overview(maps.nodeMaps)
    guard let shared = maps.shared else { return others.isEmpty ? "nothing is stored\n" : others }
    if others.isEmpty { return overview(shared) }
    return shared.nodes.isEmpty ? others : overview(shared) + "\n" + others
  }

  /// How full a map is and which nodes fill it.
  public static func overview(_ map: OffsetsMapContent) -> String {
    let limit = OffsetsMapContent.limit
    var text =
      "configmap \(map.namespace.printable)/\(map.name.printable): "
      + "\(map.usedBytes.grouped) of \(Wording.count(limit, "byte")) "
      + "(\(Wording.percent(map.usedBytes, of: limit))), \(Wording.count(map.nodes.count, "node"))"
    if let time = map.lastStored { text += ", last stored \(time.printable)" }
    text += "\n"
    guard !map.nodes.isEmpty else { return text }
    var rows = [["node", "bytes", "of the map", "databases", "log files", "last change"]]
    rows += map.nodes.map { row($0) }
    text += "\n" + TextTable.lines(rows, leftAligned: [0, 5]).map { $0 + "\n" }.joined()
    return text + map.nodes.map { trouble($0.name, $0.content) }.joined()
  }

  /// What the maps of single nodes hold; empty when there are none.
  public static func overview(_ maps: NodeMapsContent) -> String {
    guard !maps.nodes.isEmpty else { return "" }
    let saysTime = maps.nodes.contains { $0.lastStored != nil }
    let differs = maps.nodes.contains { $0.differenceBytes > 0 }
    var rows = [["node", "bytes", "of a map", "maps", "databases", "log files", "last change"]]
    if differs { rows[0].insert("changed since", at: 2) }
    if saysTime { rows[0].append("last stored") }
    rows += maps.nodes.map { node in
      var row = row(
        OffsetsMapContent.Node(name: node.name, bytes: node.bytes, content: node.content))
      row.insert(String(node.maps), at: 3)
      if differs { row.insert(node.differenceBytes.grouped, at: 2) }
      if saysTime { row.append(node.lastStored?.printable ?? "–") }
      return row
    }
    let heading =
      maps.nodes.count == 1
      ? "1 node with maps of its own" : "\(maps.nodes.count) nodes with maps of their own"
    let table = TextTable.lines(rows, leftAligned: differs ? [0, 7, 8] : [0, 6, 7])
    return heading + "\n\n" + table.map { $0 + "\n" }.joined()
      + maps.nodes.map { node in
        trouble(node.name, node.content)
          + (node.differenceTrouble.map { "\(node.name.printable): \($0.printable)\n" } ?? "")
      }.joined()
  }

  private static func row(_ node: OffsetsMapContent.Node) -> [String] {
    let cells = [
      node.name.printable, node.bytes.grouped,
      Wording.percent(node.bytes, of: OffsetsMapContent.limit),
    ]
    guard case .offsets(let offsets) = node.content else {
      return cells + ["–", "–", "damaged, see below"]
    }
    return cells + [
      String(offsets.databases.count), offsets.fileCount.grouped,
      Wording.time(offsets.lastChange),
    ]
  }

  /// Why a node's snapshot, or what in it, cannot be read; empty where all can.
  private static func trouble(_ node: String, _ content: OffsetsMapContent.Node.Content) -> String {
    switch content {
    case .damaged(let reason): return "\(node.printable): \(reason.printable)\n"
    case .offsets(let offsets):
      return offsets.databases.filter { !$0.isSound }.map {
        "\(node.printable): \($0.name.printable): what cannot be read in it, --node shows\n"
      }.joined()
    }
  }

  private static func database(_ database: StoredOffsets.Database) -> String {
    var facts: [String] = []
    if let bytes = database.bytes { facts.append(Wording.count(bytes, "byte")) }
    if let written = database.written { facts.append("written \(Wording.time(written))") }
    let heading = { (facts: [String]) in
      "\(database.name.printable): \(facts.joined(separator: ", "))"
    }
    switch database.content {
    case .unreadable(let reason):
      return "\(heading(facts + ["cannot be read"])): \(reason.printable)\n"
    case .other(let transaction, let entries):
      return heading(
        facts + ["transaction \(transaction)", Wording.count(entries, "entry", "entries")]) + "\n"
    case .receiver(let receiver):
      return heading(facts + Self.facts(receiver, lastChange: database.lastChange)) + "\n"
        + content(receiver)
    }
  }

  private static func facts(
    _ receiver: StoredOffsets.Receiver, lastChange: Int64?
  ) -> [String] {
    var facts = ["transaction \(receiver.transaction)"]
    if let encoding = receiver.encoding { facts.append(encoding) }
    facts.append(Wording.count(receiver.files.count, "log file"))
    if receiver.archivedFiles > 0 {
      facts.append("\(receiver.archivedFiles.grouped) archived")
    }
    if let lastChange { facts.append("last change \(Wording.time(lastChange))") }
    return facts
  }

  private static func content(_ receiver: StoredOffsets.Receiver) -> String {
    var text = receiver.damage.map { "  cannot be read: \($0.printable)\n" }.joined()
    guard !receiver.files.isEmpty else { return text }
    let rows =
      [["offset", "records", "fingerprint", "last change", "log file"]] + receiver.files.map(row)
    text += TextTable.lines(rows, leftAligned: [3, 4]).map { "  \($0)\n" }.joined()
    return text
  }

  private static func row(_ file: StoredOffsets.LogFile) -> [String] {
    [
      Int(file.offset).grouped, Int(file.records).grouped,
      file.fingerprintBytes.grouped, Wording.time(file.lastChange),
      file.path?.printable ?? "(the receiver keeps no paths)",
    ]
  }
}
