import OffsetSync
import Synchronization

/// Keeps the lines that a log wrote.
final class LogLines: Sendable {
  private let kept = Mutex<[String]>([])

  var all: [String] { kept.withLock { $0 } }

  func take(_ line: [UInt8]) {
    kept.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
  }

  func log(_ threshold: LogLevel = .debug) -> Log {
    Log(threshold: threshold, clock: { LogTests.moment }, output: { self.take($0) })
  }
}
