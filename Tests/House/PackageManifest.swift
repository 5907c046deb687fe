import Synchronization
import TestSupport

/// What `Package.swift` declares, read from its text: `swift package describe` would need the lock
/// that the running test holds.
struct PackageManifest {
  struct Module {
    let name: String
    let dependencies: Set<String>
    /// Relative to the repository.
    let directory: String
    /// Directories below ``directory`` that belong to other targets.
    let excluded: [String]
    let isTest: Bool
  }

  let modules: [Module]
  /// Names of the C libraries' modules.
  let cLibraries: [String]

  init(_ text: String) throws {
    cLibraries = Calls.arguments(of: " cLibrary", in: text).compactMap { call in
      call.first.flatMap { Literals.all(in: $0).first }
    }
    let wings = Self.wings(text)
    var modules: [Module] = []
    for kind in ["library", "program"] {
      for call in Calls.arguments(of: " \(kind)", in: text) where !call[0].contains("_ ") {
        guard let wing = wings[String(call[0].filter { !$0.isWhitespace }.dropFirst())],
          let name = Literals.all(in: call[1]).first
        else { continue }
        let labelled = call.first { $0.contains("directory:") }
        let directory = labelled.flatMap { Literals.all(in: $0).first } ?? name
        modules.append(
          Module(
            name: name, dependencies: Self.list(in: call), directory: "\(wing)/\(directory)",
            excluded: [], isTest: wing == "Tests"))
      }
    }
    for call in Calls.arguments(of: " tests", in: text) where !call[0].contains("_ ") {
      let directory = "Tests/" + (Literals.all(in: call[0]).first ?? "")
      let excluded = call.first { $0.contains("exclude:") }.map { Literals.all(in: $0) } ?? []
      let names = call.dropFirst().filter { !$0.contains("exclude:") && !$0.contains("[") }
      modules.append(
        Module(
          name: names.first.flatMap { Literals.all(in: $0).first } ?? "",
          dependencies: Self.list(in: call).union(["TestSupport"]), directory: directory,
          excluded: excluded, isTest: true))
    }
    self.modules = modules
  }

  /// `case support = "Sources/Support"`, by its name.
  private static func wings(_ text: String) -> [String: String] {
    var wings: [String: String] = [:]
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      if words.count == 4, words[0] == "case", words[2] == "=" {
        wings[String(words[1])] = Literals.all(in: line).first
      }
    }
    return wings
  }

  /// The dependencies of a call: its list without a label.
  private static func list(in call: [Substring]) -> Set<String> {
    let lists = call.filter { argument in
      argument.drop { $0.isWhitespace }.first == "["
    }
    return Set(lists.flatMap { Literals.all(in: $0) })
  }

  private static let known = Mutex<[String: Set<String>]>([:])

  /// The modules of this package that a module's files import, looked up once.
  func imports(of module: Module) throws -> Set<String> {
    if let known = Self.known.withLock({ $0[module.name] }) { return known }
    let imports = try foundImports(of: module)
    Self.known.withLock { $0[module.name] = imports }
    return imports
  }

  private func foundImports(of module: Module) throws -> Set<String> {
    let known = Set(modules.map(\.name)).union(cLibraries)
    // A module of the language has underscores where its target has hyphens.
    let spelled = Dictionary(
      uniqueKeysWithValues: known.map { (String($0.map { $0 == "-" ? "_" : $0 }), $0) })
    var imports: Set<String> = []
    for (path, text) in try Repository.sources(module.directory)
    where !module.excluded.contains(where: { path.hasPrefix($0 + "/") }) {
      for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
        // They stand before all else; a linter sees to that.
        if line.starts(with: "}".utf8) { break }
        let words = Substring(line).split(separator: " ")
        guard let keyword = words.firstIndex(of: "import"), keyword < 2, words.count > keyword + 1,
          let name = spelled[String(words[words.count - 1].split(separator: ".")[0])]
        else { continue }
        imports.insert(name)
      }
    }
    return imports
  }
}
