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
  private var lastWarning: String?
  /// When ``poll()`` wants to be called next.
  private(set) var nextPoll = Duration.zero

  private enum State {
    case unknown
    case up(nextSweep: Duration)
    case down(KnownLogFiles, nextFollow: Duration)
    /// The collector has opened its databases; of each, which transaction was in force then.
    case starting(KnownLogFiles, [String: BoltFormat.TransactionID], since: Duration)
  }

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

  /// - Parameters:
  ///   - places: where the logs are.
  ///   - volume: the offsets directory, from which it is read what the receivers know.
  init(
    _ places: RotatedLogPlaces, limits: RotatedLogs.Limits = .init(), volume: Volume,
    host: any HostEnvironment, log: Log
  ) {
    self.volume = volume
    self.host = host
    self.log = log
    scanner = VolumeScanner(volume: volume, host: host) { _ in false }
    logs = RotatedLogs(
      places, limits: limits, calls: volume.calls, now: { host.now }, wallClock: { host.wallClock })
  }

  /// Looks after the links now, for a collector that is about to start. What fails is logged: records
  /// may then be skipped, and the collector starts all the same.
  func follow() { follow(known()) }

  /// Looks after the links if it is time to. It returns at once while nothing is to be done.
  func poll() {
    let now = host.now
    guard now >= nextPoll else { return }
    let isGone = (try? scanner.isCollectorGone()) ?? false
    switch (state, isGone) {
    case (.unknown, true), (.up, true):
      let known = known()
      follow(known)
      state = .down(known, nextFollow: now + Self.lookInterval)
    case (.down(let known, let nextFollow), true):
      if now >= nextFollow {
        follow(known)
        state = .down(known, nextFollow: now + Self.lookInterval)
      }
    case (.down(let known, _), false):
      // What was rotated since the last look, before the receiver has forgotten it.
      follow(known)
      state = .starting(known, transactions(), since: now)
    case (.unknown, false):
      var known = known()
      // The collector may have run for a while, where this container got no processor; what was
      // rotated before its first look at files is linked by no other container since init.
      if let followed = VolumeHistory(of: volume).followed { known.limitLook(to: followed) }
      follow(known)
      state = .starting(known, transactions(), since: now)
    case (.starting, true): state = .unknown
    case (.starting(let known, var before, let since), false):
      if haveReceiversLooked(since: &before) {
        follow(known)
        VolumeHistory.endFollowing(on: volume)
        state = .up(nextSweep: now + Self.sweepInterval)
      } else {
        state = .starting(known, before, since: since)
      }
    case (.up(let nextSweep), false):
      if now >= nextSweep {
        if hasLinks { sweep() }
        state = .up(nextSweep: now + Self.sweepInterval)
      }
    }
    nextPoll = host.now + pause(now)
  }

  private func pause(_ now: Duration) -> Duration {
    switch state {
    case .up: Self.lookInterval
    case .starting(_, _, let since) where now - since > Self.patience: Self.patientLookInterval
    default: Self.closeLookInterval
    }
  }

  /// Whether each receiver has committed a look at its files since its database was opened. Opening
  /// one commits too: so the second commit counts. A transaction that is lower than before is of a
  /// database that was compacted or begun anew meanwhile. A database that is not open belongs to a
  /// receiver that is not configured any more.
  private func haveReceiversLooked(
    since before: inout [String: BoltFormat.TransactionID]
  ) -> Bool {
    var haveLooked = true
    for (name, transaction) in transactions() where scanner.isHeld(name) {
      let first = min(before[name] ?? transaction, transaction)
      before[name] = first
      if transaction - first < 2 { haveLooked = false }
    }
    return haveLooked
  }

  private func transactions() -> [String: BoltFormat.TransactionID] {
    let peeks = scanner.peek(at: checkpointNames())
    return Dictionary(peeks.map { ($0.name, $0.transaction) }) { $1 }
  }

  private func follow(_ known: KnownLogFiles) {
    do throws(SystemError) {
      let outcome = try logs.follow(known)
      hasLinks = outcome.links > 0
      report(outcome)
    } catch { report(error) }
  }

  private func sweep() {
    do throws(SystemError) {
      let outcome = try logs.sweep(known())
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
  private func known() -> KnownLogFiles {
    KnownLogFiles(
      checkpointNames().lazy.compactMap { [volume] name in
        try? BoltDatabase.readLive(volume.file(name)) { $0 < 3 }
      })
  }

  private func checkpointNames() -> [String] {
    ((try? volume.names()) ?? []).filter {
      FileName.mayHoldCheckpoints($0) && !FileName.isTemporary($0)
    }
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
