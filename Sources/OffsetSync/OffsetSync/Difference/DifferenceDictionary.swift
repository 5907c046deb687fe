internal import FilelogEncodings

/// What new items are most like: items that are gone, which may be the same ones in another form, and
/// before them others.
enum DifferenceDictionary {
  static func bytes(
    of base: Snapshot, _ gone: [Int]
  ) throws(SnapshotItems.TooMany) -> [UInt8] {
    var (kept, left): ([ArraySlice<UInt8>], [ArraySlice<UInt8>]) = ([], [])
    var next = gone[...]
    try SnapshotItems.forEach(in: base) { item, items in
      if next.first == items.count {
        next.removeFirst()
        left.append(item.bytes)
      } else {
        kept.append(item.bytes)
      }
    }
    var pieces: [ArraySlice<UInt8>] = []
    var room = Deflate.window
    for items in [left, kept] {
      for piece in items.reversed() where room > 0 && !piece.isEmpty {
        pieces.append(piece.suffix(room))
        room -= min(room, piece.count)
      }
    }
    return pieces.reversed().flatMap { $0 }
  }
}
