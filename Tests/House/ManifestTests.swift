import TestSupport
import Testing

/// `Package.swift` and `docs/development.md` say what the sources do.
@Suite struct ManifestTests {
  let manifest: PackageManifest
  let document: String

  init() throws {
    manifest = try PackageManifest(try Repository.text("Package.swift"))
    document = try Repository.text("docs/development.md")
  }

  @Test func manifestHasAtMost45Targets() {
    let count = manifest.modules.count + manifest.cLibraries.count
    #expect(count > 35)
    #expect(count <= 45)
  }

  /// Some test targets start a program that they do not import; it must be built before them.
  private static let startedPrograms: Set<String> = ["filelog-offset-sync", "operator-sim"]

  @Test func targetsDependOnExactlyWhatTheirFilesImport() throws {
    for module in manifest.modules {
      let imports = try manifest.imports(of: module).subtracting([module.name])
      var declared = module.dependencies
      if module.isTest { declared.subtract(Self.startedPrograms.subtracting(imports)) }
      // Every test target is given the common support.
      if module.isTest, !imports.contains("TestSupport") { declared.remove("TestSupport") }
      #expect(imports.subtracting(declared).sorted() == [], "\(module.name) imports, undeclared")
      #expect(declared.subtracting(imports).sorted() == [], "\(module.name) declares, unused")
    }
  }

  @Test func systemLibrariesAreImportedByOneModuleEach() throws {
    for library in manifest.cLibraries {
      let importers = try manifest.modules.filter { module in
        guard module.directory.hasPrefix("Sources/") else { return false }
        return try manifest.imports(of: module).contains(library)
      }
      let allowed = library == "CFilelogOpenSSL" ? 2 : 1
      #expect(
        importers.count <= allowed, "\(library) is imported by \(importers.map(\.name).sorted())")
    }
  }

  @Test func importsRunOneWayBetweenWings() {
    let rank = ["Support", "Contract", "DesiredState", "OffsetSync", "Attachment", "Reconciler"]
    func wing(_ name: String) -> Int? {
      guard let module = manifest.modules.first(where: { $0.name == name }) else { return nil }
      let parts = module.directory.split(separator: "/")
      guard parts.first == "Sources" else { return nil }
      return rank.firstIndex(of: String(parts[1])) ?? rank.count
    }
    for module in manifest.modules {
      guard let own = wing(module.name) else { continue }
      for dependency in module.dependencies {
        guard let other = wing(dependency) else { continue }
        #expect(other <= own, "\(module.name) imports \(dependency)")
      }
    }
    let contract = manifest.modules.first { $0.name == "FilelogContract" }
    #expect(contract?.dependencies == [])
    for name in ["CapacityPlan", "DesiredState", "OffsetSync", "Reconciler", "Simulation"] {
      let module = manifest.modules.first { $0.name == name }
      #expect(
        module?.dependencies.contains("FilelogContract") == true,
        "\(name) does not import FilelogContract")
    }
    let desiredState = manifest.modules.first { $0.name == "DesiredState" }
    #expect(desiredState?.dependencies.contains("OffsetSync") == false)
  }

  /// The picture is a Mermaid graph of `A --> B & C` lines. It leaves out what follows from other
  /// arrows, C libraries, tests and benchmarks.
  @Test func modulePictureIsTheTransitiveReductionOfTheManifest() throws {
    let picture = try #require(Self.block("```mermaid", in: document))
    var shown: Set<String> = []
    for line in picture where line.contains(" --> ") {
      let words = line.split(separator: " ")
      let arrow = try #require(words.firstIndex(of: "-->"))
      for one in words[..<arrow] where one != "&" {
        for other in words[(arrow + 1)...] where other != "&" { shown.insert("\(one) \(other)") }
      }
    }
    let reduction = reducedImports
    #expect(reduction.subtracting(shown).sorted() == [])
    #expect(shown.subtracting(reduction).sorted() == [])
    #expect(reduction.count > 25)
  }

  /// `A B` where A imports B and nothing else that A imports does so, directly or not.
  private var reducedImports: Set<String> {
    let modules = manifest.modules.filter { $0.directory.hasPrefix("Sources/") }
    let names = Set(modules.map(\.name))
    let imports = Dictionary(
      uniqueKeysWithValues: modules.map { ($0.name, $0.dependencies.intersection(names)) })
    var reached: [String: Set<String>] = [:]
    func reach(_ name: String) -> Set<String> {
      if let known = reached[name] { return known }
      let direct = imports[name] ?? []
      let all = direct.reduce(direct) { $0.union(reach($1)) }
      reached[name] = all
      return all
    }
    var edges: Set<String> = []
    for (name, direct) in imports {
      for other in direct where !direct.contains(where: { reach($0).contains(other) }) {
        edges.insert("\(name) \(other)")
      }
    }
    return edges
  }

  @Test func moduleTableNamesEveryModule() throws {
    let table = try #require(MarkdownTable(after: "| module |", in: document))
    let modules = manifest.modules.filter { $0.directory.hasPrefix("Sources/") }.map(\.name)
    #expect(Set(table.code(inColumn: 0)) == Set(modules))
  }

  private static func block(_ fence: String, in document: String) -> [Substring]? {
    let lines = document.split(separator: "\n", omittingEmptySubsequences: false)
    guard let start = lines.firstIndex(of: fence[...]) else { return nil }
    return Array(lines[(start + 1)...].prefix { $0 != "```" })
  }
}
