import FilelogJSON
import FilelogYAML
import Foundation
import Testing

@testable import DesiredState

/// One directory under `helm-fixtures`: inputs, and of the output that they must give what differs from
/// that of the case `default`.
struct GoldenCase: CustomTestStringConvertible, Hashable, Sendable {
  let name: String

  var testDescription: String { name }

  static let directory: String =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/helm-fixtures"

  /// Every directory that has values.
  static let all: [GoldenCase] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    let cases = names.sorted().map(GoldenCase.init)
    precondition(!cases.isEmpty, "\(directory): no golden cases")
    return cases.filter { !$0.files(beginningWith: "values").isEmpty }
  }()

  /// Those whose input is not refused.
  static let accepted = all.filter { !$0.isRefused }

  /// Those that render a collector, by what was recorded.
  static let collectors = accepted.filter {
    (try? $0.text("expected/objects.txt"))?.contains("daemonset") ?? true
  }

  var isRefused: Bool { name.hasPrefix("refused-") }

  /// The case that all others build on.
  static let base = GoldenCase(name: "default")

  /// What the case asks for: the values of `default` unless the options have `alone`, then its own
  /// `values*.yaml` or `.json` in the order of their names; `monitoring*.yaml`, or that of `default`;
  /// and from `options.yaml` what would stand on the command line.
  func request() throws -> DesiredStateRequest {
    let options = try self.options()
    var request = DesiredStateRequest(
      release: options["release"]?.string ?? "dash0-operator",
      namespace: options["namespace"]?.string ?? "dash0-system")
    let isAlone = self == Self.base || options["alone"] == true
    if !isAlone {
      request.values = try Self.base.files(beginningWith: "values").map(Self.base.inputFile)
    }
    request.values += try files(beginningWith: "values").map(inputFile)
    let monitoring = try files(beginningWith: "monitoring").map(inputFile)
    request.monitoring =
      monitoring.isEmpty && options["monitoring"] != false
      ? try Self.base.files(beginningWith: "monitoring").map(Self.base.inputFile) : monitoring
    request.namespaces = try files(beginningWith: "namespaces").map(inputFile)
    request.sets =
      texts(options, "set").map { .parsed($0) } + texts(options, "setString").map { .text($0) }
      + texts(options, "setJSON").map { .json($0) }
    request.kubernetesVersion = options["kubernetesVersion"]?.string.flatMap {
      KubernetesVersion($0)
    }
    if options["adopt"] == true {
      request.adoptedInstance = DesiredStateRequest.upstreamInstance
    }
    for (key, value) in options["annotations"]?.object ?? [:] {
      request.annotations[key] = value.string
    }
    request.ownerReference = options["ownerReference"]
    request.clusterUID = options["clusterUID"]?.string
    request.daemonSetUID = options["daemonSetUID"]?.string
    if let version = options["chartVersion"]?.string { request.chartVersion = version }
    return request
  }

  /// What the case gives, text by file name: the manifests as `operator-sim render --output` writes
  /// them, the tree of the collector's configuration, and the notes.
  func wholeOutput() throws -> [String: String] {
    let input: DesiredStateInput
    do { input = try DesiredStateInput(request()) } catch let error as InvalidInput {
      return ["expected-problems.txt": error.description + "\n"]
    }
    var files: [String: String] = [:]
    for (index, manifest) in assembleDesiredState(input).enumerated() {
      let name = manifest.fileName(at: index, format: "json")
      files["expected/\(name)"] = String(decoding: manifest.canonicalJSON, as: UTF8.self)
    }
    if input.rendersCollector {
      files["expected-configuration.json"] = JSONWriter.pretty.string(
        CollectorConfiguration(input).tree)
    }
    let notes = input.notes.map { "\($0)\n" }.joined()
    if !notes.isEmpty { files["expected-notes.txt"] = notes }
    return files
  }

  private static let baseOutput = Result { try base.wholeOutput() }

  /// What the case stores: of its output what differs from that of `default`, and, where the objects
  /// are others, a list of all of them.
  func output() throws -> [String: String] {
    let whole = try wholeOutput()
    guard self != Self.base else { return whole }
    let base = try Self.baseOutput.get()
    let known = Dictionary(base.map { (Self.unnumbered($0.key), $0.value) }) { $1 }
    var files = whole.filter { known[Self.unnumbered($0.key)] != $0.value }
    let objects = Self.objects(whole)
    if objects != Self.objects(base) { files["expected/objects.txt"] = objects }
    if whole["expected-problems.txt"] != nil { files["expected/objects.txt"] = nil }
    return files
  }

  /// The names of all objects, in apply order, one a line.
  private static func objects(_ output: [String: String]) -> String {
    output.keys.filter { $0.hasPrefix("expected/") }.sorted().map { unnumbered($0) + "\n" }.joined()
  }

  /// Without the number in apply order, which changes with objects before it.
  private static func unnumbered(_ file: String) -> String {
    guard let slash = file.firstIndex(of: "/") else { return file }
    let name = file[file.index(after: slash)...]
    return String(name.first?.isNumber == true ? name.drop { $0.isNumber }.dropFirst() : name)
  }

  private func texts(_ options: JSONValue, _ key: String) -> [String] {
    (options[key]?.array ?? []).compactMap(\.string)
  }

  /// What was recorded, text by file name.
  func expected() throws -> [String: String] {
    let names = files(beginningWith: "", in: "expected").map { "expected/\($0)" }
    return try Dictionary(
      uniqueKeysWithValues: (names + files(beginningWith: "expected-")).map { ($0, try text($0)) })
  }

  /// Replaces what was recorded.
  func record(_ output: [String: String]) throws {
    let directory = "\(Self.directory)/\(name)"
    for file in files(beginningWith: "expected") {
      try? FileManager.default.removeItem(atPath: "\(directory)/\(file)")
    }
    try FileManager.default.createDirectory(
      atPath: "\(directory)/expected", withIntermediateDirectories: true)
    for (name, text) in output {
      try Data(text.utf8).write(to: URL(filePath: "\(directory)/\(name)"))
    }
  }

  private func options() throws -> JSONValue {
    guard !files(beginningWith: "options").isEmpty else { return [:] }
    return try YAML.parse(try text("options.yaml"), file: "options.yaml").first?.value ?? [:]
  }

  private func files(beginningWith prefix: String, in directory: String = "") -> [String] {
    let path = "\(Self.directory)/\(name)/\(directory)"
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    return names.filter { $0.hasPrefix(prefix) }.sorted()
  }

  private func inputFile(_ file: String) throws -> InputFile {
    InputFile(name: file, text: try text(file))
  }

  private func text(_ file: String) throws -> String {
    let data = try Data(contentsOf: URL(filePath: "\(Self.directory)/\(name)/\(file)"))
    return String(decoding: data, as: UTF8.self)
  }
}

extension [Manifest] {
  /// Text by file name, as `operator-sim render --output` writes it.
  var files: [String: String] {
    Dictionary(
      uniqueKeysWithValues: enumerated().map { index, manifest in
        let text = String(decoding: manifest.canonicalJSON, as: UTF8.self)
        return (manifest.fileName(at: index, format: "json"), text)
      })
  }
}
