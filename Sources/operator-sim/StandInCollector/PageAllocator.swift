internal import BoltFile

/// Which pages of a database hold nothing that is needed, by bbolt's rules (`freelist/shared.go`).
///
/// Pages of transaction *N* that commit *N* + 1 replaces become free with it, and are written over
/// from commit *N* + 2 on: while that one writes, *N* + 1 is still in force and whole.
struct PageAllocator {
  private var isFree: [Bool]
  private var replaced: [Range<BoltFormat.PageID>] = []

  /// The first page that no transaction has used yet.
  var highWaterMark: BoltFormat.PageID { BoltFormat.PageID(isFree.count) }

  /// All pages but the two metas and those in use are free. Both databases without a stored free
  /// list and compacted ones are opened this way.
  init(highWaterMark: BoltFormat.PageID, inUse: [Range<BoltFormat.PageID>]) {
    isFree = Array(repeating: true, count: Int(highWaterMark))
    let metas: Range<BoltFormat.PageID> = 0..<2
    for range in [metas] + inUse {
      for page in range { isFree[Int(page)] = false }
    }
  }

  /// Begins a commit: what the one before replaced may now be written over.
  mutating func begin() {
    for range in replaced {
      for page in range { isFree[Int(page)] = true }
    }
    replaced = []
  }

  /// Finds pages in a row: the first that are free, or else new ones at the end.
  mutating func allocate(_ count: Int) -> BoltFormat.PageID {
    var run = 0
    for page in isFree.indices {
      run = isFree[page] ? run + 1 : 0
      if run == count {
        let first = page + 1 - count
        for taken in first...page { isFree[taken] = false }
        return BoltFormat.PageID(first)
      }
    }
    defer { isFree += repeatElement(false, count: count) }
    return highWaterMark
  }

  /// Gives up pages of the transaction in force.
  mutating func replace(_ pages: [Range<BoltFormat.PageID>]) { replaced += pages }
}
