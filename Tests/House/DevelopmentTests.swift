import TestSupport
import Testing

/// What `docs/development.md` says of the package.
@Suite struct DevelopmentTests {
  /// The module picture is a Mermaid graph of `A --> B` lines: A imports B.
  @Test func theModulePictureShowsTheImportsOfThePackage() throws {
    let document = try Repository.text("docs/development.md")
    let package = try Repository.text("Package.swift")
    let picture = try #require(Self.block("```mermaid", in: document))
    var shown: Set<String> = []
    for line in picture where line.contains(" --> ") {
      let sides = line.split(separator: " ").filter { $0 != "-->" && $0 != "&" }
      let words = line.split(separator: " ")
      let arrow = try #require(words.firstIndex(of: "-->"))
      for one in words[..<arrow] where one != "&" {
        for other in words[(arrow + 1)...] where other != "&" { shown.insert("\(one) \(other)") }
      }
      #expect(sides.count > 1)
    }
    let declared = try Self.imports(package)
    #expect(declared.subtracting(shown).sorted() == [])
    #expect(shown.subtracting(declared).sorted() == [])
    #expect(declared.count > 30)
  }

  @Test func everyModuleIsInTheTable() throws {
    let document = try Repository.text("docs/development.md")
    let table = try #require(MarkdownTable(after: "## Modules", in: document))
    let package = try Repository.text("Package.swift")
    let modules = Set(try Self.modules(package).map(\.name))
    #expect(Set(table.code(inColumn: 0)) == modules)
  }

  /// Libraries and mains of the manifest, with what they import. System libraries are left out, and
  /// so are tests and the benchmarks, which are for this repository alone.
  static func modules(_ package: String) throws -> [(name: String, imports: [String])] {
    var modules: [(name: String, imports: [String])] = []
    for words in ["library", "main"] {
      for call in Calls.arguments(of: " \(words)", in: package) {
        guard let name = call.first.flatMap({ Literals.all(in: $0).first }), call[0].contains("\""),
          !call[0].contains("name:"), !name.hasPrefix("offset-sync-bench")
        else { continue }
        let imports = call.count > 1 ? Literals.all(in: call[1]) : []
        modules.append((name, imports.filter { !$0.isSystemLibrary }))
      }
    }
    return modules
  }

  static func imports(_ package: String) throws -> Set<String> {
    Set(try modules(package).flatMap { module in module.imports.map { "\(module.name) \($0)" } })
  }

  private static func block(_ fence: String, in document: String) -> [Substring]? {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: fence[...]) else { return nil }
    return Array(lines[(start + 1)...].prefix { $0 != "```" })
  }
}

extension String {
  /// `CCurl`, `COpenSSL`: a capital C, then a capital.
  fileprivate var isSystemLibrary: Bool {
    hasPrefix("C") && dropFirst().first?.isUppercase == true
  }
}
