import Synchronization
import TestSupport

/// The repository's own files, as text.
enum Repository {
  static let root =
    Fixtures.directory.split(separator: "/", omittingEmptySubsequences: false).dropLast(2)
    .joined(separator: "/")

  static func text(_ path: String) throws -> String {
    String(decoding: try HostFiles.read(root + "/" + path), as: UTF8.self)
  }

  /// Every Swift file below a directory, by its path, without its comments.
  static func sources(_ directory: String) throws -> [(path: String, text: String)] {
    try HostFiles.list(root + "/" + directory).filter { $0.hasSuffix(".swift") }.map { path in
      (path, try code(directory + "/" + path))
    }
  }

  private static let known = Mutex<[String: String]>([:])

  /// A file without its comments, read once: several tests look at all of them.
  private static func code(_ path: String) throws -> String {
    if let known = known.withLock({ $0[path] }) { return known }
    let lines = try HostFiles.read(root + "/" + path).split(
      separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    let code = lines.filter { line in
      !line.drop { $0 == UInt8(ascii: " ") }.starts(with: "//".utf8)
    }
    let text = String(decoding: Array(code.joined(separator: [UInt8(ascii: "\n")])), as: UTF8.self)
    known.withLock { $0[path] = text }
    return text
  }
}

/// One string literal of Swift source that stands in one line: what it says, with `…` for what is
/// inserted when the program runs.
struct Literals {
  /// The text of every literal, in order. Neighbours that `+` joins are one.
  static func all(in source: Substring) -> [String] {
    var texts: [String] = []
    var rest = source
    var joins = false
    while let quote = rest.firstIndex(of: "\"") {
      let between = rest[..<quote].filter { !$0.isWhitespace }
      joins = between == "+" && !texts.isEmpty
      rest = rest[rest.index(after: quote)...]
      let text = content(&rest)
      if joins { texts[texts.count - 1] += text } else { texts.append(text) }
    }
    return texts
  }

  /// Takes a literal up to and with its closing quote.
  private static func content(_ rest: inout Substring) -> String {
    var text = ""
    while let character = rest.popFirst(), character != "\"" {
      guard character == "\\" else {
        text.append(character)
        continue
      }
      guard rest.popFirst() == "(" else { continue }
      text += "…"
      var depth = 1
      while depth > 0, let character = rest.popFirst() {
        if character == "(" { depth += 1 }
        if character == ")" { depth -= 1 }
      }
    }
    return text
  }
}

/// The calls in a source text.
struct Calls {
  /// The arguments of every call that begins with these words, one text for each argument.
  static func arguments(of words: String, in source: String) -> [[Substring]] {
    var calls: [[Substring]] = []
    var rest = source[...]
    while let range = find(words + "(", in: rest) {
      calls.append(split(&rest, from: range))
    }
    return calls
  }

  private static func find(_ words: String, in text: Substring) -> Substring.Index? {
    var rest = text
    while let first = rest.firstIndex(of: words[words.startIndex]) {
      rest = rest[first...]
      if rest.hasPrefix(words) { return rest.index(first, offsetBy: words.count) }
      rest = rest.dropFirst()
    }
    return nil
  }

  /// Splits at the commas of the outermost level, up to the call's closing parenthesis.
  private static func split(
    _ text: inout Substring, from start: Substring.Index
  ) -> [Substring] {
    var arguments: [Substring] = []
    var begin = start
    var index = start
    var depth = 0
    var isQuoted = false
    while index < text.endIndex {
      let character = text[index]
      if character == "\"" { isQuoted.toggle() }
      if !isQuoted || depth > 0 {
        if "([{".contains(character) { depth += 1 }
        if ")]}".contains(character) { depth -= 1 }
      }
      if depth < 0 || (depth == 0 && character == "," && !isQuoted) {
        arguments.append(text[begin..<index])
        begin = text.index(after: index)
      }
      index = text.index(after: index)
      if depth < 0 { break }
    }
    text = text[index...]
    return arguments
  }
}
