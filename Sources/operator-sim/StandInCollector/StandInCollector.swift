internal import FilelogSystemCalls
internal import FilelogText
internal import Glibc

/// A collector reduced to what matters for offsets: file log receivers with their storage, and
/// OTLP/HTTP exporters.
///
/// It tails files, finds them again by fingerprint, keeps its checkpoints in a bbolt database in
/// place, commits at every poll, and stops the way a collector stops: a final checkpoint in reversed
/// order, unfinished lines flushed, the lock released, then whatever is queued is sent.
public final class StandInCollector {
  /// How the stand-in behaves when it is to stop.
  public struct Options: Sendable {
    /// How long it goes on reading after SIGTERM; nil: without end.
    public var reactsAfter: Duration?
    /// How long queued records are still tried to be sent after the receivers stopped.
    public var flushDeadline: Duration

    /// By default it stops at once.
    public init(reactsAfter: Duration? = .zero, flushDeadline: Duration = .seconds(10)) {
      self.reactsAfter = reactsAfter
      self.flushDeadline = flushDeadline
    }
  }

  private static let queueLimit = 100_000

  private let options: Options
  private let log: (String) -> Void
  private let exporters: [String: Exporter]
  private let receivers: [Receiver]

  /// Opens the databases and resumes at what they hold.
  /// - Parameters:
  ///   - configuration: what to read, and where to.
  ///   - options: how to stop.
  ///   - log: takes one line for each thing worth telling.
  /// - Throws: when a database is locked or damaged, or its directory is missing.
  public init(
    _ configuration: CollectorConfiguration, options: Options = Options(),
    log: @escaping (String) -> Void
  ) throws {
    self.options = options
    self.log = log
    let all = configuration.receivers.flatMap(\.exporters)
    let exporters = try Dictionary(
      all.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first }
    ).mapValues { try Exporter($0, log: log) }
    self.exporters = exporters
    receivers = try configuration.receivers.map { settings in
      try Receiver(settings, exporters: settings.exporters.compactMap { exporters[$0.id] })
    }
  }

  /// Runs until it is asked to stop and everything is flushed.
  /// - Parameter stopRequested: waits up to the given time and returns whether stopping was asked for
  ///   meanwhile; ``terminationSignals()`` makes one of SIGTERM.
  /// - Returns: how many records were given up.
  /// - Throws: when a database cannot be written.
  public func run(stopRequested: (Duration) -> Bool) throws -> Int {
    for receiver in receivers {
      log("\(receiver.settings.id): started, \(receiver.knownFiles) files known")
    }
    var stopsAt: ContinuousClock.Instant?
    while stopsAt.map({ ContinuousClock.now < $0 }) ?? true {
      if wait(until: stopsAt, stopRequested), stopsAt == nil, let delay = options.reactsAfter {
        log("asked to stop, reacting after \(delay)")
        stopsAt = .now + delay
      }
      for receiver in receivers {
        try receiver.endDelivery()
        if !receiver.isDelivering, receiver.nextPoll <= .now, !isBackedUp {
          try receiver.poll(now: Timestamp.now.nanoseconds)
        }
      }
    }
    for receiver in receivers {
      try receiver.stop(now: Timestamp.now.nanoseconds) { time in
        // Nothing but SIGKILL cuts this short.
        let rest = send(waitingUpTo: time)
        if rest > .zero { _ = stopRequested(rest) }
      }
    }
    log("receivers stopped, final checkpoints stored")
    for exporter in exporters.values { exporter.triesOnce() }
    flush(stopRequested)
    for exporter in exporters.values { exporter.close() }
    return exporters.values.reduce(0) { $0 + $1.pendingRecords + $1.droppedRecords }
  }

  /// Takes SIGTERM and SIGINT synchronously from now on: they no longer end the process, but make
  /// ``run(stopRequested:)`` stop.
  public static func terminationSignals() -> (Duration) -> Bool {
    let signals = TerminationSignals([SIGTERM, SIGINT])
    return { signals.wait(upTo: $0) != nil }
  }

  /// The receivers pause while the exporters cannot keep up, instead of dropping what they read.
  private var isBackedUp: Bool {
    exporters.values.contains { $0.pendingRecords > Self.queueLimit }
  }

  /// Waits for the next poll or the wish to stop, which is returned at once, sending meanwhile.
  private func wait(
    until end: ContinuousClock.Instant?, _ stopRequested: (Duration) -> Bool
  ) -> Bool {
    let nextPoll = receivers.map(\.nextPoll).min() ?? .now + .seconds(1)
    let isWaiting = isBackedUp || receivers.contains(where: \.isDelivering)
    let wakeUp = isWaiting ? .now + .milliseconds(5) : min(nextPoll, end ?? nextPoll)
    repeat {
      let time = max(.zero, min(wakeUp - .now, .milliseconds(20)))
      if stopRequested(send(waitingUpTo: time)) { return true }
    } while ContinuousClock.now < wakeUp
    return false
  }

  private func flush(_ pause: (Duration) -> Bool) {
    let deadline = ContinuousClock.now + options.flushDeadline
    while exporters.values.contains(where: { !$0.isIdle }), ContinuousClock.now < deadline {
      _ = pause(send(waitingUpTo: .milliseconds(20)))
    }
  }

  /// Goes on with sending.
  /// - Returns: how much of the time is still to be waited.
  private func send(waitingUpTo time: Duration) -> Duration {
    for exporter in exporters.values { exporter.work(waitingUpTo: time) }
    return exporters.values.contains(where: \.isSending) ? .zero : time
  }
}
