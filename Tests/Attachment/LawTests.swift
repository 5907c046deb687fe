import Attachment
import DesiredState
import FilelogContract
import FilelogJSON
import FilelogSystemCalls
import FilelogYAML
import FoundationEssentials
import TestSupport
import Testing

@testable import operator_sim

/// What holds for every input.
@Suite struct LawTests {
  @Test(arguments: AttachCase.attached)
  func attachTwiceIsOnceAndDetachGivesTheInput(_ golden: AttachCase) throws {
    let violations = try Laws().violations(golden.input(), golden.options(), golden.attached())
    #expect(violations == [])
  }

  /// The same where the configuration's file is mounted over.
  @Test(arguments: AttachCase.attached)
  func lawsHoldWhereTheConfigurationIsMounted(_ golden: AttachCase) throws {
    var options = try golden.options()
    options.mountsConfiguration = true
    let result = try Attacher(file: "input").attach(golden.input(), options)
    #expect(result.output != nil, "\(result.report.lines)")
    #expect(try Laws().violations(golden.input(), options, result) == [])
  }

  /// Each way can follow the other: nothing of the former is left.
  @Test(arguments: AttachCase.attached)
  func oneWayTakesThePlaceOfTheOther(_ golden: AttachCase) throws {
    let byArgument = try golden.options()
    var byFile = byArgument
    byFile.mountsConfiguration = true
    let attacher = Attacher(file: "input")
    let arguments = try #require(golden.attached().output)
    let mounted = try #require(try attacher.attach(golden.input(), byFile).output)
    #expect(try attacher.attach(arguments, byFile).output == mounted)
    #expect(try attacher.attach(mounted, byArgument).output == arguments)
  }

  /// What is not attached to comes out byte for byte.
  @Test(arguments: AttachCase.attached.filter { $0.format == "yaml" })
  func otherDocumentsKeepTheirBytes(_ golden: AttachCase) throws {
    let result = try golden.attached()
    let output = String(decoding: try #require(result.output), as: UTF8.self)
    let text = String(decoding: try golden.input(), as: UTF8.self)
    for document in text.split(separator: "\n---") where !document.contains("DaemonSet") {
      guard !document.contains("OpenTelemetryCollector") else { continue }
      #expect(output.contains(document), "\(document)")
    }
  }

  /// Documents may stand in any order: the same objects come out.
  @Test(
    arguments: AttachCase.attached.filter {
      $0.format == "yaml" && !["list", "resource-list", "document-end-marks"].contains($0.name)
    })
  func orderOfDocumentsDoesNotMatter(_ golden: AttachCase) throws {
    let text = String(decoding: try golden.input().drop { $0 >= 0x80 }, as: UTF8.self)
    let lineBreak = text.contains("\r\n") ? "\r\n" : "\n"
    let documents = ("\n" + text).split(separator: "\n---" + lineBreak).map(String.init)
    let reversed = documents.reversed().map { "---" + lineBreak + $0 + "\n" }.joined()
    let options = try golden.options()
    let one = try golden.attached()
    let other = try Attacher(file: "input").attach(Array(reversed.utf8), options)
    #expect(try Self.objects(one) == Self.objects(other))
    #expect(Set(one.report.lines) == Set(other.report.lines))
  }

  private static func objects(_ result: Attacher.Result) throws -> Set<JSONValue> {
    let output = try #require(result.output)
    return Set(
      try YAML.documents(output, file: "output").compactMap { try? $0.root.get().value })
  }

  @Test(arguments: UInt64(1)...60)
  func lawsHoldForGeneratedManifests(_ seed: UInt64) throws {
    var manifests = RandomManifests(seed: seed)
    let input = Array(manifests.stream().utf8)
    var options = AttachOptions(image: ContainerImage("registry.example.com/sync:1"))
    options.layout = manifests.chance() ? .shared : .perNode
    options.kubernetesVersion = manifests.chance() ? KubernetesVersion(major: 1, minor: 31) : nil
    options.existingVolume = .replace
    options.mountsConfiguration = manifests.chance()
    let result = try Attacher(file: "input").attach(input, options)
    #expect(result.output != nil, "\(result.report.lines)")
    let violations = try Laws().violations(input, options, result)
    #expect(violations == [], "\(String(decoding: input, as: UTF8.self))")
  }

  /// Hostile bytes are refused, or read, and never trap.
  @Test(arguments: UInt64(1)...60)
  func damagedInputIsRefusedOrRead(_ seed: UInt64) throws {
    var random = SeededRandom(seed: seed)
    let golden = AttachCase.attached[Int(seed) % AttachCase.attached.count]
    var bytes = try golden.attached().output ?? []
    for _ in 0..<Int.random(in: 1...6, using: &random) where !bytes.isEmpty {
      let index = Int.random(in: bytes.indices, using: &random)
      switch Int.random(in: 0...3, using: &random) {
      case 0: bytes[index] = UInt8.random(in: 0...255, using: &random)
      case 1: bytes.remove(at: index)
      case 2:
        bytes.insert(UInt8("\n{}[]:-&*'\"#".utf8.randomElement(using: &random) ?? 0), at: index)
      default: bytes.removeSubrange(index..<min(index + 40, bytes.count))
      }
    }
    let attacher = Attacher(file: "input")
    for _ in 0..<2 {
      let detached = try? attacher.detach(bytes)
      #expect(detached.map { $0.output != nil || $0.report.hasRefusals } ?? true)
      let attached = try? attacher.attach(bytes, golden.options())
      #expect(attached.map { $0.output != nil || $0.report.hasRefusals } ?? true)
    }
  }
}

/// Manifests that real charts rendered, from a directory that `ATTACH_FIXTURES` names.
@Suite(.enabled(if: RenderedChart.root != nil, "ATTACH_FIXTURES: not set"))
struct RenderedChartTests {
  @Test(arguments: RenderedChart.all)
  func lawsHoldForRenderedCharts(_ chart: RenderedChart) throws {
    for volume in [nil, AttachOptions.ExistingVolume.keep, .replace] {
      var options = AttachOptions(image: ContainerImage("registry.example.com/sync:1"))
      options.namespace = "logs"
      options.existingVolume = volume
      options.allowsNone = true
      for mounts in [false, true] {
        options.mountsConfiguration = mounts
        let result = try Attacher(file: "input").attach(chart.bytes, options)
        #expect(try Laws().violations(chart.bytes, options, result) == [])
      }
    }
  }
}

struct RenderedChart: CustomStringConvertible, Sendable {
  let name: String
  let bytes: [UInt8]

  var description: String { name }

  static let root = ProcessInfo.processInfo.environment["ATTACH_FIXTURES"]

  /// Each directory of a directory of a project, its files one behind the other.
  static let all: [RenderedChart] = {
    guard let root else { return [] }
    let files = HostFiles.list(root).filter { $0.hasSuffix(".yaml") }
    let examples = Dictionary(grouping: files) { file in
      file.split(separator: "/").dropLast().joined(separator: "/")
    }
    return examples.sorted { $0.key < $1.key }.map { example, files in
      RenderedChart(
        name: example, bytes: files.flatMap { (try? HostFiles.read("\(root)/\($0)")) ?? [] })
    }
  }()
}
