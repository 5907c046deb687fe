internal import BoltFile
internal import FilelogCheckpoint

extension BoltContent {
  /// The receiver's values under the keys of its checkpoints, the archive's included.
  var checkpoints: [ArraySlice<UInt8>] {
    guard case .bucket(let bucket)? = root[Checkpoint.bucket] else { return [] }
    return bucket.entries.compactMap { entry in
      guard case .value(let value) = entry.content,
        Checkpoint.isCheckpointKey(Array(entry.key))
      else { return nil }
      return value
    }
  }

  /// When the database was last written, since 1970; nil where that is not told.
  var committed: Duration? { writtenAt.flatMap { $0 > .zero ? $0 : nil } }

  /// When any file that the receiver knows was last seen to grow, since 1970.
  var lastGrowth: Duration? {
    var last = Int64.min
    for value in checkpoints {
      var newest = last
      let isSound =
        (try? Checkpoint.forEachFile(in: value) { newest = max(newest, $0.lastDataChange ?? .min) })
        != nil
      if isSound { last = newest }
    }
    return last == .min ? nil : .nanoseconds(last)
  }

  /// The database of a receiver that knows no files, since shortly before it was written: what it has
  /// done by then is to be done again.
  var unread: BoltContent {
    let known = BoltBucket.Entry(key: Checkpoint.knownFilesKey[...], content: .value([]))
    let bucket = BoltBucket.Entry(
      key: Checkpoint.bucket[...], content: .bucket(BoltBucket(entries: [known])))
    var content = BoltContent(
      transaction: transaction, pageSize: pageSize, root: BoltBucket(entries: [bucket]))
    content.writtenAt = unseenLook
    return content
  }

  /// What a poll is taken to take where nothing tells, and what a receiver may have done before the
  /// first scan.
  static var longPoll: Duration { .seconds(5) }

  /// How many transactions a poll takes, at the most: one, and with an archive (`polls_to_archive`) one
  /// more for each part of the archive that it looks into.
  var commitsPerPoll: UInt64 {
    guard case .bucket(let bucket)? = root[Checkpoint.bucket] else { return 1 }
    let hasArchive = bucket.entries.contains { entry in
      entry.key.count > Checkpoint.knownFilesKey.count
        && entry.key.starts(with: Checkpoint.knownFilesKey)
    }
    return hasArchive ? 200 : 1
  }

  /// What counts as the time of the receiver's last look where nothing tells of it.
  var unseenLook: Duration? { committed.map { max(.zero, $0 - Self.longPoll) } }

  /// The receiver's current list of known files, encoded; nil where there is none yet.
  var knownFiles: ArraySlice<UInt8>? {
    guard case .bucket(let bucket)? = root[Checkpoint.bucket],
      case .value(let value)? = bucket[Checkpoint.knownFilesKey]
    else { return nil }
    return value
  }

  /// Whether the receiver's current list of known files is empty, or there is none yet.
  var listsNoFiles: Bool {
    guard let value = knownFiles else { return true }
    // One entry takes far more.
    guard value.count < 16 else { return false }
    var isEmpty = true
    return (try? Checkpoint.forEachFile(in: value) { _ in isEmpty = false }) != nil && isEmpty
  }

  /// Why the collector would not start with these checkpoints; nil when it can decode them all.
  var undecodableCheckpoint: CheckpointError? {
    for value in checkpoints {
      do { try Checkpoint.forEachFile(in: value) { _ in } } catch { return error }
    }
    return nil
  }
}
