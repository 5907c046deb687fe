/// Points in time as RFC 3339 writes them, in seconds since 1970-01-01T00:00:00Z without leap
/// seconds, by the proleptic Gregorian calendar.
public enum RFC3339 {
  /// How many digits follow the seconds.
  public enum Decimals: Hashable, Sendable {
    /// That many, 0 to 9; what lies beyond is dropped.
    case exactly(Int)
    /// As many as it takes, as Go writes times in JSON.
    case asNeeded
  }

  /// `2026-01-02T03:04:05Z`, always in UTC; of nanoseconds there are 0 to 999,999,999.
  public static func text(
    seconds: Int64, nanoseconds: Int64 = 0, decimals: Decimals = .exactly(0)
  ) -> String {
    let (days, second) = seconds.floored(by: 86_400)
    let (year, month, day) = date(daysSince1970: days)
    let text =
      "\(digits(year, 4))-\(digits(month, 2))-\(digits(day, 2))"
      + "T\(digits(second / 3600, 2)):\(digits(second / 60 % 60, 2)):\(digits(second % 60, 2))"
    var fraction = digits(nanoseconds, 9)[...]
    switch decimals {
    case .exactly(let count): fraction = fraction.prefix(count)
    case .asNeeded: while fraction.last == "0" { fraction.removeLast() }
    }
    return text + (fraction.isEmpty ? "" : ".") + fraction + "Z"
  }

  /// Reads a time in any zone; decimals beyond the ninth are dropped. Nil for anything else.
  public static func parse(_ text: String) -> (seconds: Int64, nanoseconds: Int64)? {
    var rest = Array(text.utf8)[...]
    guard let year = number(&rest, digits: 4, then: "-"),
      let month = number(&rest, digits: 2, then: "-"), (1...12).contains(month),
      let day = number(&rest, digits: 2, then: "T"), (1...31).contains(day),
      let hour = number(&rest, digits: 2, then: ":"), hour < 24,
      let minute = number(&rest, digits: 2, then: ":"), minute < 60,
      let second = number(&rest, digits: 2, then: nil), second < 60,
      let nanoseconds = decimals(&rest), let zone = zoneOffset(&rest), rest.isEmpty
    else { return nil }
    let days = days(year: year, month: month, day: day)
    return (days * 86_400 + hour * 3600 + minute * 60 + second - zone, nanoseconds)
  }

  private static func number(
    _ rest: inout ArraySlice<UInt8>, digits: Int, then separator: Unicode.Scalar?
  ) -> Int64? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    rest = rest.dropFirst(digits)
    if let separator {
      // RFC 3339 takes `t` for `T`; the other separators have no letter case.
      guard let byte = rest.popFirst(), byte & 0xdf == UInt8(ascii: separator) & 0xdf else {
        return nil
      }
      guard separator == "T" || byte == UInt8(ascii: separator) else { return nil }
    }
    return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private static func decimals(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard rest.first == UInt8(ascii: ".") else { return 0 }
    rest = rest.dropFirst()
    let text = rest.prefix { (0x30...0x39).contains($0) }
    guard !text.isEmpty else { return nil }
    rest = rest.dropFirst(text.count)
    let padding = repeatElement(UInt8(ascii: "0"), count: max(0, 9 - text.count))
    return (Array(text.prefix(9)) + padding).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private static func zoneOffset(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    switch rest.popFirst() {
    case UInt8(ascii: "Z"), UInt8(ascii: "z"): return 0
    case UInt8(ascii: "+"): return zoneSeconds(&rest)
    case UInt8(ascii: "-"): return zoneSeconds(&rest).map { -$0 }
    default: return nil
    }
  }

  private static func zoneSeconds(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard let hours = number(&rest, digits: 2, then: ":"), hours < 24,
      let minutes = number(&rest, digits: 2, then: nil), minutes < 60
    else { return nil }
    return hours * 3600 + minutes * 60
  }

  private static func digits(_ number: Int64, _ count: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, count - text.utf8.count)) + text
  }

  /// Years begin in March here, so that the leap day comes last, and an era is 400 of them: 146,097
  /// days.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let (era, yearOfEra) = (month <= 2 ? year - 1 : year).floored(by: 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = (daysSince1970 + 719_468).floored(by: 146_097)
    let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchBased = (5 * dayOfYear + 2) / 153
    let month = marchBased < 10 ? marchBased + 3 : marchBased - 9
    return (
      yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month,
      dayOfYear - (153 * marchBased + 2) / 5 + 1
    )
  }
}

extension Int64 {
  /// Quotient and remainder of a division that rounds down.
  func floored(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }
}
