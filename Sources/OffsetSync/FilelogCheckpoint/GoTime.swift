/// Points in time as Go writes them in JSON (RFC 3339 with up to nine decimals), as nanoseconds
/// since 1970.
enum GoTime {
  /// What Go writes for "never".
  static let zero = "0001-01-01T00:00:00Z"

  static func text(_ time: Int64?) -> String {
    guard let time else { return zero }
    let (seconds, nanoseconds) = floorDivide(time, by: 1_000_000_000)
    let (days, second) = floorDivide(seconds, by: 86400)
    let (year, month, day) = date(daysSince1970: days)
    var text =
      "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
      + "T\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))"
    if nanoseconds > 0 {
      var decimals = pad(nanoseconds, 9)
      while decimals.hasSuffix("0") { decimals.removeLast() }
      text += ".\(decimals)"
    }
    return text + "Z"
  }

  enum Parsed: Equatable {
    case never
    case nanoseconds(Int64)

    var nanoseconds: Int64? {
      if case .nanoseconds(let time) = self { time } else { nil }
    }
  }

  /// Nil when the text is no time, or one outside the years 1678 to 2262, which nanoseconds in 64
  /// bits reach.
  static func parse(_ text: String) -> Parsed? {
    if text == zero { return .never }
    var rest = Array(text.utf8)[...]
    guard let year = number(&rest, digits: 4, then: "-"),
      let month = number(&rest, digits: 2, then: "-"), (1...12).contains(month),
      let day = number(&rest, digits: 2, then: "T"), (1...31).contains(day),
      let hour = number(&rest, digits: 2, then: ":"), hour < 24,
      let minute = number(&rest, digits: 2, then: ":"), minute < 60,
      let second = number(&rest, digits: 2, then: nil), second < 60,
      let nanoseconds = decimals(&rest), let zone = zoneOffset(&rest), rest.isEmpty
    else { return nil }
    let seconds =
      days(year: year, month: month, day: day) * 86400 + hour * 3600 + minute * 60 + second - zone
    let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    let (time, overflow2) = whole.addingReportingOverflow(nanoseconds)
    return overflow || overflow2 ? nil : .nanoseconds(time)
  }

  private static func number(
    _ rest: inout ArraySlice<UInt8>, digits: Int, then separator: Character?
  ) -> Int64? {
    let text = rest.prefix(digits)
    guard text.count == digits, text.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
    rest = rest.dropFirst(digits)
    if let separator {
      guard rest.popFirst() == separator.asciiValue else { return nil }
    }
    return text.reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private static func decimals(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    guard rest.first == UInt8(ascii: ".") else { return 0 }
    rest = rest.dropFirst()
    let text = rest.prefix { (0x30...0x39).contains($0) }
    guard (1...9).contains(text.count) else { return nil }
    rest = rest.dropFirst(text.count)
    let padding = repeatElement(0x30 as UInt8, count: 9 - text.count)
    return (Array(text) + padding).reduce(0) { $0 * 10 + Int64($1 - 0x30) }
  }

  private static func zoneOffset(_ rest: inout ArraySlice<UInt8>) -> Int64? {
    switch rest.popFirst() {
    case UInt8(ascii: "Z"): return 0
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

  private static func pad(_ number: Int64, _ digits: Int) -> String {
    let text = String(number)
    return String(repeating: "0", count: max(0, digits - text.count)) + text
  }

  private static func floorDivide(_ number: Int64, by divisor: Int64) -> (Int64, Int64) {
    let (quotient, remainder) = number.quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
  }

  /// Days since 1970 of a date of the Gregorian calendar. Years are counted from March, so that the
  /// day that leap years add is a year's last.
  private static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
    let years = month <= 2 ? year - 1 : year
    let (era, yearOfEra) = floorDivide(years, by: 400)
    let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
    return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
  }

  private static func date(daysSince1970: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let (era, dayOfEra) = floorDivide(daysSince1970 + 719_468, by: 146_097)
    let yearOfEra =
      (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
  }
}
