internal import FilelogJSON
internal import FilelogText

/// Reads one value, which may be missing, and notes what is wrong with it.
///
/// A method that finds a problem returns a stand-in, so that reading goes on and every problem of
/// the input is found at once; nothing is ever built from stand-ins.
struct ValueReader {
  let keyPath: String
  /// Nil when the value is missing.
  let value: SourcedValue?
  /// Where a missing value is reported.
  let parent: Origin
  let log: ProblemLog
  /// Who else reads the value, and therefore what it may look like.
  var typing = Typing.printed

  /// How strictly types are taken.
  enum Typing {
    /// As Helm's templates and upstream's operator take values: printed as text, so that numbers, truth
    /// values and texts are alike.
    case printed
    /// As an API server takes an object: by the types of its schema.
    case schema
  }

  var isPresent: Bool { value != nil }

  /// Missing, or the chart's way to leave it unset.
  var isEmptyText: Bool { value == nil || value?.kind == .scalar(.string("")) }

  var isMapping: Bool {
    if case .mapping = value?.kind { true } else { false }
  }

  var origin: Origin { value?.origin ?? parent }

  /// The same, missing where a template's `if` passes the value over.
  var unlessFalsy: ValueReader {
    guard typing == .printed, value?.isFalsy == true else { return self }
    return ValueReader(keyPath: keyPath, value: nil, parent: origin, log: log)
  }

  /// The value, and what is missing in it from another one.
  func over(_ usual: SourcedValue?) -> ValueReader {
    guard let value, let usual else { return self }
    return ValueReader(
      keyPath: keyPath, value: usual.merged(with: value).withoutNulls, parent: parent, log: log,
      typing: typing)
  }

  /// Notes that the value is not what is expected here.
  func reject(expected: String, isSecret: Bool = false) {
    let found = isSecret ? value?.summaryOfKind : value?.summary
    log.add(origin, keyPath, found: found ?? "nothing", expected: expected)
  }

  func reject(found: String, expected: String) {
    log.add(origin, keyPath, found: found, expected: expected)
  }

  /// Notes a key that does not exist, and the one that was probably meant.
  func rejectUnknownKey(_ key: String, among known: some Sequence<String>, otherwise: String) {
    if let meant = Spelling.closest(to: key, among: known) {
      log.addUnknownKey(origin, keyPath, meant: meant)
    } else {
      reject(found: "an unknown key", expected: otherwise)
    }
  }

  /// Notes that the value, where it is given, changes nothing.
  func noteUnused(because reason: String) {
    guard let value else { return }
    let usual = ValuesTree.defaults[keyPath.split(separator: ".").map(String.init)]
    if value.isFalsy || typing == .printed && value.json.isPart(of: usual?.json) { return }
    log.addUnused(UnusedValue(keyPath: keyPath, origin: origin, reason: reason))
  }

  /// How a truth value of the chart reaches upstream's operator.
  enum TruthValue {
    /// As a command line flag, which takes what `strconv.ParseBool` takes.
    case flag
    /// In an environment variable, which is true or is not; empty ones are left out.
    case variable
    /// A template asks for it: every text is true.
    case condition
    /// Decoded as what it is.
    case typed
  }

  /// True or false; `fallback` when missing.
  func bool(default fallback: Bool = false, as truth: TruthValue = .flag) -> Bool {
    if value == nil { return fallback }
    if case .scalar(.bool(let flag)) = value?.kind { return flag }
    if typing == .printed, let flag = printedFlag(truth) { return flag }
    reject(expected: "true or false")
    return fallback
  }

  private func printedFlag(_ truth: TruthValue) -> Bool? {
    let text: String
    switch value?.kind {
    case .scalar(.string(let written)): text = written.lowercased()
    case .scalar(.integer(let number)) where truth == .flag: text = String(number)
    case .scalar(.integer(0)) where truth != .typed: return false
    case .scalar(.integer) where truth == .condition: return true
    default: return nil
    }
    switch (truth, text) {
    case (.typed, _): return nil
    case (_, "true"), (.flag, "1"), (.flag, "t"): return true
    case (.flag, "false"), (.flag, "0"), (.flag, "f"), (.variable, "false"), (.variable, ""),
      (.condition, ""):
      return false
    default: return nil
    }
  }

  /// A whole number within a range; nil when missing.
  /// - Parameter isPrinted: the chart prints it, so that a text of digits is one, and an empty text none.
  func integer(in range: ClosedRange<Int>, isPrinted: Bool = false) -> Int? {
    guard let value else { return nil }
    if isPrinted, typing == .printed, isEmptyText { return nil }
    guard let number = wholeNumber(value, takesText: isPrinted), range.contains(number) else {
      reject(expected: Self.describe(range))
      return nil
    }
    return number
  }

  private func wholeNumber(_ value: SourcedValue, takesText: Bool) -> Int? {
    switch value.kind {
    case .scalar(.integer(let number)): return number
    // To Helm every number is a decimal one.
    case .scalar(.number(let number)) where typing == .printed: return Int(exactly: number)
    case .scalar(.string(let text)) where takesText && typing == .printed:
      // What Go's two readers of numbers understand alike.
      return Int(text).flatMap { String($0) == text ? $0 : nil }
    default: return nil
    }
  }

  private static func describe(_ range: ClosedRange<Int>) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    if range.upperBound == .max { return "a whole number of at least \(range.lowerBound)" }
    return "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  /// Text that keeps to a rule; nil when missing or empty (the chart's empty texts mean "not set").
  ///
  /// In values, numbers and truth values are the text that Helm and upstream's operator make of them.
  /// - Parameters:
  ///   - takesDecimals: false where a zero at the end tells something: 1.10 reads as 1.1.
  ///   - isPrinted: the chart prints it without quotes, by which white space around it is lost.
  func text(
    _ rule: TextRule = .any, isSecret: Bool = false, takesDecimals: Bool = true,
    isPrinted: Bool = false
  ) -> String? {
    var text: String
    switch value?.kind {
    case nil, .scalar(.string("")): return nil
    case .scalar(.string(let written)): text = written
    case .scalar(.integer(let number)) where typing == .printed: text = String(number)
    case .scalar(.bool(let flag)) where typing == .printed: text = String(flag)
    case .scalar(.number(let number)) where typing == .printed && takesDecimals:
      text = "\(number)"
    case .scalar(.number) where typing == .printed:
      reject(expected: "\(rule.expected) (\(origin.part.textHint))", isSecret: isSecret)
      return nil
    default:
      reject(expected: rule.expected + typing.textHint(value), isSecret: isSecret)
      return nil
    }
    if isPrinted, typing == .printed {
      text = text.trimmed
      if text.isEmpty { return nil }
    }
    if rule.accepts(text) { return text }
    reject(expected: rule.expected, isSecret: isSecret)
    return nil
  }

  /// Text that must be there.
  func requiredText(
    _ rule: TextRule = .any, isSecret: Bool = false, isPrinted: Bool = false
  ) -> String {
    let before = log.count
    if let text = text(rule, isSecret: isSecret, isPrinted: isPrinted) { return text }
    if log.count == before { reject(expected: rule.expected, isSecret: isSecret) }
    return ""
  }

  /// One of several words; nil when missing, and in values when empty.
  func choice<Word: CaseIterable & RawRepresentable<String>>() -> Word? {
    guard let value else { return nil }
    if case .scalar(.string(let text)) = value.kind {
      let word = typing == .printed ? text.trimmed : text
      if word.isEmpty, typing == .printed { return nil }
      if let word = Word(rawValue: word) { return word }
    }
    let words = Word.allCases.map(\.rawValue)
    reject(expected: (words.count > 1 ? "one of " : "") + words.joined(separator: ", "))
    return nil
  }

  /// The elements of a list; none when missing.
  func elements() -> [ValueReader] {
    switch value?.kind {
    case nil: return []
    case .list(let elements):
      return elements.enumerated().map { index, element in
        child("\(keyPath)[\(index)]", element)
      }
    default:
      reject(expected: "a list")
      return []
    }
  }

  /// The members of a mapping whose keys are the user's, in the order of their names.
  func members() -> [(key: String, reader: ValueReader)] {
    switch value?.kind {
    case nil: return []
    case .mapping(let members):
      return members.sorted { $0.key < $1.key }.map { key, value in
        (key, child(keyPath.isEmpty ? key : "\(keyPath).\(key)", value))
      }
    default:
      reject(expected: "a mapping")
      return []
    }
  }

  private func child(_ path: String, _ value: SourcedValue) -> ValueReader {
    ValueReader(keyPath: path, value: value, parent: origin, log: log, typing: typing)
  }

  /// A mapping whose keys are known.
  func object(isSecret: Bool = false) -> ObjectReader { ObjectReader(self, isSecret: isSecret) }
}

extension ValueReader.Typing {
  /// Where values take a number or a truth value for text, and objects do not.
  fileprivate func textHint(_ value: SourcedValue?) -> String {
    switch (self, value?.kind) {
    case (.schema, .scalar(.integer)), (.schema, .scalar(.number)), (.schema, .scalar(.bool)):
      " (in quotes)"
    default: ""
    }
  }
}

extension DesiredStateRequest.Part? {
  /// How a number is given as text.
  fileprivate var textHint: String { self == .set ? "as text" : "in quotes" }
}

extension String {
  /// Without white space around it.
  fileprivate var trimmed: String {
    let start = drop(while: \.isWhitespace)
    return String(
      start.prefix(
        upTo: start.lastIndex { !$0.isWhitespace }.map(start.index(after:)) ?? start.startIndex))
  }
}

extension JSONValue {
  /// Whether every leaf is the same in another value.
  func isPart(of other: JSONValue?) -> Bool {
    guard case .object(let members) = self else { return self == other }
    return members.allSatisfy { $1.isPart(of: other?[$0]) }
  }
}
