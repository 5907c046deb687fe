internal import BoltFile
internal import SystemCalls

/// Keeps the links to rotated logs right: once before the collector starts, and again and again while
/// its container is down within the pod and in its first moments.
///
/// A receiver takes up its database first and looks at its files a poll later. What is rotated between
/// is to be linked, too, and soon: it forgets a file that it does not find within three polls, 0.6 s.
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
    /// The collector has taken up its databases, and its receivers may not have looked at files yet.
    case starting(KnownLogFiles, until: Duration)
    case up(nextSweep: Duration)
    case down(KnownLogFiles, nextFollow: Duration)
  }

  /// How often it is asked whether the collector is there.
  private static let lookInterval: Duration = .seconds(1)
  /// … while it is not, or is starting.
  private static let closeLookInterval: Duration = .milliseconds(200)
  /// How long after it has taken up its databases a collector counts as starting. Its receivers look at
  /// files after one poll; one that gets little CPU time may take longer.
  private static let startTime: Duration = .seconds(3)
  /// A walk that takes longer would find rotated files when the receiver has forgotten them, and have
  /// them read twice.
  private static let longestWalk: Duration = .milliseconds(300)
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
    case (.unknown, true), (.starting, true), (.up, true):
      let known = known()
      follow(known)
      state = .down(known, nextFollow: now + Self.lookInterval)
    case (.down(let known, let nextFollow), true):
      if now >= nextFollow {
        follow(known)
        state = .down(known, nextFollow: now + Self.lookInterval)
      }
    case (.down(let known, _), false):
      follow(known)
      state = .starting(known, until: now + Self.startTime)
    case (.unknown, false):
      let known = known()
      follow(known)
      state = .starting(known, until: now + Self.startTime)
    case (.starting(let known, let until), false):
      follow(known)
      if host.now >= until || host.now - now > Self.longestWalk {
        state = .up(nextSweep: now + Self.sweepInterval)
      }
    case (.up(let nextSweep), false):
      if now >= nextSweep {
        if hasLinks { sweep() }
        state = .up(nextSweep: now + Self.sweepInterval)
      }
    }
    if case .up = state {
      nextPoll = host.now + Self.lookInterval
    } else {
      nextPoll = host.now + Self.closeLookInterval
    }
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
    let names = (try? volume.names()) ?? []
    return KnownLogFiles(
      names.lazy.filter { FileName.mayHoldCheckpoints($0) && !FileName.isTemporary($0) }
        .compactMap { [volume] name in
          try? BoltDatabase.readLive(volume.file(name)) { $0 < 3 }
        })
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
