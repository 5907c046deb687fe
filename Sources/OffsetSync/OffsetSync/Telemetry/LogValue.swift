internal import FilelogJSON
internal import FilelogText

/// What a log field can hold.
public enum LogValue: Hashable, Sendable {
  /// Text; cut at ``Log/textLimit`` when written.
  case string(String)
  /// A whole number.
  case integer(Int)
  /// Any number; one that JSON does not have is written as text.
  case number(Double)
  /// True or false.
  case bool(Bool)

  /// A length of time, written as seconds, to the millisecond.
  public static func seconds(_ duration: Duration) -> LogValue {
    .number((duration / .milliseconds(1)).rounded() / 1000)
  }

  /// An error as its text. Every error of this package describes itself without secrets.
  public static func error(_ error: any Error) -> LogValue {
    .string("\(error)")
  }

  /// The value for a JSON line; text longer than the limit ends in an ellipsis.
  func bounded(to limit: Int) -> JSONValue {
    switch self {
    case .string(let text): .string(text.cut(atBytes: limit))
    case .integer(let number): .integer(number)
    case .number(let number): number.isFinite ? .number(number) : .string("\(number)")
    case .bool(let flag): .bool(flag)
    }
  }
}

extension LogValue: ExpressibleByStringLiteral, ExpressibleByStringInterpolation,
  ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral
{
  public init(stringLiteral value: String) { self = .string(value) }
  public init(integerLiteral value: Int) { self = .integer(value) }
  public init(floatLiteral value: Double) { self = .number(value) }
  public init(booleanLiteral value: Bool) { self = .bool(value) }
}
