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
///
/// The kubelet may pack a linked plain file at any moment, and a receiver forgets a file that it has not
/// found in three polls: it would begin the packed one anew if a link to it came later. So a plain file
/// has a second link, a spare one, to where it will lie when it is packed. One of both always leads to
/// it; of two that do, a receiver reads one.
final class RotatedLogs {
  /// Bounds of one walk.
  struct Limits {
    /// Rotated files that are looked into.
    var files = 20_000
    /// Files that are linked at a time. A link takes up to three directories with it, 16 KiB in all; a
    /// plain file has two.
    var links = 500
    /// Time that a walk may take.
    var time: Duration = .seconds(10)
  }

  /// What came of a walk.
  struct Outcome: Hashable {
    /// Files that are linked now.
    var links = 0
    /// Of these, files that this walk linked.
    var added = 0
    /// Of the linked files of a walk, packed ones.
    var packed = 0
    /// Files that are linked no more.
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

  /// Whether receivers know each linked file: what they store from then on lists it.
  func areLinksKnown(_ known: KnownLogFiles) throws(SystemError) -> Bool {
    try directory.links().allSatisfy { link in
      guard let head = tree.head(at: link.target), !head.prefix.isEmpty else { return true }
      return known.progress(of: head.prefix) != nil
    }
  }

  /// Takes links away of files that were read to their end, or are gone. For a time in which the
  /// collector runs: it makes no link.
  func sweep(_ known: KnownLogFiles) throws(SystemError) -> Outcome {
    let existing = try directory.links()
    let rule = UnreadRule(known: known, now: wallClock())
    var kept: Set<String> = []
    for link in existing {
      if let head = tree.head(at: link.target),
        rule.verdict(head, nil, wasLinked: true) != .finished
      {
        kept.insert(Self.plain(link.target))
      } else if !isNeeded(spare: link, known) {
        directory.remove(link)
      }
    }
    var outcome = Outcome()
    outcome.files = Set(existing.map { Self.plain($0.target) }).count
    outcome.links = kept.count
    outcome.removed = outcome.files - outcome.links
    return outcome
  }

  /// Whether the receiver has not opened the plain file yet. It reads one that it has open to its end,
  /// packed or not.
  private func isNeeded(spare link: LinkDirectory.Link, _ known: KnownLogFiles) -> Bool {
    guard Self.plain(link.target) != link.target, let head = tree.head(at: Self.plain(link.target))
    else { return false }
    return known.progress(of: head.prefix) == nil
  }

  private func place(
    _ files: [LogTree.File], _ existing: [LinkDirectory.Link], keepsOthers: Bool,
    _ outcome: inout Outcome
  ) {
    let wanted = Set(files.map(\.plainPath))
    let targets = Set(files.flatMap { [$0.path, $0.sparePath].compactMap(\.self) })
    var slots: [Place: Set<Int>] = [:]
    var linked: Set<String> = []
    var removed: Set<String> = []
    for link in existing {
      let isWanted = wanted.contains(Self.plain(link.target))
      if isWanted
        ? targets.contains(link.target) && !linked.contains(link.target) : keepsOthers
      {
        linked.insert(link.target)
        slots[Place(link), default: []].insert(link.slot)
      } else {
        directory.remove(link)
        if !isWanted { removed.insert(Self.plain(link.target)) }
      }
    }
    outcome.removed = removed.count
    /// - Returns: whether it was not there yet.
    func link(_ file: LogTree.File, to target: String) throws(SystemError) -> Bool {
      guard !linked.contains(target) else { return false }
      var link = LinkDirectory.Link(
        slot: 0, place: file.place, restart: file.restart, target: target)
      let taken = slots[Place(link)] ?? []
      while taken.contains(link.slot) { link.slot += 1 }
      slots[Place(link), default: []].insert(link.slot)
      try directory.add(link)
      return true
    }
    for file in files {
      do throws(SystemError) {
        if try link(file, to: file.path) { outcome.added += 1 }
        outcome.links += 1
        if file.path != file.plainPath { outcome.packed += 1 }
        if let spare = file.sparePath { _ = try link(file, to: spare) }
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
