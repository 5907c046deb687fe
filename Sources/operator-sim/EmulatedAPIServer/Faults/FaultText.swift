internal import FilelogText

/// A fault that is written wrong.
public struct FaultTextError: Error, Hashable, Sendable, CustomStringConvertible {
  public let description: String
}

extension Fault {
  /// Reads a fault as people write it: words separated by spaces.
  ///
  /// Which requests: `verb=`, `resource=`, `namespace=`, `name=`, `user=`, `node=`, `path=`.
  /// When: `after=2s`, `for=10s`, `times=3`, `rate=0.25`.
  /// What: `latency=500ms`, `status=503`, `retry-after=2`, `expired-token`, `reset`, `cut=100`,
  /// `watch-cut=5s`, `outage`; and `committed`.
  ///
  /// `verb=patch resource=configmaps status=429 retry-after=2 times=3`
  public init(parsing text: String) throws(FaultTextError) {
    self.init()
    var retryAfter: Int?
    for word in text.split(separator: " ") {
      let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
      guard parts.count == 2 else {
        try read(flag: parts[0])
        continue
      }
      if parts[0] == "retry-after" {
        retryAfter = try Self.number(parts[1], in: 0...86_400, parts[0])
      } else if try !read(filter: parts[0], parts[1]) {
        try read(effect: parts[0], parts[1])
      }
    }
    if let retryAfter {
      guard case .status(let code, _) = effect else {
        throw FaultTextError(description: "retry-after=: needs status=")
      }
      effect = .status(code, retryAfter: retryAfter)
    }
    if effect == .none, latency == .zero {
      throw FaultTextError(
        description: "fault has no effect; add one of \(Self.effects.joined(separator: ", "))")
    }
    if effect == .outage, duration == nil {
      throw FaultTextError(description: "outage: needs for=, as no request could end it")
    }
  }

  private static let effects = [
    "latency=", "status=", "expired-token", "reset", "cut=", "watch-cut=", "outage",
  ]

  private mutating func read(flag: String) throws(FaultTextError) {
    switch flag {
    case "expired-token": try set(.expiredToken)
    case "reset": try set(.reset)
    case "outage": try set(.outage)
    case "committed": isCommitted = true
    default: throw Self.unknown(flag)
    }
  }

  /// - Returns: false for a word that is not a filter.
  private mutating func read(
    filter name: String, _ value: String
  ) throws(FaultTextError) -> Bool {
    switch name {
    case "verb": requests.verb = value
    case "resource": requests.resource = value
    case "namespace": requests.namespace = value
    case "name": requests.name = value
    case "user": requests.user = value
    case "node": requests.node = value
    case "path": requests.path = value
    case "after": delay = try Self.duration(value, name)
    case "for": duration = try Self.duration(value, name)
    case "times": times = try Self.number(value, in: 1...1_000_000, name)
    case "rate":
      guard let rate = Double(value), rate > 0, rate <= 1 else {
        throw FaultTextError(
          description: "rate=: expected a number above 0 and up to 1, found \"\(value)\"")
      }
      self.rate = rate
    default: return false
    }
    return true
  }

  private mutating func read(effect name: String, _ value: String) throws(FaultTextError) {
    switch name {
    case "latency": latency = try Self.duration(value, name)
    case "status": try set(.status(Self.number(value, in: 400...599, name), retryAfter: nil))
    case "cut": try set(.cut(afterBytes: Self.number(value, in: 0...1_000_000_000, name)))
    case "watch-cut": try set(.cutWatch(after: Self.duration(value, name)))
    default: throw Self.unknown(name + "=")
    }
  }

  private mutating func set(_ effect: Effect) throws(FaultTextError) {
    guard self.effect == .none else {
      throw FaultTextError(description: "only one thing can go wrong at a time")
    }
    self.effect = effect
  }

  private static func unknown(_ word: String) -> FaultTextError {
    FaultTextError(description: "\"\(word)\": unknown word in a fault")
  }

  private static func number(
    _ text: String, in range: ClosedRange<Int>, _ name: String
  ) throws(FaultTextError) -> Int {
    guard let number = Int(text), range.contains(number) else {
      throw FaultTextError(
        description: "\(name)=: expected a number from \(range.lowerBound) to "
          + "\(range.upperBound), found \"\(text)\"")
    }
    return number
  }

  private static func duration(
    _ text: String, _ name: String
  ) throws(FaultTextError) -> Duration {
    guard let duration = Duration(text: text) else {
      throw FaultTextError(
        description: "\(name)=: expected a time like 500ms, 5s or 2m, found \"\(text)\"")
    }
    return duration
  }
}
