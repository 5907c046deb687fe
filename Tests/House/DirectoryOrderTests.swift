import TestSupport
import Testing

/// Directories of a module refer to each other in one direction, in the order of a table in
/// `docs/development.md`.
@Suite struct DirectoryOrderTests {
  /// A declaration at the outermost level that other files can see.
  private static let introducers: Set<Substring> = [
    "struct", "class", "enum", "protocol", "actor", "typealias", "func",
  ]

  @Test(arguments: [
    ("OffsetSync", "Sources/OffsetSync/OffsetSync"),
    ("Simulation", "Sources/operator-sim/Simulation"),
  ])
  func everyDirectoryRefersToEarlierOnesOnly(module: String, path: String) throws {
    let document = try Repository.text("docs/development.md")
    let table = try #require(
      MarkdownTable(after: "### Directories of \(module)", in: document))
    let order = table.code(inColumn: 0)
    let files = try Repository.sources(path).map {
      (path: $0.path, directory: Self.directory($0.path), words: Self.words($0.text), text: $0.text)
    }
    #expect(Set(files.map(\.directory)).subtracting(order).sorted() == [])
    #expect(Set(order).subtracting(files.map(\.directory)).sorted() == [])

    var homes: [Substring: Int] = [:]
    for file in files {
      let rank = try #require(order.firstIndex(of: file.directory))
      for name in Self.declared(in: file.text) { homes[name] = rank }
    }
    #expect(homes.count > 40)
    var backwards: [String] = []
    for file in files {
      let rank = try #require(order.firstIndex(of: file.directory))
      for word in file.words {
        guard let home = homes[word], home > rank else { continue }
        backwards.append("\(file.path) refers to \(word) in \(order[home])")
      }
    }
    #expect(backwards.sorted() == [])
  }

  /// The first component of a path; `.` for a file right in the module.
  private static func directory(_ path: String) -> String {
    path.contains("/") ? String(path.prefix { $0 != "/" }) : "."
  }

  private static func words(_ text: String) -> Set<Substring> {
    // What literals say refers to nothing.
    let code = text.split(separator: "\n").map { line in
      line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .compactMap { $0.offset.isMultiple(of: 2) ? $0.element : nil }.joined(separator: " ")
    }.joined(separator: "\n")
    return Set(
      code.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map { Substring(String($0)) })
  }

  private static func declared(in text: String) -> [Substring] {
    text.split(separator: "\n").compactMap { line in
      guard line.first != " ", !line.hasPrefix("private"), !line.hasPrefix("fileprivate") else {
        return nil
      }
      let words = line.split { !($0.isLetter || $0.isNumber || $0 == "_") }
      guard let place = words.firstIndex(where: { introducers.contains($0) }),
        place + 1 < words.count, words[0] != "extension"
      else { return nil }
      return words[place + 1]
    }
  }
}
