public import FilelogJSON
internal import FilelogYAML

/// Attaches offset synchronization to the collectors in a stream of manifests, and takes it away again.
///
/// Pure: bytes in, bytes and a report out. What is not changed stays byte for byte; attaching twice is
/// attaching once; detaching what was attached gives the bytes from before.
public struct Attacher: Sendable {
  /// What comes out.
  public struct Result: Sendable {
    /// The manifests; nil when something was refused: half of a stream must not be applied.
    public let output: [UInt8]?
    /// What became of every object.
    public let report: AttachReport
    /// The same as patches, with the objects that are added; empty when nothing was attached.
    public internal(set) var patches: [UInt8] = []
  }

  /// Input that is not manifests.
  public struct InvalidInput: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
  }

  /// As errors name the input, `stdin` for instance.
  private let file: String

  /// - Parameter file: as errors name the input.
  public init(file: String) { self.file = file }

  /// Attaches to every DaemonSet and `OpenTelemetryCollector` that collects log files.
  /// - Throws: ``InvalidInput`` for bytes that are not YAML or JSON.
  public func attach(_ bytes: [UInt8], _ options: AttachOptions) throws(InvalidInput) -> Result {
    var report = AttachReport()
    var stream = try read(bytes)
    noteUnread(stream, &report)
    var detachment = Detachment(file: file) { object in
      options.selection.isEmpty || options.selects(object)
    }
    if try !detachment.run(&stream), let failure = detachment.failure {
      report.add(failure.object, .refused, AttachMessage(failure.message))
      return Result(output: nil, report: report)
    }
    stream = try read(stream.bytes)
    let objects = stream.objects
    let judge = Judge(options: options, objects: objects)
    var insertion = Insertion()
    var shared = SharedResources()
    for object in objects {
      switch judge.judge(object) {
      case .ignored: continue
      case .skipped(let reason): report.add(object.reference, .skipped, reason)
      case .refused(let refusals):
        for refusal in refusals {
          report.add(object.reference, .refused, refusal.message, field: refusal.field)
        }
      case .attached(let planner, let notes):
        if let refusal = shared.conflict(of: planner) {
          report.add(object.reference, .refused, refusal.message, field: refusal.field)
        } else {
          insert(object, planner, notes, stream, &insertion, &report)
        }
      }
    }
    reportAbsent(options, objects, &report)
    refuseSharedConfiguration(options, &report)
    guard !report.hasRefusals else {
      if report.hasChanges {
        report.add(file, .note, "nothing is written, since something was refused")
      }
      return Result(output: nil, report: report)
    }
    do throws(EditFailure) {
      try stream.apply(insertion.edits, file: file)
    } catch {
      // Nothing is attached then.
      report.entries.removeAll { $0.outcome == .attached || $0.outcome == .note }
      refuse(error, stream, &report)
      return Result(output: nil, report: report)
    }
    stream.change(adding: insertion.documents, removing: [])
    return Result(output: stream.bytes, report: report, patches: insertion.patches.text)
  }

  /// All objects of a stream as one `v1` `List`, in order.
  public func list(_ bytes: [UInt8]) throws(InvalidInput) -> JSONValue {
    let items = try read(bytes).objects.map { Self.withWholeNumbers($0.value) }
    return ["apiVersion": "v1", "kind": "List", "items": .array(items)]
  }

  /// As kubectl makes JSON of YAML: `1.00065e+09` is a whole number, which the API server takes in no
  /// other form.
  private static func withWholeNumbers(_ value: JSONValue) -> JSONValue {
    switch value {
    case .number: value.wholeNumber.map(JSONValue.integer) ?? value
    case .array(let elements): .array(elements.map(withWholeNumbers))
    case .object(let members): .object(members.mapValues(withWholeNumbers))
    default: value
    }
  }

  /// All objects of a stream as documents in YAML, in order.
  public func yaml(_ bytes: [UInt8]) throws(InvalidInput) -> [UInt8] {
    let stream = try read(bytes)
    guard stream.form == .json else { return bytes }
    let lines = stream.objects.flatMap { ["---"] + BlockText.lines($0.value, indent: 0) }
    return Array(lines.map { $0 + "\n" }.joined().utf8)
  }

  /// Takes back what ``attach(_:_:)`` did.
  /// - Parameters:
  ///   - bytes: the stream, as ``attach(_:_:)`` left it.
  ///   - selection: `daemonset/agent`: only these; empty: everything.
  public func detach(
    _ bytes: [UInt8], selection: Set<String> = []
  ) throws(InvalidInput) -> Result {
    var report = AttachReport()
    var stream = try read(bytes)
    refuseAbsent(selection, stream.objects, &report)
    guard !report.hasRefusals else { return Result(output: nil, report: report) }
    var detachment = Detachment(file: file) { object in
      selection.isEmpty || selection.contains(where: object.isCalled)
    }
    let isDone = try detachment.run(&stream)
    for reference in detachment.detached {
      report.add(
        reference, .detached,
        "offsets stay in the config maps until they are deleted; the next pods start without them")
    }
    if !isDone, let failure = detachment.failure {
      report.add(failure.object, .refused, AttachMessage(failure.message))
      return Result(output: nil, report: report)
    }
    if detachment.detached.isEmpty {
      report.add(file, .note, "nothing is attached: no object has a record of it")
    }
    return Result(output: stream.bytes, report: report)
  }

  // MARK: Parts

  /// Edits and added objects, by document.
  private struct Insertion {
    var edits: [Int: [Edit]] = [:]
    var documents: [Int: [JSONValue]] = [:]
    var patches = Patches()
  }

  private func insert(
    _ object: StreamObject, _ planner: WorkloadPlanner, _ notes: [AttachMessage],
    _ stream: DocumentStream,
    _ insertion: inout Insertion, _ report: inout AttachReport
  ) {
    guard case .success(let root)? = stream.pieces[object.document].root else { return }
    do throws(EditFailure) {
      let plan = try planner.plan(text: stream.pieces[object.document].text, root: root)
      insertion.edits[object.document, default: []] += plan.edits.map { $0.below(object.prefix) }
      if case .index(let index)? = object.prefix.last {
        insertion.edits[object.document, default: []].append(
          .insert(Array(object.prefix.dropLast()), after: index, plan.added))
      } else {
        insertion.documents[object.document, default: []] += plan.added
      }
      insertion.patches.add(object, plan.edits, adding: plan.added)
      report.add(object.reference, .attached, AttachMessage(planner.summary))
      for note in notes { report.add(object.reference, .note, note) }
    } catch {
      var failure = error
      failure.document = object.document
      refuse(failure, stream, &report)
    }
  }

  /// Names the object and the line that a text does not allow to be changed.
  private func refuse(
    _ failure: EditFailure, _ stream: DocumentStream, _ report: inout AttachReport
  ) {
    let place = stream.place(of: failure)
    report.add(
      place.object?.reference ?? file, .refused, "\(failure.reason) (\(file):\(place.line))",
      field: AttachMessage(place.field))
  }

  private func read(_ bytes: [UInt8]) throws(InvalidInput) -> DocumentStream {
    guard !bytes.starts(with: [0xff, 0xfe]), !bytes.starts(with: [0xfe, 0xff]) else {
      throw InvalidInput(description: "\(file): is UTF-16; write it in UTF-8")
    }
    // Its notes may pass for fields of the last object.
    if bytes.starts(with: "NAME: ".utf8), bytes.firstRange(of: Array("\nMANIFEST:".utf8)) != nil {
      throw InvalidInput(
        description:
          "\(file): is what helm says of a release, not manifests; pipe the output of helm "
          + "template or helm get manifest")
    }
    do throws(YAMLError) {
      return try DocumentStream(bytes, file: file)
    } catch {
      throw InvalidInput(description: "\(error)" + Self.hint(bytes))
    }
  }

  private static func hint(_ bytes: [UInt8]) -> String {
    let isTemplate = bytes.indices.dropLast().contains {
      bytes[$0] == UInt8(ascii: "{") && bytes[$0 + 1] == UInt8(ascii: "{")
    }
    return isTemplate ? "; a template is not rendered: pipe the output of helm template" : ""
  }

  /// Documents that could be a workload and are not accepted are refused; others pass.
  private func noteUnread(_ stream: DocumentStream, _ report: inout AttachReport) {
    var line = 0
    for piece in stream.pieces {
      if case .failure(let error)? = piece.root, Self.mayBeWorkload(piece.text) {
        report.add(
          "\(file):\(line + error.line)", .refused,
          AttachMessage(error.message + Self.hint(piece.text)))
      }
      line += Line.number(of: piece.text.count, in: piece.text) - 1
    }
  }

  private static func mayBeWorkload(_ text: [UInt8]) -> Bool {
    ["DaemonSet", "OpenTelemetryCollector", "List"].contains { kind in
      let words = Array(kind.utf8)
      return text.firstRange(of: words) != nil
    }
  }

  /// What is given stands for one collector's configuration.
  private func refuseSharedConfiguration(_ options: AttachOptions, _ report: inout AttachReport) {
    let daemonSets = report.entries.filter {
      $0.outcome == .attached && $0.object.hasPrefix("daemonset/")
    }
    guard !options.configuration.isEmpty, daemonSets.count > 1 else { return }
    report.add(
      file, .refused,
      "would be the configuration of \(daemonSets.map(\.object).joined(separator: ", ")) alike; choose "
        + "one with \(option: .selection), and attach the others by themselves",
      field: AttachMessage(.configuration))
  }

  private func refuseAbsent(
    _ selection: Set<String>, _ objects: [StreamObject], _ report: inout AttachReport
  ) {
    for name in selection.sorted() where !objects.contains(where: { $0.isCalled(name) }) {
      report.add(name, .refused, "is not in the input; correct \(option: .selection)")
    }
  }

  private func reportAbsent(
    _ options: AttachOptions, _ objects: [StreamObject], _ report: inout AttachReport
  ) {
    refuseAbsent(options.selection, objects, &report)
    if !report.hasChanges, !report.hasRefusals, !options.allowsNone {
      report.add(
        file, .refused,
        "no object was attached; \(option: .allowNone) accepts that, for a post-renderer of several "
          + "charts")
    }
  }
}
