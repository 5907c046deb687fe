/// What a user may say about how offsets are attached, as messages name it: each program has names of
/// its own for it.
public enum AttachOption: String, CaseIterable, Hashable, Sendable {
  /// ``AttachOptions/hasAdmissionPolicy``
  case admissionPolicy
  /// ``AttachOptions/allowsNone``
  case allowNone
  /// ``AttachOptions/allowsSurge``
  case allowSurge
  /// ``AttachOptions/assumesFileStorage``
  case assumeFileStorage
  /// ``AttachOptions/user``
  case collectorUser
  /// ``AttachOptions/collectorVersion``
  case collectorVersion
  /// ``AttachOptions/configuration``
  case configuration
  /// ``AttachOptions/container``
  case container
  /// ``AttachOptions/existingVolume``, kept.
  case keepVolume
  /// ``AttachOptions/mapName``
  case mapName
  /// ``AttachOptions/namespace``
  case namespace
  /// ``AttachOptions/followsRotatedLogs``, switched off.
  case noRotatedLogs
  /// ``AttachOptions/receivers``
  case receivers
  /// ``AttachOptions/existingVolume``, replaced.
  case replaceVolume
  /// ``AttachOptions/selection``
  case selection
}

/// A text that names options without wording them.
public struct AttachMessage: Hashable, Sendable, ExpressibleByStringInterpolation {
  private enum Part: Hashable {
    case text(String)
    case option(AttachOption)
  }

  private var parts: [Part]

  public init(stringLiteral text: String) { parts = [.text(text)] }
  public init(stringInterpolation pieces: StringInterpolation) { parts = pieces.message.parts }
  init(_ text: String) { parts = [.text(text)] }
  init(_ option: AttachOption) { parts = [.option(option)] }

  /// The text, with the names that a program has for its options.
  public func text(_ name: (AttachOption) -> String) -> String {
    parts.map { part in
      switch part {
      case .text(let text): text
      case .option(let option): name(option)
      }
    }.joined()
  }

  static func + (one: Self, other: Self) -> Self {
    var sum = one
    for part in other.parts {
      if case .text(let text) = part, case .text(let last)? = sum.parts.last {
        sum.parts[sum.parts.count - 1] = .text(last + text)
      } else {
        sum.parts.append(part)
      }
    }
    return sum
  }

  /// What stands between the quotes of a literal.
  public struct StringInterpolation: StringInterpolationProtocol {
    fileprivate var message = AttachMessage("")

    public init(literalCapacity: Int, interpolationCount: Int) {}
    /// Adds text as it is.
    public mutating func appendLiteral(_ literal: String) {
      message = message + AttachMessage(literal)
    }
    mutating func appendInterpolation(option: AttachOption) {
      message = message + AttachMessage(option)
    }
    mutating func appendInterpolation(_ other: AttachMessage) { message = message + other }
    /// Adds what a value is written as.
    public mutating func appendInterpolation<Value>(_ value: Value) { appendLiteral("\(value)") }
  }
}
