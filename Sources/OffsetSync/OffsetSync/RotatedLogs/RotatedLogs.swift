internal import BoltFile
internal import FilelogSystemCalls
internal import Glibc

/// Lets the receiver go on in log files that were rotated while no collector ran.
///
/// The receiver's pattern matches the files that are written, `*.log`. What is rotated while no collector
/// reads, it would never see again; a wider pattern would let it read what it has read and forgotten
/// once more. So each rotated file that is not read to its end gets a link where a second pattern of
/// the receiver finds it, before the collector starts: the receiver knows a file by its beginning,
/// goes on where it stopped, or begins a file that it never saw. When such a file is read to its end
/// its link goes, and the receiver forgets it as it forgets every rotated file.
final class RotatedLogs {
  /// Bounds of one walk.
  struct Limits {
    /// Rotated files that are looked into.
    var files = 20_000
    /// Links at a time. A link takes up to three directories with it, 16 KiB in all.
    var links = 500
    /// Time that a walk may take.
    var time: Duration = .seconds(10)
  }

  /// What came of a walk.
  struct Outcome: Hashable {
    /// Links that are there now.
    var links = 0
    /// Of these, links of this walk.
    var added = 0
    var removed = 0
    /// Rotated files that were looked into.
    var files = 0
    /// Directories and files that could not be read, or have names that no kubelet gives.
    var skipped = 0
    /// Files that should be linked and could not be, with the reason of the first.
    var failed = 0
    var failure: SystemError?
    /// Unread files beyond the limit of links.
    var unlinked = 0
    /// Whether a limit ended the walk.
    var isCutShort = false

    /// Why records may be skipped; nil where they are not.
    var shortcoming: String? {
      var reasons: [String] = []
      if isCutShort { reasons.append("too many files, or too slow: the rest was not looked at") }
      if unlinked > 0 { reasons.append("\(unlinked) beyond the most links at a time") }
      if let failure { reasons.append("\(failed) could not be linked: \(failure)") }
      return reasons.isEmpty ? nil : reasons.joined(separator: "; ")
    }
  }

  private let tree: LogTree
  private let directory: LinkDirectory
  private let limits: Limits
  private let now: () -> Duration
  private let wallClock: () -> Duration?

  /// - Parameters:
  ///   - now: a clock that never goes back.
  ///   - wallClock: time since 1970.
  init(
    _ places: RotatedLogPlaces, limits: Limits = Limits(), calls: SystemCalls = .host,
    now: @escaping () -> Duration, wallClock: @escaping () -> Duration?
  ) {
    tree = LogTree(pods: places.pods, docker: places.docker, calls: calls)
    directory = LinkDirectory(path: places.links, calls: calls)
    self.limits = limits
    self.now = now
    self.wallClock = wallClock
  }

  /// Links what is to be read, and takes links away that are not needed any more. For a time in which
  /// no collector runs, or its receivers have looked at their files a moment ago.
  /// - Parameters:
  ///   - known: what they knew when they started.
  ///   - live: what they know now: what they have read to its end needs no link, and where it was packed
  ///     since, a link to the packed file would be read from its beginning.
  /// - Throws: when the log directory or the directory for links cannot be read.
  func follow(
    _ known: KnownLogFiles, live: KnownLogFiles? = nil
  ) throws(SystemError) -> Outcome {
    let existing = try directory.links()
    let linked = Set(existing.map { Self.plain($0.target) })
    let rule = UnreadRule(known: known, live: live, now: wallClock())
    let end = now() + limits.time
    var outcome = Outcome()
    // Files that a receiver has begun come first where there are too many.
    var unfinished: [LogTree.File] = []
    var unseen: [LogTree.File] = []
    outcome.skipped = try tree.forEachRotatedFile { file, head in
      guard outcome.files < limits.files, now() < end else {
        outcome.isCutShort = true
        return false
      }
      outcome.files += 1
      guard let head = head() else { return true }
      switch rule.verdict(head, file.name, wasLinked: linked.contains(file.plainPath)) {
      case .finished, .old: break
      case .unfinished where unfinished.count < limits.links: unfinished.append(file)
      case .unseen where unseen.count < limits.links: unseen.append(file)
      case .unfinished, .unseen: outcome.unlinked += 1
      }
      return true
    }
    let wanted = unfinished + unseen
    outcome.unlinked += max(0, wanted.count - limits.links)
    place(Array(wanted.prefix(limits.links)), existing, keepsOthers: outcome.isCutShort, &outcome)
    return outcome
  }

  /// Takes links away of files that were read to their end, or are gone. For a time in which the
  /// collector runs: it makes no link.
  func sweep(_ known: KnownLogFiles) throws(SystemError) -> Outcome {
    let existing = try directory.links()
    var outcome = Outcome()
    let rule = UnreadRule(known: known, now: wallClock())
    for link in existing {
      outcome.files += 1
      if let head = tree.head(at: link.target),
        rule.verdict(head, nil, wasLinked: true) != .finished
      {
        outcome.links += 1
      } else {
        directory.remove(link)
        outcome.removed += 1
      }
    }
    return outcome
  }

  private func place(
    _ files: [LogTree.File], _ existing: [LinkDirectory.Link], keepsOthers: Bool,
    _ outcome: inout Outcome
  ) {
    var slots: [Place: Set<Int>] = [:]
    var kept: [String: LinkDirectory.Link] = [:]
    let wanted = Set(files.map(\.plainPath))
    for link in existing {
      if wanted.contains(Self.plain(link.target)), kept[Self.plain(link.target)] == nil {
        kept[Self.plain(link.target)] = link
      } else if !keepsOthers {
        directory.remove(link)
        outcome.removed += 1
        continue
      }
      slots[Place(link), default: []].insert(link.slot)
    }
    for file in files {
      if let link = kept[file.plainPath], link.target == file.path {
        outcome.links += 1
        continue
      }
      var link = LinkDirectory.Link(
        slot: 0, place: file.place, restart: file.restart, target: file.path)
      if let old = kept[file.plainPath] {
        link.slot = old.slot
      } else {
        let taken = slots[Place(link)] ?? []
        while taken.contains(link.slot) { link.slot += 1 }
        slots[Place(link), default: []].insert(link.slot)
      }
      do throws(SystemError) {
        try directory.add(link)
        outcome.links += 1
        outcome.added += 1
      } catch {
        outcome.failed += 1
        outcome.failure = outcome.failure ?? error
      }
    }
  }

  private struct Place: Hashable {
    let place: ContainerPlace
    let restart: Int

    init(_ link: LinkDirectory.Link) {
      place = link.place
      restart = link.restart
    }
  }

  private static func plain(_ target: String) -> String {
    target.hasSuffix(".gz") ? String(target.dropLast(3)) : target
  }
}

/// Where rotated files are, and where their links go.
public struct RotatedLogPlaces: Hashable, Sendable {
  /// The node's directory of pods' logs, at the same path in the collector's container.
  public var pods: String
  /// Docker's directory of containers, at the same path in the collector's container.
  public var docker: String
  /// An empty directory that the collector's container sees at the same path.
  public var links: String

  /// - Parameters: see the properties of these names.
  public init(pods: String, docker: String, links: String) {
    self.pods = pods
    self.docker = docker
    self.links = links
  }
}
