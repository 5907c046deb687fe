/// Chooses which files of a directory a snapshot holds, in the order in which they are read. Memory is
/// bounded however many there are.
struct FileList {
  private let limit: Int
  /// In the order of ``FileName/isReadBefore(_:_:)``.
  private(set) var names: [String] = []
  /// Files beyond the limit, and files with names that restoring would refuse.
  private(set) var leftOut = 0

  init(limit: Int) { self.limit = limit }

  /// Considers one more; passing files of the collector are not part of a snapshot.
  mutating func add(_ name: String) {
    guard !FileName.isTemporary(name) else { return }
    let isAmongFirst =
      names.count < limit || names.last.map { FileName.isReadBefore(name, $0) } ?? false
    guard FileName.isPlain(name), isAmongFirst else {
      leftOut += 1
      return
    }
    names.insert(name, at: place(of: name))
    if names.count > limit {
      names.removeLast()
      leftOut += 1
    }
  }

  private func place(of name: String) -> Int {
    var (low, high) = (0, names.count)
    while low < high {
      let middle = (low + high) / 2
      if FileName.isReadBefore(names[middle], name) { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
