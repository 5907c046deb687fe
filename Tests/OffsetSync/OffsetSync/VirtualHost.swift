import BoltFile
import FilelogCheckpoint
import FilelogJSON
import FilelogText
import StandInCollector

@testable import OffsetSync

/// Time that passes only when a caller waits, and things that happen at their time.
final class VirtualHost: HostEnvironment {
  private(set) var now: Duration = .zero
  /// The files of a test are stamped by the real clock, so that this one says nothing of them unless
  /// a test stamps them.
  var wallClock: Duration?
  var bootID: String? = "boot"
  var isStopRequested: Bool { stopTime.map { $0 <= now } ?? false }
  var deadline: Duration?
  var random: any RandomNumberGenerator = Middle()
  private var events: [(time: Duration, action: () -> Void)] = []
  private var stopTime: Duration?

  /// What happens at a moment, in the order given where moments are equal.
  func at(_ time: Duration, _ action: @escaping () -> Void) {
    let place = events.firstIndex { $0.time > time } ?? events.endIndex
    events.insert((time, action), at: place)
  }

  /// The moment of SIGTERM.
  func stop(at time: Duration) { stopTime = time }

  func wait(until: Duration) -> Wake {
    if let stopTime, stopTime <= max(until, now) {
      self.stopTime = nil
      pass(until: stopTime)
      return .stop
    }
    pass(until: until)
    return .time
  }

  func sleep(_ duration: Duration) { pass(until: now + duration) }

  private func pass(until: Duration) {
    while let next = events.first, next.time <= until {
      events.removeFirst()
      now = max(now, next.time)
      next.action()
    }
    now = max(now, until)
  }

  /// Draws the beginning of the first range, so that a loop looks at once, and the middle of every
  /// other.
  private struct Middle: RandomNumberGenerator {
    private var isFirst = true

    mutating func next() -> UInt64 {
      defer { isFirst = false }
      return isFirst ? 0 : 1 << 63
    }
  }
}

/// A store in memory that counts, and fails as told.
final class MemoryStore: OffsetStore {
  let name = "memory"
  var used: Int? { payload?.count }
  var payload: [UInt8]?
  /// The moments and payloads of all saves that succeeded.
  private(set) var saves: [[UInt8]] = []
  private(set) var attempts = 0
  var loadFailures: [StoreError] = []
  var saveFailure: StoreError?
  var beforeSave: () -> Void = {}
  var beforeLoad: () -> Void = {}
  /// Until the next save that succeeds.
  var mustBeSaved = false

  /// What goes wrong with one call.
  enum Fault: Hashable {
    /// Nothing happens.
    case fails(StoreError.Code)
    /// The call does its work, but the answer is lost.
    case losesItsAnswer
    /// The answer is lost, and the work is done a moment after the next save, which it undoes.
    case comesLate
    /// The server takes its time, then does its work.
    case takesLong
    /// The server takes its time, and then nothing has happened.
    case timesOut

    static let every =
      [StoreError.Code.notFound, .forbidden, .unauthorized, .full, .refused, .unavailable]
      .map { fails($0) } + [.losesItsAnswer, .comesLate, .takesLong, .timesOut]

    var hangs: Bool { self == .takesLong || self == .timesOut }
  }

  /// Which call, counted from 0, loads and saves together, and how it goes wrong.
  var fault: (call: Int, kind: Fault)?
  /// What comes in after the next save.
  private var overtaken: [UInt8]?
  /// Lets time pass during a call that hangs.
  var passTime: (Duration) -> Void = { _ in }
  /// Does something after a while.
  var later: (Duration, @escaping () -> Void) -> Void = { _, _ in }

  func load() throws(StoreError) -> StoredPayload? {
    beforeLoad()
    return try meetFault { () throws(StoreError) in
      if let failure = loadFailures.popLast() { throw failure }
      return payload.map { StoredPayload($0) }
    }
  }

  func save(_ offer: PayloadOffer) throws(StoreError) -> Saved {
    let payload = try offer.whole()
    return try meetFault { () throws(StoreError) in
      beforeSave()
      if let saveFailure { throw saveFailure }
      self.payload = payload
      mustBeSaved = false
      saves.append(payload)
      if let late = overtaken {
        overtaken = nil
        later(.milliseconds(100)) { self.payload = late }
      }
      return Saved(whole: payload)
    }
  }

  private func meetFault<Answer>(_ body: () throws(StoreError) -> Answer) throws(StoreError)
    -> Answer
  {
    defer { attempts += 1 }
    guard let fault, fault.call == attempts else { return try body() }
    switch fault.kind {
    case .fails(let code): throw StoreError(code, "injected")
    case .losesItsAnswer:
      _ = try body()
      throw StoreError(.unavailable, "connection lost", isOutcomeUnknown: true)
    case .comesLate:
      let before = payload
      _ = try body()
      let late = payload
      payload = before
      if late != before { overtaken = late }
      throw StoreError(.unavailable, "connection lost", isOutcomeUnknown: true)
    case .takesLong:
      passTime(.seconds(40))
      return try body()
    case .timesOut:
      passTime(.seconds(45))
      throw StoreError(.unavailable, "timed out", isOutcomeUnknown: true)
    }
  }
}

extension Snapshot {
  /// The value that ``FakeCollector`` committed to this file.
  func checkpoint(_ name: String) -> String? {
    guard case .database(let content)? = files[name],
      case .bucket(let bucket)? = content.root[Array("default".utf8)],
      case .value(let value)? = bucket[Array("file_input.knownFiles".utf8)]
    else { return nil }
    return (try? Checkpoint(decoding: Array(value)))?.files.first?.attributes["said"]?.string
      ?? String(decoding: value, as: UTF8.self)
  }
}

/// Collects log lines.
final class CapturedLog: @unchecked Sendable {
  private(set) var lines: [String] = []

  var log: Log {
    Log(
      threshold: .debug, clock: { Timestamp(nanoseconds: 0) },
      output: { [self] in lines.append(String(decoding: $0, as: UTF8.self)) })
  }

  func count(_ text: String) -> Int { lines.filter { $0.contains(text) }.count }
}

/// A collector's database with one list of checkpoints.
final class FakeCollector {
  let writer: InPlaceBoltWriter
  private var known = KnownFile(fingerprint: Array("log".utf8))

  init(directory: String, name: String = "receiver_filelog_") throws {
    writer = try InPlaceBoltWriter(path: directory + "/" + name)
  }

  func commit(_ value: String) throws {
    try writer.commit(database(0, value).root)
  }

  /// Commits a checkpoint of one file, which is read on whenever there is something new to say of it.
  func poll(_ value: String) throws {
    if known.attributes["said"] != .string(value) { known.offset += 1 }
    known.attributes["said"] = .string(value)
    try writer.commit(database(0, Checkpoint(files: [known]).encoded()).root)
  }
}

extension Telemetry {
  /// Metrics that no backend collects.
  static func none(_ log: Log) -> Telemetry {
    Telemetry(environment: [:], container: "filelog-offset-sync", log: log, now: .zero)
  }
}
