internal import OffsetSync

/// Stored offsets as text for people.
public enum OffsetsText {
  /// Every database and every log file.
  public static func details(_ offsets: StoredOffsets) -> String {
    if offsets.databases.isEmpty, offsets.others.isEmpty { return "nothing is stored\n" }
    let databases = offsets.databases.map { database($0) }
    let others = offsets.others.map { "\($0.name): \(grouped($0.bytes)) bytes, no database\n" }
    return (databases + others).joined(separator: "\n")
  }

  /// How full a map is and which nodes fill it.
  public static func overview(_ map: OffsetsMapContent) -> String {
    let used = map.usedBytes
    var text =
      "configmap \(map.namespace)/\(map.name): \(grouped(used)) of "
      + "\(grouped(OffsetsMapContent.limit)) bytes (\(percent(used, of: OffsetsMapContent.limit))), "
      + "\(map.nodes.count) nodes\n"
    guard !map.nodes.isEmpty else { return text }
    var rows = [["node", "bytes", "of the map", "databases", "log files", "last change"]]
    rows += map.nodes.map { row($0) }
    text += "\n" + table(rows, leftAligned: [0, 5])
    for node in map.nodes {
      if case .damaged(let reason) = node.content { text += "\(node.name): \(reason)\n" }
    }
    return text
  }

  /// What the maps of single nodes hold; empty when there are none.
  public static func overview(_ maps: NodeMapsContent) -> String {
    guard !maps.nodes.isEmpty else { return "" }
    var rows = [["node", "bytes", "of a map", "maps", "databases", "log files", "last change"]]
    rows += maps.nodes.map { node in
      var row = row(
        OffsetsMapContent.Node(name: node.name, bytes: node.bytes, content: node.content))
      row.insert(String(node.maps), at: 3)
      return row
    }
    var text = "\(maps.nodes.count) nodes with maps of their own\n\n"
    text += table(rows, leftAligned: [0, 6])
    for node in maps.nodes {
      if case .damaged(let reason) = node.content { text += "\(node.name): \(reason)\n" }
    }
    return text
  }

  private static func row(_ node: OffsetsMapContent.Node) -> [String] {
    let share = percent(node.bytes, of: OffsetsMapContent.limit)
    guard case .offsets(let offsets) = node.content else {
      return [node.name, grouped(node.bytes), share, "–", "–", "damaged, see below"]
    }
    return [
      node.name, grouped(node.bytes), share, String(offsets.databases.count),
      grouped(offsets.fileCount), time(offsets.lastChange),
    ]
  }

  private static func database(_ database: StoredOffsets.Database) -> String {
    switch database.content {
    case .unreadable(let reason): return "\(database.name): cannot be read: \(reason)\n"
    case .other(let transaction, let entries):
      return "\(database.name): transaction \(transaction), \(grouped(entries)) entries\n"
    case .receiver(let receiver):
      var text = "\(database.name): transaction \(receiver.transaction)"
      if let encoding = receiver.encoding { text += ", \(encoding)" }
      text += ", \(grouped(receiver.files.count)) log files"
      if receiver.archivedFiles > 0 { text += ", \(grouped(receiver.archivedFiles)) archived" }
      text += "\n"
      for damage in receiver.damage { text += "  \(damage)\n" }
      guard !receiver.files.isEmpty else { return text }
      let rows =
        [["offset", "records", "fingerprint", "last change", "log file"]] + receiver.files.map(row)
      return text + table(rows, leftAligned: [3, 4], indentation: "  ")
    }
  }

  private static func row(_ file: StoredOffsets.LogFile) -> [String] {
    [
      grouped(Int(file.offset)), grouped(Int(file.records)), grouped(file.fingerprintBytes),
      time(file.lastChange), file.path ?? "(the receiver keeps no paths)",
    ]
  }

  private static func table(
    _ rows: [[String]], leftAligned: Set<Int>, indentation: String = ""
  ) -> String {
    let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
    return rows.map { row in
      var line = indentation
      for (column, cell) in row.enumerated() {
        let padding = String(repeating: " ", count: widths[column] - cell.count)
        line +=
          (column == 0 ? "" : "  ")
          + (leftAligned.contains(column) ? cell + padding : padding + cell)
      }
      while line.last == " " { line.removeLast() }
      return line + "\n"
    }.joined()
  }

  private static func time(_ nanoseconds: Int64?) -> String {
    nanoseconds.map { "\(Timestamp(nanoseconds: $0))" } ?? "never"
  }

  /// `12.3 %`
  private static func percent(_ part: Int, of whole: Int) -> String {
    let tenths = (part * 1000 + whole / 2) / whole
    return "\(tenths / 10).\(tenths % 10) %"
  }

  /// `1234567` as `1,234,567`.
  private static func grouped(_ number: Int) -> String {
    var text = String(number.magnitude)
    var end = text.count - 3
    while end > 0 {
      text.insert(",", at: text.index(text.startIndex, offsetBy: end))
      end -= 3
    }
    return (number < 0 ? "-" : "") + text
  }
}
