internal import FilelogText

/// Decides of a rotated log file whether something in it is still to be read.
struct UnreadRule {
  let known: KnownLogFiles
  /// What a receiver has read to its end since.
  var live: KnownLogFiles?
  /// Now, since 1970; a look that lies ahead of it is of a clock that was set back since.
  let now: Duration?
  /// What a name does not tell of the time of a rotation.
  private static let second = Duration.seconds(1)

  enum Verdict: Hashable {
    /// A receiver knows it, and has not read all of it.
    case unfinished
    /// No receiver knows it, and it began after they last looked.
    case unseen
    /// It was read to its end, or has no content.
    case finished
    /// No receiver knows it any more, or did when nothing was collected yet.
    case old
  }

  /// - Parameters:
  ///   - wasLinked: whether it was unread when that was last asked: a file stays so until a receiver
  ///     knows it.
  func verdict(_ file: LogFileHead, _ name: RotatedLogName?, wasLinked: Bool) -> Verdict {
    guard !file.prefix.isEmpty else { return .finished }
    if let progress = live?.progress(of: file.prefix), isRead(file, progress) { return .finished }
    if let progress = known.progress(of: file.prefix) {
      return isRead(file, progress) ? .finished : .unfinished
    }
    return wasLinked || isNew(file, name) ? .unseen : .old
  }

  /// A packed file's offset counts its packed bytes once the receiver has read it packed, and the
  /// bytes of its content before.
  private func isRead(_ file: LogFileHead, _ progress: KnownLogFiles.Progress) -> Bool {
    if file.isPacked {
      if let packed = progress.packedOffset, packed < file.fileBytes { return false }
      guard let offset = progress.offset else { return true }
      return offset & 0xffff_ffff == file.contentBytes
    }
    guard let offset = progress.offset else { return true }
    return offset >= file.contentBytes
  }

  private func isNew(_ file: LogFileHead, _ name: RotatedLogName?) -> Bool {
    guard let look = known.lastLook else { return false }
    let limit = look - ReceiverLooks.lag
    func isAfter(_ time: Duration) -> Bool {
      // No receiver has looked since the clock was set back. What it says since then may be of a time
      // before it was ahead, too: that is read again rather than skipped.
      if let now, look > now + Self.second, time <= now { return true }
      return time > limit
    }
    // Nothing writes to a plain file after its rotation.
    guard file.isPacked, let first = file.firstLine else { return isAfter(file.modified) }
    // A packed file was written when it was packed. What it tells of itself is when it began and, by
    // its name, when it was rotated: what was rotated after the last look was in place during it.
    if isAfter(first.time) { return true }
    guard let rotated = name?.localTime.flatMap({ Duration(rfc3339: $0 + first.zone) }) else {
      return false
    }
    // Where the look is init's, and not a receiver's that knows what it saw, a file may have begun before
    // it and be rotated in the same second.
    let latest = known.isLookLimited ? rotated + Self.second : rotated
    return latest >= look && latest >= first.time
  }
}

extension Duration {
  fileprivate init?(rfc3339 text: String) {
    guard let time = RFC3339.parse(text) else { return nil }
    self = .seconds(time.seconds) + .nanoseconds(time.nanoseconds)
  }
}
