internal import FilelogContract
internal import FilelogJSON
public import FilelogSystemCalls
public import FilelogText

/// How much a log line matters, from least to most.
public enum LogLevel: String, Comparable, CaseIterable, Sendable {
  /// What a hunt for a fault needs, such as every store.
  case debug
  /// What is normal and rare: starting, restoring, stopping, the end of trouble.
  case info
  /// What may cost records, now or soon, and configuration that cannot be used.
  case warn
  /// What keeps the program from its work.
  case error

  /// Reads `LOG_LEVEL`: one of the four names, or `warning`, in any case.
  public init?(name: String) {
    let name = name.lowercased()
    guard let level = LogLevel(rawValue: name == "warning" ? "warn" : name) else { return nil }
    self = level
  }

  public static func < (one: LogLevel, other: LogLevel) -> Bool {
    guard let left = allCases.firstIndex(of: one), let right = allCases.firstIndex(of: other) else {
      return false
    }
    return left < right
  }
}

/// Writes one JSON object per line: `time`, `level`, `msg`, then the fields in the order given.
///
/// Lines go to standard output by default: platforms that grade container logs by stream take
/// standard error for errors. Text is cut at ``textLimit`` bytes. What is logged must not hold
/// payloads, tokens or secrets; nothing here can know them.
public struct Log: Sendable {
  /// What a line says besides its message, in order.
  public typealias Fields = KeyValuePairs<String, LogValue>

  /// The longest message or field value, in UTF-8 bytes.
  public static let textLimit = 2048

  /// Lines below it are not written.
  public let threshold: LogLevel
  private let clock: @Sendable () -> Timestamp
  private let output: @Sendable ([UInt8]) -> Void
  private var context: [(name: String, value: LogValue)] = []

  /// - Parameters:
  ///   - threshold: lines below it are not written, and their fields not evaluated.
  ///   - clock: the wall clock.
  ///   - output: takes one whole line, its line feed included.
  public init(
    threshold: LogLevel = .info,
    clock: @escaping @Sendable () -> Timestamp = { .now },
    output: @escaping @Sendable ([UInt8]) -> Void = { LogOutput.standardOutput.write($0) }
  ) {
    self.threshold = threshold
    self.clock = clock
    self.output = output
  }

  /// A log at the level that `LOG_LEVEL` names, `info` when it is unset. A name that is none is
  /// said once, as a warning.
  public static func fromEnvironment(
    _ environment: [String: String],
    clock: @escaping @Sendable () -> Timestamp = { .now },
    output: @escaping @Sendable ([UInt8]) -> Void = { LogOutput.standardOutput.write($0) }
  ) -> Log {
    let name = environment[Contract.Variable.logLevel.rawValue] ?? ""
    let level = name.isEmpty ? .info : LogLevel(name: name)
    let log = Log(threshold: level ?? .info, clock: clock, output: output)
    if level == nil {
      log.warn(
        "LOG_LEVEL is not a level, using info",
        ["found": .string(name), "expected": "debug, info, warn or error"])
    }
    return log
  }

  /// A log whose lines carry these fields too, before their own.
  public func with(_ fields: Fields) -> Log {
    var log = self
    log.context += fields.map { (name: $0.key, value: $0.value) }
    return log
  }

  /// Writes a line at this level, if the threshold lets it pass; only then are the fields evaluated.
  public func debug(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.debug, message, fields)
  }

  /// As ``debug(_:_:)``, at ``LogLevel/info``.
  public func info(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.info, message, fields)
  }

  /// As ``debug(_:_:)``, at ``LogLevel/warn``.
  public func warn(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.warn, message, fields)
  }

  /// As ``debug(_:_:)``, at ``LogLevel/error``.
  public func error(_ message: String, _ fields: @autoclosure () -> Fields = [:]) {
    write(.error, message, fields)
  }

  private func write(_ level: LogLevel, _ message: String, _ fields: () -> Fields) {
    guard level >= threshold else { return }
    var line = Array("{\"time\":\"\(clock())\",\"level\":\"\(level.rawValue)\",\"msg\":".utf8)
    Self.append(.string(message), to: &line)
    for (name, value) in context { Self.append(name, value, to: &line) }
    for (name, value) in fields() { Self.append(name, value, to: &line) }
    line += "}\n".utf8
    output(line)
  }

  private static func append(_ name: String, _ value: LogValue, to line: inout [UInt8]) {
    line.append(UInt8(ascii: ","))
    append(.string(name), to: &line)
    line.append(UInt8(ascii: ":"))
    append(value, to: &line)
  }

  private static func append(_ value: LogValue, to line: inout [UInt8]) {
    line += JSONWriter.logLine.bytes(value.bounded(to: textLimit))
  }
}
