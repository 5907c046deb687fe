import Attachment
import DesiredState
import FilelogContract
import FilelogJSON
import FilelogYAML
import Synchronization
import TestSupport

/// One directory under `helm-fixtures/attach`: manifests, options, and what must come out.
struct AttachCase: CustomStringConvertible, Sendable {
  let name: String
  /// `yaml` or `json`.
  let format: String
  private let directory: String

  var description: String { name }

  static let root =
    #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    .joined(separator: "/") + "/helm-fixtures/attach/"

  static let all: [AttachCase] = {
    let cases = HostFiles.list(root).compactMap { file -> AttachCase? in
      let parts = file.split(separator: "/").map(String.init)
      guard parts.count == 2, parts[1].hasPrefix("input.") else { return nil }
      return AttachCase(
        name: parts[0], format: String(parts[1].dropFirst("input.".count)),
        directory: root + parts[0] + "/")
    }
    precondition(!cases.isEmpty, "\(root): no cases")
    return cases
  }()

  /// Those from which manifests come out.
  static let attached = all.filter { $0.hasFile("expected.\($0.format)") }

  func hasFile(_ name: String) -> Bool { (try? HostFiles.read(directory + name)) != nil }

  func path(_ name: String) -> String { directory + name }

  func input() throws -> [UInt8] { try HostFiles.read(directory + "input.\(format)") }

  /// What would stand on the command line.
  func options() throws -> AttachOptions {
    var options = AttachOptions(
      image: ContainerImage("registry.example.com/filelog-offset-sync:1.0.0"))
    guard let bytes = try? HostFiles.read(directory + "options.yaml"),
      let values = try YAML.parse(bytes, file: "options.yaml").first?.value
    else { return options }
    options.namespace = values["namespace"]?.string
    options.selection = Set((values["select"]?.array ?? []).compactMap(\.string))
    options.container = values["container"]?.string
    options.mapName = values["mapName"]?.string
    options.receivers = values["receivers"]?.string
    options.user = values["collectorUser"]?.string.map(Self.user)
    options.layout = values["layout"]?.string.flatMap(Contract.OffsetLayout.init) ?? .shared
    options.hasAdmissionPolicy = values["admissionPolicy"]?.bool ?? false
    options.kubernetesVersion = values["kubernetesVersion"]?.string.flatMap(KubernetesVersion.init)
    options.collectorVersion = values["collectorVersion"]?.string.flatMap(CollectorVersion.init)
    options.followsRotatedLogs = values["noRotatedLogs"]?.bool != true
    options.allowsNone = values["allowNone"]?.bool ?? false
    if values["configurationFile"]?.bool == true {
      options.configuration = [
        InputFile(
          name: "configuration.yaml", bytes: try HostFiles.read(directory + "configuration.yaml"))
      ]
    }
    switch values["existingVolume"]?.string {
    case "keep": options.existingVolume = .keep
    case "replace": options.existingVolume = .replace
    default: break
    }
    return options
  }

  private static let results = Mutex<[String: Attacher.Result]>([:])

  /// The case with its options, attached for the first test that asks.
  func attached() throws -> Attacher.Result {
    if let known = Self.results.withLock({ $0[name] }) { return known }
    let result = try Attacher(file: "input").attach(input(), options())
    Self.results.withLock { $0[name] = result }
    return result
  }

  private static func user(_ text: String) -> AttachOptions.CollectorUser {
    let ids = text.split(separator: ":").compactMap { Int($0) }
    return ids.isEmpty ? .platform : .ids(user: ids[0], group: ids.count > 1 ? ids[1] : nil)
  }
}

/// The laws, for any input.
struct Laws {
  let attacher = Attacher(file: "input")

  /// Every law that does not hold, and where it fails; empty when all do.
  /// - Parameter attached: what the input gave; nothing where it was refused.
  func violations(
    _ input: [UInt8], _ options: AttachOptions, _ attached: Attacher.Result
  ) throws -> [String] {
    guard let attached = attached.output else { return [] }
    var violations: [String] = []
    if let again = try attacher.attach(attached, options).output {
      if again != attached { violations.append("attach∘attach: " + difference(attached, again)) }
    } else {
      violations.append("attach∘attach is refused")
    }
    if let detached = try attacher.detach(attached).output {
      if detached != input { violations.append("detach∘attach: " + difference(input, detached)) }
    } else {
      violations.append("detach∘attach is refused")
    }
    return violations
  }

  private func difference(_ expected: [UInt8], _ found: [UInt8]) -> String {
    let same = zip(expected, found).prefix { $0 == $1 }.count
    func text(_ bytes: [UInt8]) -> String {
      String(decoding: bytes.dropFirst(max(0, same - 30)).prefix(80), as: UTF8.self)
    }
    return "at byte \(same): expected …\(text(expected))…, found …\(text(found))…"
  }
}
