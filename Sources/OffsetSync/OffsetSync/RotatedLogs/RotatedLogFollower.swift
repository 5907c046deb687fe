internal import BoltFile
internal import FilelogSystemCalls

/// Keeps the links to rotated logs right: once before the collector starts, again and again while its
/// container is down within the pod, and a last time when its receivers have looked at their files
/// once. What is rotated after that they follow themselves.
///
/// A pod without native sidecars starts this container after the collector's: the first look then
/// finds a collector that runs, with a receiver that has not looked yet or has a moment ago.
final class RotatedLogFollower {
  private let logs: RotatedLogs
  private let volume: Volume
  private let scanner: VolumeScanner
  private let host: any HostEnvironment
  private let log: Log
  private var state = State.unknown
  private var hasLinks = true
  /// Whether a link leads to a packed file.
  private var hasPackedLinks = false
  /// Whether receivers may be reading packed files, and be stopped while they do so.
  private(set) var mayReadPackedFiles = false
  private var lastWarning: String?
  /// The look by which links were made, while they lead to files that the receivers may not know.
  private var lookBeforeUnknownLinks: Duration?
  private var unknownSince = Duration.zero
  /// A link that no receiver ever takes up is given up.
  private static let longestUnknown: Duration = .seconds(60)
  /// Whether offsets have moved of late: then log files may be rotated, and it matters when receivers
  /// look at them.
  var areReceiversReading = true
  /// When ``poll()`` wants to be called next.
  private(set) var nextPoll = Duration.zero

  private enum State {
    case unknown
    case up(nextLook: Duration, nextSweep: Duration)
    case down(KnownLogFiles, nextFollow: Duration)
    /// The collector has opened its databases.
    case starting(KnownLogFiles, since: Duration)
  }

  /// Which transaction of each database was in force when the collector had opened it.
  private var opened: [String: BoltFormat.TransactionID] = [:]

  private let looks: ReceiverLooks?
  /// What the last decision on links took for the receivers' last look at files.
  private var earlierLook: Duration?

  /// How often it is asked whether the collector is there.
  private static let lookInterval: Duration = .seconds(1)
  /// … while it is not, or starts. A link that is there within three polls of the receiver, 0.6 s,
  /// comes in time.
  private static let closeLookInterval: Duration = .milliseconds(200)
  /// … while a first poll takes long, as during an outage of the backend.
  private static let patientLookInterval: Duration = .milliseconds(500)
  private static let patience: Duration = .seconds(10)
  /// How often links are looked after while the collector is there, until none is left.
  private static let sweepInterval: Duration = .seconds(5)
  /// … at first: the collector reports an error at every poll for a spare link that leads nowhere.
  private static let firstSweep: Duration = .seconds(1)
  /// Opening a database commits once, the first look a second time.
  private static let commitsToFirstLook: UInt64 = 2
  /// A receiver that is stopped at its first look commits three times at most, mostly twice.
  private static let commitsBeyondStop: UInt64 = commitsToFirstLook + 4

  /// - Parameters:
  ///   - places: where the logs are.
  ///   - volume: the offsets directory, from which it is read what the receivers know.
  ///   - looks: what was seen of them; nil where no collector runs.
  init(
    _ places: RotatedLogPlaces, limits: RotatedLogs.Limits = .init(), volume: Volume,
    host: any HostEnvironment, looks: ReceiverLooks? = nil, log: Log
  ) {
    self.looks = looks
    self.volume = volume
    self.host = host
    self.log = log
    scanner = VolumeScanner(volume: volume, host: host, looks: looks) { _ in false }
    logs = RotatedLogs(
      places, limits: limits, calls: volume.calls, now: { host.now }, wallClock: { host.wallClock })
  }

  /// Looks after the links now, for a collector that is about to start. What fails is logged: records
  /// may then be skipped, and the collector starts all the same.
  /// - Parameter hasHistory: whether an earlier pod stored something for this node. Receivers that know
  ///   nothing have then lost what they knew, as with damaged offsets, and every rotated file counts as
  ///   unread: that repeats records rather than skip those that were rotated since.
  func follow(hasHistory: Bool) {
    var known = known().files
    if hasHistory, known.isEmpty { known.limitLook(to: .zero) }
    follow(known)
  }

  /// Looks after the links if it is time to. It returns at once while nothing is to be done.
  func poll() {
    let now = host.now
    guard now >= nextPoll else { return }
    // Every commit is seen as long as receivers read.
    let seen = transactions()
    if case .up(let nextLook, _) = state, now < nextLook {
      nextPoll = host.now + pause(now)
      return
    }
    let isGone = (try? scanner.isCollectorGone()) ?? false
    switch (state, isGone) {
    case (.unknown, true), (.up, true):
      let known = knownAtLast()
      follow(known)
      // What a collector that ran until now has stored last is to be stored.
      if case .unknown = state { expectReading() }
      state = .down(known, nextFollow: now + Self.lookInterval)
    case (.down(let known, let nextFollow), true):
      if now >= nextFollow {
        follow(known)
        state = .down(known, nextFollow: now + Self.lookInterval)
      }
    case (.down(let known, _), false):
      // What was rotated since the last look, before the receiver has forgotten it.
      follow(known)
      begin(known, now)
    case (.unknown, false):
      var known = known().files
      // The collector may have run for a while, where this container got no processor; what was
      // rotated before its first look at files is linked by no other container since init.
      if let followed = VolumeHistory(of: volume).followed { known.limitLook(to: followed) }
      follow(known)
      begin(known, now)
    case (.starting, true): state = .unknown
    case (.starting(let known, _), false):
      if haveReceivers(committed: Self.commitsToFirstLook, seen) {
        follow(known, live: self.known().files)
        expectReading()
        VolumeHistory.endFollowing(on: volume)
        state = up(now, nextSweep: now + Self.firstSweep)
      }
    case (.up(_, var nextSweep), false):
      if haveReceivers(committed: Self.commitsBeyondStop, seen) {
        mayReadPackedFiles = false
        noteKnownLinks(now)
      }
      if now >= nextSweep {
        if hasLinks { sweep() }
        nextSweep = now + Self.sweepInterval
      }
      state = up(now, nextSweep: nextSweep)
    }
    nextPoll = host.now + pause(now)
  }

  /// The latest look that a receiver's database may tell of; nil: any. Receivers may have forgotten a file
  /// before its link came: what is stored without it must not tell of a later look than the one by which
  /// the link was made, or the next pod would take the file for one that was read.
  func latestLook(of content: BoltContent) -> Duration? {
    guard let look = lookBeforeUnknownLinks else { return nil }
    let areKnown = try? logs.areLinksKnown(KnownLogFiles(CollectionOfOne(content)))
    return areKnown ?? false ? nil : look
  }

  /// What they knew when they started they have forgotten by now, where they did not find it.
  private func noteKnownLinks(_ now: Duration) {
    guard lookBeforeUnknownLinks != nil else { return }
    if now - unknownSince >= Self.longestUnknown
      || (try? logs.areLinksKnown(known().files)) ?? false
    {
      lookBeforeUnknownLinks = nil
    }
  }

  private func begin(_ known: KnownLogFiles, _ now: Duration) {
    expectReading()
    opened = transactions()
    state = .starting(known, since: now)
  }

  private func up(_ now: Duration, nextSweep: Duration) -> State {
    .up(
      nextLook: now + (isReadingLinks ? Self.closeLookInterval : Self.lookInterval),
      nextSweep: nextSweep)
  }

  private var isReadingLinks: Bool { mayReadPackedFiles || lookBeforeUnknownLinks != nil }

  private func expectReading() { if hasPackedLinks { mayReadPackedFiles = true } }

  private func pause(_ now: Duration) -> Duration {
    switch state {
    case .up:
      isReadingLinks || areReceiversReading && looks != nil
        ? Self.closeLookInterval : Self.lookInterval
    case .starting(_, let since) where now - since > Self.patience: Self.patientLookInterval
    default: Self.closeLookInterval
    }
  }

  /// Whether each receiver has committed so often since its database was opened. A transaction that is
  /// lower than before is of a database that was compacted or begun anew meanwhile. A database that is
  /// not open belongs to a receiver that is not configured any more.
  private func haveReceivers(
    committed count: UInt64, _ seen: [String: BoltFormat.TransactionID]
  ) -> Bool {
    var haveCommitted = true
    for (name, transaction) in seen where scanner.isHeld(name) {
      let first = min(opened[name] ?? transaction, transaction)
      opened[name] = first
      if transaction - first < count { haveCommitted = false }
    }
    return haveCommitted
  }

  private func transactions() -> [String: BoltFormat.TransactionID] {
    Dictionary(scanner.peekAtReceivers().map { ($0.name, $0.transaction) }) { $1 }
  }

  private func follow(_ known: KnownLogFiles, live: KnownLogFiles? = nil) {
    do throws(SystemError) {
      let outcome = try logs.follow(known, live: live)
      hasLinks = outcome.links > 0
      hasPackedLinks = outcome.packed > 0
      if outcome.links == 0 {
        lookBeforeUnknownLinks = nil
      } else if let look = known.lastLook {
        lookBeforeUnknownLinks = min(lookBeforeUnknownLinks ?? look, look)
        unknownSince = host.now
      }
      report(outcome)
    } catch { report(error) }
  }

  private func sweep() {
    do throws(SystemError) {
      let outcome = try logs.sweep(known().files)
      hasLinks = outcome.links > 0
      if outcome.removed > 0 {
        log.debug(
          "rotated log files were read to their end",
          ["files": .integer(outcome.removed), "links": .integer(outcome.links)])
      }
    } catch { report(error) }
  }

  /// What the receivers' databases hold now. One that cannot be read is as none: the collector will
  /// begin it anew.
  /// - Returns: whether it was seen of all receivers when they last looked at their files, too.
  private func known() -> (files: KnownLogFiles, areLooksSeen: Bool) {
    var areLooksSeen = true
    let files = KnownLogFiles(
      scanner.receiverNames().lazy.compactMap { [volume, scanner, host] name in
        let time = host.wallClock
        guard var content = try? BoltDatabase.readLive(volume.file(name), pause: { $0 < 3 })
        else { return nil }
        if !scanner.takeLook(name, &content, seenAt: time) { areLooksSeen = false }
        return content
      })
    return (files, areLooksSeen)
  }

  /// As ``known()``, of a collector that is gone. Where too little was seen of it, an earlier look
  /// counts, or init's; without either its last poll is taken for one that took long.
  private func knownAtLast() -> KnownLogFiles {
    var (known, areLooksSeen) = known()
    if !areLooksSeen {
      let earlier =
        earlierLook ?? VolumeHistory(of: volume).followed
        ?? known.lastLook.map { $0 - BoltContent.longPoll }
      if let earlier { known.limitLook(to: earlier) }
    }
    earlierLook = known.lastLook
    return known
  }

  private func report(_ outcome: RotatedLogs.Outcome) {
    if outcome.added > 0 || outcome.removed > 0 {
      log.info(
        "linked the rotated log files that are not read to their end",
        [
          "links": .integer(outcome.links), "added": .integer(outcome.added),
          "removed": .integer(outcome.removed), "files": .integer(outcome.files),
        ])
    }
    let reason = outcome.shortcoming
    guard isNew(reason) else { return }
    log.warn(
      "some rotated log files are not followed; records in them may be skipped",
      [
        "reason": .string(reason ?? ""), "links": .integer(outcome.links),
        "files": .integer(outcome.files),
      ])
  }

  private func report(_ error: SystemError) {
    guard isNew("\(error)") else { return }
    log.warn(
      "cannot follow rotated log files; records in them may be skipped",
      ["error": .error(error)])
  }

  /// Whether a trouble is to be logged: once for as long as it stays the same.
  private func isNew(_ warning: String?) -> Bool {
    defer { lastWarning = warning }
    return warning != nil && warning != lastWarning
  }
}
