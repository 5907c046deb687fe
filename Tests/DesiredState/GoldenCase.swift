import Foundation
import JSON
import Testing
import YAML

@testable import DesiredState

/// One folder under `helm-fixtures`: inputs beside the whole output that they must give.
struct GoldenCase: CustomTestStringConvertible, Sendable {
  let name: String

  var testDescription: String { name }

  static let directory: String =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/helm-fixtures"

  /// Every folder that has values.
  static let all: [GoldenCase] = {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
    return names.sorted().map(GoldenCase.init).filter { !$0.files(beginningWith: "values").isEmpty }
  }()

  /// What the case asks for: `values*.yaml` or `.json` in the order of their names,
  /// `monitoring*.yaml`, and from `options.yaml` what would stand on the command line.
  func request() throws -> DesiredStateRequest {
    let options = try self.options()
    var request = DesiredStateRequest(
      release: options["release"]?.string ?? "dash0-operator",
      namespace: options["namespace"]?.string ?? "dash0-system")
    request.values = try files(beginningWith: "values").map(inputFile)
    request.monitoring = try files(beginningWith: "monitoring").map(inputFile)
    request.sets = (options["set"]?.array ?? []).compactMap(\.string)
    request.kubernetesVersion = options["kubernetesVersion"]?.string
    request.clusterUID = options["clusterUID"]?.string
    if let version = options["chartVersion"]?.string { request.chartVersion = version }
    return request
  }

  /// What the case gives, text by file name: the manifests as `operator-sim render --output` writes
  /// them, and the tree of the collector's configuration.
  func output() throws -> [String: String] {
    let input = try DesiredStateInput(request())
    var files: [String: String] = [:]
    for (index, manifest) in assembleDesiredState(input).enumerated() {
      let name = manifest.fileName(at: index, format: "json")
      files["expected/\(name)"] = String(decoding: manifest.canonicalJSON, as: UTF8.self)
    }
    files["expected-configuration.json"] = JSONWriter.pretty.string(
      CollectorConfiguration(input).tree)
    return files
  }

  /// What was recorded, text by file name.
  func expected() throws -> [String: String] {
    let names = files(beginningWith: "", in: "expected").map { "expected/\($0)" }
    return try Dictionary(
      uniqueKeysWithValues: (names + files(beginningWith: "expected-")).map { ($0, try text($0)) })
  }

  /// Replaces what was recorded.
  func record(_ output: [String: String]) throws {
    let folder = "\(Self.directory)/\(name)"
    try? FileManager.default.removeItem(atPath: "\(folder)/expected")
    try FileManager.default.createDirectory(
      atPath: "\(folder)/expected", withIntermediateDirectories: true)
    for (name, text) in output {
      try Data(text.utf8).write(to: URL(filePath: "\(folder)/\(name)"))
    }
  }

  private func options() throws -> JSONValue {
    guard !files(beginningWith: "options").isEmpty else { return [:] }
    return try YAML.parse(try text("options.yaml"), file: "options.yaml").first?.value ?? [:]
  }

  private func files(beginningWith prefix: String, in folder: String = "") -> [String] {
    let path = "\(Self.directory)/\(name)/\(folder)"
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
