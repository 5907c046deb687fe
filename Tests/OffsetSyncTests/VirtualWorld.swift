import BoltFile
import StandInCollector

@testable import OffsetSync

/// Time that passes only when somebody waits, and things that happen at their time.
final class VirtualWorld: Surroundings {
  private(set) var now: Duration = .zero
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

  /// Draws the middle of every range.
  private struct Middle: RandomNumberGenerator {
    func next() -> UInt64 { 1 << 63 }
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

  func load() throws(StoreError) -> [UInt8]? {
    attempts += 1
    if let failure = loadFailures.popLast() { throw failure }
    return payload
  }

  func save(_ payload: [UInt8]) throws(StoreError) {
    attempts += 1
    beforeSave()
    if let saveFailure { throw saveFailure }
    self.payload = payload
    saves.append(payload)
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
struct FakeCollector {
  let writer: InPlaceBoltWriter

  init(folder: String, name: String = "receiver_filelog_") throws {
    writer = try InPlaceBoltWriter(path: folder + "/" + name)
  }

  func commit(_ value: String) throws {
    try writer.commit(database(0, value).root)
  }
}

extension Telemetry {
  /// Metrics that nobody collects.
  static func none(_ log: Log) -> Telemetry {
    Telemetry(environment: [:], container: "filelog-offset-sync", log: log, now: .zero)
  }
}
