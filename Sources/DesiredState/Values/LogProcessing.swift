internal import FilelogJSON

/// Conditions on log records of one namespace: those that fulfil any are dropped.
struct LogFilter: Hashable, Sendable {
  let conditions: [String]
  let errorMode: OTTLErrorMode

  /// Nil where there are no conditions on log records.
  init?(_ reader: ValueReader) {
    let fields = reader.object()
    errorMode = fields["error_mode"].choice() ?? .ignore
    let logs = fields["logs"].object()
    conditions = logs["log_records"].elements().map { OTTL.condition($0) }
    logs.rejectUnknownKeys()
    ForeignFields.check(filter: fields)
    fields.rejectUnknownKeys()
    if conditions.isEmpty {
      // With conditions on other signals it is theirs.
      if !["metrics", "profiles", "traces"].contains(where: { fields[$0].isPresent }) {
        fields["error_mode"].noteUnused(because: "the filter has no conditions on log records")
      }
      return nil
    }
  }
}

/// Statements that change log records of one namespace.
struct LogTransform: Hashable, Sendable {
  let groups: [Group]
  let errorMode: OTTLErrorMode

  struct Group: Hashable, Sendable {
    let context: String?
    let errorMode: OTTLErrorMode?
    let conditions: [String]
    let statements: [String]
  }

  /// Nil where there are no statements on log records.
  init?(_ reader: ValueReader) {
    let fields = reader.object()
    errorMode = fields["error_mode"].choice() ?? .ignore
    groups = fields["log_statements"].elements().map(Self.group)
    ForeignFields.check(transform: fields)
    fields.rejectUnknownKeys()
    if groups.isEmpty {
      let others = ["metric_statements", "profile_statements", "trace_statements"]
      if !others.contains(where: { fields[$0].isPresent }) {
        fields["error_mode"].noteUnused(because: "the transform has no log_statements")
      }
      return nil
    }
  }

  /// A statement alone is a group of its own, as upstream's operator has it.
  private static func group(_ reader: ValueReader) -> Group {
    guard reader.isMapping else {
      return Group(
        context: nil, errorMode: nil, conditions: [], statements: [OTTL.statement(reader)])
    }
    let fields = reader.object()
    defer { fields.rejectUnknownKeys() }
    let statements = fields["statements"].elements().map { OTTL.statement($0) }
    if statements.isEmpty { fields["statements"].reject(expected: "a list of statements") }
    return Group(
      context: fields["context"].text(.ottlContext), errorMode: fields["error_mode"].choice(),
      conditions: fields["conditions"].elements().map { OTTL.condition($0) },
      statements: statements)
  }
}

/// What a processor does with a record on which a condition or statement fails.
enum OTTLErrorMode: String, CaseIterable, Sendable, Comparable {
  /// It goes on, and logs nothing.
  case silent
  /// It goes on, and logs the error.
  case ignore
  /// It gives the batch back as failed.
  case propagate

  /// By severity: one processor serves all namespaces, and the most severe mode of them counts.
  static func < (one: OTTLErrorMode, other: OTTLErrorMode) -> Bool {
    allCases.firstIndex(of: one) ?? 0 < allCases.firstIndex(of: other) ?? 0
  }
}

/// Texts in the OpenTelemetry Transformation Language.
///
/// They are given to the collector as they are, `$$` for a dollar sign included; what they must not do
/// is to leave the namespace that they are for, or to read the collector's environment.
enum OTTL {
  /// A condition that stays one when it is put in parentheses.
  static func condition(_ reader: ValueReader) -> String {
    let text = text(reader)
    if !text.isEmpty, !isBalanced(text) {
      reader.reject(
        found: "\(SourcedValue.quote(text)), whose parentheses or quotes do not match",
        expected: "a whole OTTL condition")
    } else if !text.isEmpty {
      reject(OTTLSyntax.failure(condition: text), in: text, reader, expected: "an OTTL condition")
    }
    return text
  }

  static func statement(_ reader: ValueReader) -> String {
    let text = text(reader)
    if !text.isEmpty {
      reject(
        OTTLSyntax.failure(statement: text), in: text, reader,
        expected: "an OTTL statement like set(attributes[\"a\"], \"b\")")
    }
    return text
  }

  /// Notes where a text stops being OTTL, with what stands there.
  private static func reject(
    _ failure: OTTLSyntax.Failure?, in text: String, _ reader: ValueReader, expected: String
  ) {
    guard let failure else { return }
    let rest = String(decoding: text.utf8.dropFirst(failure.offset), as: UTF8.self)
    let place = rest.isEmpty ? "which ends too early" : "wrong from \(SourcedValue.quote(rest)) on"
    reader.reject(
      found: "\(SourcedValue.quote(text)), \(failure.reason.map { "with \($0), " } ?? "")\(place)",
      expected: expected)
  }

  private static func text(_ reader: ValueReader) -> String {
    guard case .scalar(.string(let text))? = reader.value?.kind, TextRule.any.accepts(text),
      text.contains(where: { !$0.isWhitespace })
    else {
      reader.reject(expected: "text in OTTL")
      return ""
    }
    if expandsVariable(text) {
      reader.reject(
        found: "${…}, which the collector would replace by a part of its environment",
        expected: "$${…}, for the text itself")
    }
    return text
  }

  /// Whether no parenthesis closes what was not opened within, and no text stays open.
  static func isBalanced(_ text: String) -> Bool {
    var open: [UInt8] = []
    var isText = false
    var isEscaped = false
    for byte in text.utf8 {
      if isText {
        if isEscaped {
          isEscaped = false
        } else if byte == UInt8(ascii: "\\") {
          isEscaped = true
        } else if byte == UInt8(ascii: "\"") {
          isText = false
        }
        continue
      }
      switch byte {
      case UInt8(ascii: "\""): isText = true
      case UInt8(ascii: "("): open.append(UInt8(ascii: ")"))
      case UInt8(ascii: "["): open.append(UInt8(ascii: "]"))
      case UInt8(ascii: "{"): open.append(UInt8(ascii: "}"))
      case UInt8(ascii: ")"), UInt8(ascii: "]"), UInt8(ascii: "}"):
        guard open.popLast() == byte else { return false }
      default: break
      }
    }
    return open.isEmpty && !isText
  }

  /// Whether the collector would find `${` in it; two dollar signs stand for one.
  static func expandsVariable(_ text: String) -> Bool {
    let bytes = Array(text.utf8)
    var index = 0
    while index + 1 < bytes.count {
      guard bytes[index] == UInt8(ascii: "$") else {
        index += 1
        continue
      }
      if bytes[index + 1] == UInt8(ascii: "{") { return true }
      index += bytes[index + 1] == UInt8(ascii: "$") ? 2 : 1
    }
    return false
  }
}

extension TextRule {
  static let ottlContext = TextRule(
    expected: "one of log, resource, scope",
    accepts: { ["log", "resource", "scope"].contains($0) })
}
