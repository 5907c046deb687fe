import TestSupport
import Testing

/// Directories of a module refer to each other in one direction, in the order of a table: in
/// `docs/development.md`, or in the module's own README.
@Suite struct DirectoryOrderTests {
  /// A declaration at the outermost level that other files can see.
  private static let introducers: Set<Substring> = [
    "struct", "class", "enum", "protocol", "actor", "typealias", "func",
  ]

  /// Where the table of each module stands that has directories, by the path of the module.
  private static let tables = [
    "Sources/Attachment": "docs/development.md",
    "Sources/DesiredState": "docs/development.md",
    "Sources/OffsetSync/OffsetSync": "docs/development.md",
    "Sources/operator-sim/Commands": "docs/development.md",
    "Sources/operator-sim/EmulatedAPIServer": "Sources/operator-sim/EmulatedAPIServer/README.md",
    "Sources/operator-sim/Simulation": "docs/development.md",
  ]

  @Test func everyModuleWithDirectoriesHasATable() throws {
    let manifest = try PackageManifest(Repository.text("Package.swift"))
    let divided = try manifest.modules.filter { module in
      try module.directory.hasPrefix("Sources/")
        && Repository.sources(module.directory).contains { $0.path.contains("/") }
    }
    #expect(Set(divided.map(\.directory)) == Set(Self.tables.keys))
  }

  @Test(arguments: tables.keys.sorted())
  func everyDirectoryRefersToEarlierOnesOnly(path: String) throws {
    let document = try Repository.text(#require(Self.tables[path]))
    let module = path.split(separator: "/").last ?? ""
    let table = try #require(MarkdownTable(after: "### Directories of \(module)", in: document))
    let order = table.code(inColumn: 0)
    let files = try Repository.sources(path).map {
      (path: $0.path, directory: Self.directory($0.path), words: Self.words($0.text), text: $0.text)
    }
    #expect(Set(files.map(\.directory)).subtracting(order).sorted() == [])
    #expect(Set(order).subtracting(files.map(\.directory)).sorted() == [])

    var homes: [Substring: Int] = [:]
    for file in files {
      let rank = try #require(order.firstIndex(of: file.directory))
      // A function may have a namesake for other parameters further down.
      for name in Self.declared(in: file.text) { homes[name] = min(rank, homes[name] ?? rank) }
    }
    #expect(homes.count > 30)
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

  /// The names of types, and of functions where they are called but as members.
  private static func words(_ text: String) -> Set<Substring> {
    // What literals say refers to nothing.
    let code = text.split(separator: "\n").map { line in
      line.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
        .compactMap { $0.offset.isMultiple(of: 2) ? $0.element : nil }.joined(separator: " ")
    }.joined(separator: "\n")
    var words: Set<Substring> = []
    for piece in code.split(whereSeparator: { $0.isWhitespace || ",;:[]{}<>!?&@=".contains($0) }) {
      var rest = piece
      var before: Character?
      while let first = rest.first {
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" }
        rest = rest.dropFirst(max(word.count, 1))
        let isCalled = rest.first == "(" && before != "."
        if first.isUppercase || isCalled, !word.isEmpty { words.insert(Substring(String(word))) }
        before = word.last ?? first
      }
    }
    return words
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
