import Glibc
import TestSupport
import Testing

/// The field's words: what was left behind for them does not come back, in code, comments, messages,
/// names of tests and documents.
@Suite struct WordsTests {
  /// What stands in no file, and what is written instead.
  private static let replaced = [
    "somebody": "client, user or caller", "Somebody": "client, user or caller",
    "nobody": "no client, no user", "Nobody": "no client, no user",
    "for ever ": "for good, without end", "for ever,": "for good, without end",
    "for ever.": "for good, without end",
    "folder": "directory", "Folder": "directory",
    "believes to be": "what is recorded",
    "formerLayout": "previousLayout", "isJudged": "mayHoldCheckpoints",
    "Surroundings": "HostEnvironment", "CheckpointTruth": "CheckpointConfirmation",
    "putOffLearning": "scheduleReload", "noteDoubt": "markOutcomeUnknown",
    "isInDoubt": "hasUnresolvedWrite", "isLookWhole": "scanIsComplete",
    "Farewell": "isUninstall", "foresee": "dryRun", "AnswerWriter": "ResponseWriter",
    "answerBytes": "responseBytes", "Housekeeping": "NamespaceController",
  ]

  /// In code alone: a document may speak of what a page says.
  private static let replacedInCode = [
    "whoever": "users who", "Whoever": "users who",
    "is said ": "is logged, reported or printed", "are said ": "are logged, reported or printed",
    "was said": "was logged, reported or printed", " says so ": "logs, reports or prints it",
    " says so.": "logs, reports or prints it", " said so": "logged, reported or printed it",
  ]

  /// `is no X` for `is not a X`, but for these, and for `there is no X`: in code, its comments and messages.
  private static let plain: Set<String> = ["longer", "more", "later", "older", "less", "such"]

  @Test func replacedWordsStandNowhere() throws {
    var found: [String] = []
    for (path, text) in try Self.files() {
      let words = path.hasSuffix(".swift") ? [Self.replaced, Self.replacedInCode] : [Self.replaced]
      text.withCString { text in
        for (word, better) in words.joined() where strstr(text, word) != nil {
          found.append("\(path): \"\(word)\"; write \(better)")
        }
      }
    }
    #expect(found.sorted() == [])
  }

  @Test func nothingIsNoOtherThing() throws {
    var found: [String] = []
    for (path, text) in try Self.files() where !path.hasSuffix(".md") {
      for verb in [" is no ", " are no "] {
        found += Self.sentences(with: verb, in: text).map { "\(path): …\($0)" }
      }
    }
    #expect(found == [])
  }

  @Test func isNoIsFound() {
    #expect(
      Self.sentences(with: " is no ", in: "there is no file; it is no file; it is no longer one")
        == ["is no file"])
  }

  /// The verb and the word behind it, of each place.
  private static func sentences(with verb: String, in text: String) -> [String] {
    text.withCString { start in
      var found: [String] = []
      var rest = start
      while let place = strstr(rest, verb) {
        let before = UnsafePointer(place) - min(5, UnsafePointer(place) - start)
        rest = UnsafePointer(place) + verb.utf8.count
        var end = rest
        while isalpha(Int32(UInt8(bitPattern: end.pointee))) != 0 { end += 1 }
        let word = String(
          decoding: UnsafeRawBufferPointer(start: rest, count: end - rest), as: UTF8.self)
        let isThere = strncasecmp(before, "there", 5) == 0
        if !isThere, !word.isEmpty, !plain.contains(word) { found.append(verb.dropFirst() + word) }
      }
      return found
    }
  }

  private static func files() throws -> [(path: String, text: String)] {
    let directories = [
      "Sources", "Tests", "Benchmarks", "Fuzz", "Scripts", "Image", "docs", "helm-fixtures",
    ]
    let paths = directories.flatMap { directory in
      HostFiles.list("\(Repository.root)/\(directory)").map { "\(directory)/\($0)" }
    }
    let others = ["README.md", "SECURITY.md", "CONTRIBUTING.md", "Makefile"]
    let texts = (paths + others).filter { path in
      let name = path.split(separator: "/").last ?? ""
      let isData = path.hasPrefix("Tests/Fixtures/") || path.hasPrefix("helm-fixtures/")
      return !["Tests/House/WordsTests.swift", "Image/hot-functions"].contains(path)
        && ([".swift", ".md"].contains { name.hasSuffix($0) } || !isData && !name.contains("."))
    }
    #expect(texts.count > 500)
    return try texts.map { ($0, try Repository.text($0)) }
  }
}
