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

  var isPresent: Bool { value != nil }

  /// Missing, or the chart's way to leave it unset.
  var isEmptyText: Bool { value == nil || value?.kind == .scalar(.string("")) }

  /// Text of nothing but spaces.
  var isBlankText: Bool {
    if case .scalar(.string(let text)) = value?.kind {
      text.allSatisfy(\.isWhitespace)
    } else {
      false
    }
  }

  var isMapping: Bool {
    if case .mapping = value?.kind { true } else { false }
  }

  var origin: Origin { value?.origin ?? parent }

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

  /// True or false; `fallback` when missing.
  func bool(default fallback: Bool = false) -> Bool {
    switch value?.kind {
    case nil: return fallback
    case .scalar(.bool(let flag)): return flag
    default:
      reject(expected: "true or false")
      return fallback
    }
  }

  /// A whole number within a range; nil when missing.
  func integer(in range: ClosedRange<Int>) -> Int? {
    guard let value else { return nil }
    guard case .scalar(.integer(let number)) = value.kind, range.contains(number) else {
      reject(expected: Self.describe(range))
      return nil
    }
    return number
  }

  private static func describe(_ range: ClosedRange<Int>) -> String {
    if range.lowerBound == range.upperBound { return "\(range.lowerBound)" }
    if range.upperBound == .max { return "a whole number of at least \(range.lowerBound)" }
    return "a whole number from \(range.lowerBound) to \(range.upperBound)"
  }

  /// Text that keeps to a rule; nil when missing or empty (the chart's empty texts mean "not set").
  ///
  /// Numbers and truth values are the text that Helm and upstream's operator make of them.
  /// - Parameter takesDecimals: false where a zero at the end tells something: 1.10 reads as 1.1.
  func text(
    _ rule: TextRule = .any, isSecret: Bool = false, takesDecimals: Bool = true
  ) -> String? {
    let text: String
    switch value?.kind {
    case nil, .scalar(.string("")): return nil
    case .scalar(.string(let written)): text = written
    case .scalar(.integer(let number)): text = String(number)
    case .scalar(.bool(let flag)): text = String(flag)
    case .scalar(.number(let number)) where takesDecimals: text = "\(number)"
    case .scalar(.number):
      reject(expected: "\(rule.expected) (\(origin.part.textHint))", isSecret: isSecret)
      return nil
    default:
      reject(expected: rule.expected, isSecret: isSecret)
      return nil
    }
    if rule.accepts(text) { return text }
    reject(expected: rule.expected, isSecret: isSecret)
    return nil
  }

  /// Text that must be there.
  func requiredText(_ rule: TextRule = .any, isSecret: Bool = false) -> String {
    let before = log.count
    if let text = text(rule, isSecret: isSecret) { return text }
    if log.count == before { reject(expected: rule.expected, isSecret: isSecret) }
    return ""
  }

  /// One of several words; nil when missing or empty.
  func choice<Word: CaseIterable & RawRepresentable<String>>() -> Word? {
    guard let value, value.kind != .scalar(.string("")) else { return nil }
    if case .scalar(.string(let text)) = value.kind, let word = Word(rawValue: text) { return word }
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
        ValueReader(keyPath: "\(keyPath)[\(index)]", value: element, parent: origin, log: log)
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
        let path = keyPath.isEmpty ? key : "\(keyPath).\(key)"
        return (key, ValueReader(keyPath: path, value: value, parent: origin, log: log))
      }
    default:
      reject(expected: "a mapping")
      return []
    }
  }

  /// A mapping whose keys are known.
  func object(isSecret: Bool = false) -> ObjectReader { ObjectReader(self, isSecret: isSecret) }
}

extension DesiredStateRequest.Part? {
  /// How a number is given as text.
  fileprivate var textHint: String { self == .set ? "as text" : "in quotes" }
}
