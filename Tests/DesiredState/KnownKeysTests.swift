import FilelogJSON
import Foundation
import Testing

@testable import DesiredState

/// Whether collectors know the components and keys of what is rendered: a collector that finds one it
/// does not know ends.
@Suite struct KnownKeysTests {
  @Test(arguments: GoldenCase.collectors)
  func goldenConfigurationsHoldOnlyKeysThatTheirCollectorsKnow(_ golden: GoldenCase) throws {
    try check(DesiredStateInput(golden.request()))
  }

  @Test(arguments: Array(UInt64(1)...50))
  func randomConfigurationsHoldOnlyKeysThatTheirCollectorsKnow(_ seed: UInt64) throws {
    var random = RandomInput(seed: seed)
    try check(DesiredStateInput(random.request()))
  }

  @Test func unknownComponentsAndKeysAreFound() throws {
    let keys = try CollectorKeys()
    let tree: JSONValue = [
      "receivers": ["file_log": ["include": ["a"], "inclde": []], "syslog": [:]],
      "service": ["telemetry": ["resource": ["attributes": [["nam": "x"]]]]],
    ]
    #expect(
      keys.problems(of: tree, in: try #require(version("0.156.0"))) == [
        "receivers.file_log.inclde", "receivers.syslog",
        "service.telemetry.resource.attributes[0].nam",
      ])
    #expect(
      keys.problems(of: ["receivers": ["file_log": [:]]], in: try #require(version("0.140.0")))
        == ["receivers.file_log"])
  }

  /// Against every listed version from the one on that the image is known to be; names that all
  /// collectors know, against all.
  private func check(_ input: DesiredStateInput) throws {
    let keys = try CollectorKeys()
    let tree = CollectorConfiguration(input).tree
    let isCurrent = input.values.images.collectorProgram.knowsCurrentNames
    let least = try #require(version(isCurrent ? "0.151.0" : "0.0.0"))
    let versions = keys.versions.filter { $0 >= least }
    #expect(!versions.isEmpty)
    for version in versions {
      #expect(keys.problems(of: tree, in: version) == [], "\(version)")
    }
  }

  private func version(_ text: String) -> CollectorProgram.Version? {
    CollectorProgram.Version(text)
  }
}

/// `helm-fixtures/collector-keys.json`.
struct CollectorKeys {
  let versions: [CollectorProgram.Version]
  private let sections: JSONValue

  init() throws {
    let data = try Data(contentsOf: URL(filePath: GoldenCase.directory + "/collector-keys.json"))
    sections = try JSONValue(parsing: [UInt8](data))
    versions = (sections["versions"]?.array ?? []).compactMap {
      CollectorProgram.Version("\($0.string ?? "").0")
    }
  }

  /// The places of what a version does not know, sorted.
  func problems(of tree: JSONValue, in version: CollectorProgram.Version) -> [String] {
    var problems: [String] = []
    for (section, content) in tree.object ?? [:] {
      guard let known = sections[section] else {
        problems.append(section)
        continue
      }
      if section == "service" {
        check(content, known, section, version, &problems)
        continue
      }
      for (name, component) in content.object ?? [:] {
        let place = "\(section).\(name)"
        guard let keys = keys(ofType: name, in: known, version) else {
          problems.append(place)
          continue
        }
        check(component, keys, place, version, &problems)
      }
    }
    return problems.sorted()
  }

  private func keys(
    ofType name: String, in known: JSONValue, _ version: CollectorProgram.Version
  ) -> JSONValue? {
    guard let keys = known[String(name.prefix { $0 != "/" })], isKnown(keys, version) else {
      return nil
    }
    return keys["@as"]?.string.flatMap { known[$0] } ?? keys
  }

  private func check(
    _ value: JSONValue, _ keys: JSONValue, _ place: String, _ version: CollectorProgram.Version,
    _ problems: inout [String]
  ) {
    let keys = keys["@is"] ?? keys
    if let element = keys[0] {
      for (index, member) in (value.array ?? []).enumerated() {
        check(member, element, "\(place)[\(index)]", version, &problems)
      }
      if value.array == nil { problems.append(place) }
    } else if case .object(let members) = value, case .object(let known) = keys {
      for (name, member) in members {
        guard let next = known[name] ?? known["*"], isKnown(next, version) else {
          problems.append("\(place).\(name)")
          continue
        }
        check(member, next, "\(place).\(name)", version, &problems)
      }
    } else if case .object = value, keys != true {
      problems.append(place)
    }
  }

  private func isKnown(_ keys: JSONValue, _ version: CollectorProgram.Version) -> Bool {
    func limit(_ name: String) -> CollectorProgram.Version? {
      keys[name]?.string.flatMap { CollectorProgram.Version($0 + ".0") }
    }
    return limit("@since").map { version >= $0 } ?? true
      && limit("@until").map { version < $0 } ?? true
  }
}
