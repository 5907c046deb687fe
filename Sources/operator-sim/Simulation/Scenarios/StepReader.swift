/// Reads the steps of a scenario file.
struct StepReader {
  let list: FileValue
  /// How often all of them happen.
  let repeats: FileValue?

  /// What a file calls a step.
  enum Word: String, CaseIterable {
    case live, rollout, reboot, kill
    case switchLayout = "switch-layout"
    case undoneSwitch = "undone-switch"
    case upgrade
    case powerCut = "power-cut"
    case compaction
    case sparseFiles = "sparse-files"
    case busyQueue = "busy-queue"
    case sidecarCrash = "sidecar-crash"
    case collectorCrash = "collector-crash"
    case collectorBackoff = "collector-backoff"
    case outage
    case tokenExpiry = "token-expiry"
    case fillMap = "fill-map"
    case emptyMap = "empty-map"
    case rotateLogs = "rotate-logs"
    case addNodes = "add-nodes"
    case removeNodes = "remove-nodes"

    /// Words that say nothing alone, and how they do.
    var example: String? {
      switch self {
      case .live: "{do: live, for: 4s}"
      case .addNodes, .removeNodes: "{do: \(rawValue), count: 2}"
      default: nil
      }
    }
  }

  /// What a file says that goes wrong while a rollout replaces a pod.
  enum Fault: String, CaseIterable {
    case outageAtStart = "outage-at-start"
    case outageAtShutdown = "outage-at-shutdown"
    case backendOutage = "backend-outage"
    case rotations
    case slowBackend = "slow-backend"
    case proxy404 = "proxy-404"
    case movedDirectory = "moved-directory"
    case hostilePayload = "hostile-payload"
    case unsoundDatabase = "unsound-database"

    var fault: Step.RolloutFault {
      switch self {
      case .outageAtStart: .outageAtStart
      case .outageAtShutdown: .outageAtShutdown
      case .backendOutage: .backendOutage
      case .rotations: .rotations
      case .slowBackend: .slowBackend
      case .proxy404: .proxyAnswers
      case .movedDirectory: .movedDirectory
      case .hostilePayload: .damage(.hostilePayload)
      case .unsoundDatabase: .damage(.unsoundDatabase)
      }
    }
  }

  func steps() -> [PlannedStep] {
    let elements = list.elements()
    if elements?.isEmpty == true { list.reject(expected: "at least one step") }
    let once = (elements ?? []).compactMap(step)
    let count = repeats?.integer(in: 1...1000) ?? 1
    if let repeats, count > 1, once.contains(where: { $0.time != nil }) {
      repeats.reject(expected: "no repetition where steps have times (at)")
    }
    guard once.count * count <= ScenarioFile.stepLimit else {
      list.reject(expected: "at most \(ScenarioFile.stepLimit) steps, repetitions included")
      return []
    }
    checkOrder(once)
    return (0..<count).flatMap { _ in once }
  }

  /// What moves pods happens one after the other: a time before that of an earlier step would never
  /// come.
  private func checkOrder(_ steps: [PlannedStep]) {
    let times = steps.filter { !$0.step.isBackground }.compactMap(\.time)
    if zip(times, times.dropFirst()).contains(where: { $0 > $1 }) {
      list.reject(
        expected: "steps in the order of their times, but for outages and what else goes on beside")
    }
  }

  /// `rollout`, or `{do: rollout, at: 5s, nodes: [node-1]}`.
  private func step(_ value: FileValue) -> PlannedStep? {
    if value.isScalar {
      guard let word: Word = value.choice() else { return nil }
      if let example = word.example { value.reject(expected: example) }
      return step(word, nil)
    }
    let members = FileMapping(value)
    guard let word: Word = members.required("do", expected: "what is done")?.choice() else {
      return nil
    }
    let time = members["at"]?.time()
    var step = step(word, members)
    members.rejectUnknownKeys()
    step?.time = time
    return step
  }

  /// - Parameter members: what stands beside its word; nil: nothing.
  private func step(_ word: Word, _ members: FileMapping?) -> PlannedStep? {
    switch word {
    case .live:
      return members?.required("for", expected: "a time like 4s")?.time().map {
        PlannedStep(.live($0))
      }
    case .rollout: return rollout(members)
    case .reboot: return onNodes(.reboot, members)
    case .kill: return onNodes(.kill, members)
    case .powerCut: return onNodes(.powerCut, members)
    case .compaction: return lasting(.compaction, members)
    case .sparseFiles: return onNodes(.sparseFiles, members)
    case .busyQueue: return lasting(.busyQueue, members)
    case .switchLayout: return PlannedStep(.switchLayout)
    case .undoneSwitch: return PlannedStep(.undoneSwitch)
    case .upgrade: return PlannedStep(.upgrade)
    case .sidecarCrash: return onNodes(.crash(.sync), members)
    case .collectorCrash: return onNodes(.crash(.collector), members)
    case .collectorBackoff: return lasting(.crash(.collectorBackoff), members)
    case .outage: return PlannedStep(.outage, for: members?["for"]?.time())
    case .tokenExpiry: return PlannedStep(.expireTokens)
    case .fillMap: return PlannedStep(.fillMap)
    case .emptyMap: return PlannedStep(.emptyMap)
    case .rotateLogs: return PlannedStep(.rotateLogs)
    case .addNodes: return count(members).map { PlannedStep(.addNodes($0)) }
    case .removeNodes: return count(members).map { PlannedStep(.removeNodes($0)) }
    }
  }

  private func rollout(_ members: FileMapping?) -> PlannedStep? {
    var step = onNodes(.rollout(.none), members)
    guard let during = members?["with"] else { return step }
    step.length = members?["for"]?.time()
    guard let fault: Fault = during.choice() else { return nil }
    step.step = .rollout(fault.fault)
    return step
  }

  private func onNodes(_ step: Step, _ members: FileMapping?) -> PlannedStep {
    PlannedStep(step, nodes: members?["nodes"]?.texts())
  }

  private func lasting(_ step: Step, _ members: FileMapping?) -> PlannedStep {
    var step = onNodes(step, members)
    step.length = members?["for"]?.time()
    return step
  }

  private func count(_ members: FileMapping?) -> Int? {
    members?.required("count", expected: "how many nodes")?.integer(
      in: 1...SimulationOptions.nodeLimitInVirtualTime)
  }
}
