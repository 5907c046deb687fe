internal import FilelogText

/// Decides of a rotated log file whether something in it is still to be read.
struct UnreadRule {
  let known: KnownLogFiles
  /// Now, since 1970; a time of the receiver's that lies ahead of it comes from a clock that was set.
  let now: Duration?

  /// A receiver stores a file with two more polls after it has gone from its pattern, and forgets it
  /// with the third. So a file that it has read and forgotten was rotated at least two polls (0.4 s)
  /// before its last look, and one that it never saw began after that look at the earliest. Between
  /// them there is room for this much doubt: with 0.5 s, files that were rotated as long before a stop
  /// were read twice.
  static let margin: Duration = .milliseconds(300)

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
    guard var look = known.lastLook else { return false }
    if let now { look = min(look, now) }
    let limit = look - Self.margin
    // Nothing writes to a plain file after its rotation.
    guard file.isPacked, let first = file.firstLine else { return file.modified > limit }
    // A packed file was written when it was packed. What it tells of itself is when it began and, by
    // its name, when it was rotated: what was rotated after the last look was in place during it.
    if first.time > limit { return true }
    guard let rotated = name?.localTime.flatMap({ Duration(rfc3339: $0 + first.zone) }) else {
      return false
    }
    return rotated >= look && rotated >= first.time
  }
}

extension Duration {
  fileprivate init?(rfc3339 text: String) {
    guard let time = RFC3339.parse(text) else { return nil }
    self = .seconds(time.seconds) + .nanoseconds(time.nanoseconds)
  }
}
