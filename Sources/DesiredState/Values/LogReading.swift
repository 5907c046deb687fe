internal import FilelogContract
internal import FilelogJSON
internal import FilelogText

extension LogReading {
  init(_ collectors: ObjectReader) {
    startAt = collectors["filelogStartAt"].choice() ?? .beginning
    rotatedFiles = collectors["filelogRotatedFiles"].choice()
    let directories = collectors["filelogExtraLogDirectories"]
    var found: [String] = []
    for element in directories.elements() {
      let path = element.requiredText(.absolutePath)
      let isUsual = [Contract.LogDirectory.pods, Contract.LogDirectory.docker].contains {
        path == $0 || path.hasPrefix($0 + "/")
      }
      if path == "/" || isUsual || found.contains(path) {
        element.reject(expected: "a directory that is not mounted already")
      }
      found.append(path)
    }
    extraDirectories = found
  }
}

extension SyncTiming {
  /// Shorter, and the store of one look would not be over at the next; longer, and a pod that is
  /// killed repeats more than anybody wants.
  private static let intervals = 1...300
  /// A collector that needs longer than an hour to stop is stuck.
  private static let deadlines = 5...3600

  init(_ collectors: ObjectReader) {
    intervalSeconds = Self.seconds(collectors["filelogOffsetSyncInterval"], in: Self.intervals)
    let deadline = Self.seconds(
      collectors["filelogOffsetSyncShutdownDeadline"], in: Self.deadlines)
    shutdownDeadlineSeconds =
      deadline
      ?? ShutdownTiming.deadlineSeconds(gracePeriodSeconds: ShutdownTiming.gracePeriodSeconds)
    isDeadlineGiven = deadline != nil
  }

  /// Whole seconds; nil when missing.
  private static func seconds(_ reader: ValueReader, in range: ClosedRange<Int>) -> Int? {
    guard reader.isPresent, !reader.isEmptyText else { return nil }
    if case .scalar(.string(let text))? = reader.value?.kind, let duration = Duration(text: text),
      duration.components.attoseconds == 0
    {
      let seconds = Int(duration.components.seconds)
      if range.contains(seconds) { return seconds }
    }
    reader.reject(
      expected: "whole seconds from \(range.lowerBound)s to \(range.upperBound)s, like 10s or 1m")
    return nil
  }
}

/// `daemonSetUpdateStrategy`: Kubernetes' own structure, checked and passed through.
enum UpdateStrategy {
  static func read(_ reader: ValueReader) -> JSONValue {
    let fields = reader.object()
    let type = fields["type"]
    var strategy: JSONValue = ["type": "RollingUpdate"]
    if type.isPresent {
      strategy["type"] = Shape.word(["OnDelete", "RollingUpdate"]).read(type)
    }
    let rolling = fields["rollingUpdate"]
    let members = rolling.object()
    let unavailable = members["maxUnavailable"]
    let surge = members["maxSurge"]
    if rolling.isPresent, strategy["type"] == "OnDelete" {
      rolling.reject(found: "rollingUpdate beside OnDelete", expected: "one of the two")
    }
    if surge.isPresent, surge.value?.json != 0, surge.value?.json != "0" {
      surge.reject(expected: "0: two collectors on a node would read the same files")
    }
    if unavailable.isPresent {
      if !isAmount(unavailable.value?.json) {
        unavailable.reject(expected: "a number of nodes from 1, or a percentage like 10%")
      }
      strategy["rollingUpdate"] = .object(
        omittingNil: ["maxUnavailable": unavailable.value?.json])
    }
    members.rejectUnknownKeys()
    fields.rejectUnknownKeys()
    return strategy
  }

  private static func isAmount(_ value: JSONValue?) -> Bool {
    if let number = value?.integer { return number >= 1 }
    guard let text = value?.string, text.hasSuffix("%"), let percent = Int(text.dropLast()) else {
      return false
    }
    return (1...100).contains(percent)
  }
}

extension ExtraSecurityContexts {
  /// `daemonSetPodSecurityContext` and `daemonSetContainerSecurityContext`: what some platforms need
  /// besides, or in place of, the contexts that the operator writes. The user is always the same: it is
  /// whom a volume is handed to.
  init(_ collectors: ObjectReader) {
    let shared: [String: Shape] = [
      "appArmorProfile": Self.profile, "seLinuxOptions": Self.seLinux,
      "seccompProfile": Self.profile,
    ]
    let forPods: [String: Shape] = [
      "fsGroup": .integer(0...Int(Int32.max)),
      "fsGroupChangePolicy": .word(["Always", "OnRootMismatch"]),
      "supplementalGroups": .list(of: .integer(0...Int(Int32.max)), atLeast: 0),
    ]
    pod =
      Shape.object(required: [:], optional: shared.merging(forPods) { $1 })
      .read(collectors["daemonSetPodSecurityContext"])?.object ?? [:]
    containers =
      Shape.object(required: [:], optional: shared)
      .read(collectors["daemonSetContainerSecurityContext"])?.object ?? [:]
  }

  private static var profile: Shape {
    .object(
      required: ["type": .word(["Localhost", "RuntimeDefault", "Unconfined"])],
      optional: ["localhostProfile": .text(.any)])
  }

  private static var seLinux: Shape {
    let text = Shape.text(.any)
    return .object(
      required: [:], optional: ["level": text, "role": text, "type": text, "user": text])
  }
}
