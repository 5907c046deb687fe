public import DesiredState
internal import FilelogContract
public import FilelogJSON
public import FilelogKubernetesAPI

/// How far a DaemonSet's pods follow what it asks for.
public struct RolloutStatus: Hashable, Sendable {
  /// Nodes that a pod is meant for.
  public let desired: Int
  /// Pods of the current template.
  public let updated: Int
  /// Pods that are ready.
  public let ready: Int
  /// Pods that have been ready for long enough.
  public let available: Int
  /// The controller has seen the current template.
  public let isObserved: Bool

  /// - Parameter daemonSet: as the API server answers it.
  public init(_ daemonSet: JSONValue) {
    let status = daemonSet["status"]
    func number(_ name: String) -> Int { status?[name]?.integer ?? 0 }
    desired = number("desiredNumberScheduled")
    updated = number("updatedNumberScheduled")
    ready = number("numberReady")
    available = number("numberAvailable")
    let generation = daemonSet["metadata"]?["generation"]?.integer ?? 0
    isObserved = (status?["observedGeneration"]?.integer ?? 0) >= generation
  }

  /// As `kubectl rollout status` decides it.
  public var isComplete: Bool { isObserved && updated >= desired && available >= desired }
}

/// Why a pod, or a DaemonSet that has none, does not become ready.
public struct PodProblem: Hashable, Sendable, CustomStringConvertible {
  /// `pod/x on node-1`, or `daemonset.apps/x`.
  public let subject: String
  /// The kubelet's, the scheduler's or the controller's words.
  public let reason: String

  public var description: String { "\(subject): \(reason)" }
}

extension Reconciler {
  /// Waits until every node has a ready pod of the DaemonSet as it is now.
  /// - Throws: ``ReconcileFailure`` after `patience`, with a line for each of the first pods that are
  ///   not ready and what the DaemonSet's controller cannot do.
  public func waitForRollout(
    _ manifests: [Manifest], patience: Duration
  ) throws(ReconcileFailure) {
    guard let manifest = manifests.first(where: { $0.kind == "DaemonSet" }) else { return }
    let reference = manifest.reference
    let deadline = host.now() + patience
    var last: RolloutStatus?
    while true {
      try checkStop()
      let live: JSONValue?
      do {
        live = try attempt { () throws(KubernetesError) in try client.object(reference) }
      } catch {
        throw ReconcileFailure(reference, error)
      }
      let status = RolloutStatus(live ?? [:])
      if live != nil, status.isComplete {
        say(.note("\(reference): \(status.ready) of \(status.desired) pods are ready"))
        return
      }
      if status != last {
        say(
          .note(
            status.isObserved
              ? "waiting for \(reference): \(status.ready) of \(status.desired) pods are ready, "
                + "\(status.updated) updated"
              : "waiting for \(reference): the controller has not seen it yet"))
      }
      last = status
      guard host.now() < deadline else {
        let (problems, unseen) = try podProblems(reference)
        throw ReconcileFailure(
          problems.prefix(10).map { Message($0.description) }
            + unseen.map { Message(Self.reasonsUnseen($0, scope)) } + [
              Message(
                "\(reference): \(status.ready) of \(status.desired) pods are ready after "
                  + "\(patience.components.seconds) s")
            ], isLasting: false)
      }
      host.wait(.seconds(1))
    }
  }

  /// What keeps pods of a DaemonSet from being ready.
  /// - Returns: also the types that may not be listed, so that reasons may be missing.
  public func podProblems(
    _ daemonSet: ObjectReference
  ) throws(ReconcileFailure) -> (problems: [PodProblem], unseen: [String]) {
    var unseen: [String] = []
    let live = try seen(daemonSet, "daemonsets", &unseen) { () throws(KubernetesError) in
      try client.object(daemonSet)
    }
    let labels = live??["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
    guard let type = ResourceType.named("Pod"), !labels.isEmpty else { return ([], unseen) }
    let pods = try seen(daemonSet, "pods", &unseen) { () throws(KubernetesError) in
      try client.list(
        type, namespace: scope.namespace, labels: labels.compactMapValues(\.string)) ?? []
    }
    let status = RolloutStatus(live.flatMap(\.self) ?? [:])
    let ofDaemonSet = PodProblem.newest(
      try warnings(daemonSet, of: "DaemonSet", named: daemonSet.name, &unseen),
      hasAllPods: pods.map { $0.count >= status.desired } ?? false)
    let waiting = (pods ?? []).filter { PodProblem(pod: $0, warning: nil) != nil }
    var ofPods: [String: JSONValue] = [:]
    for event in waiting.isEmpty
      ? [] : try warnings(daemonSet, of: "Pod", named: nil, &unseen)
    {
      let pod = event["involvedObject"]?["name"]?.string ?? ""
      if Self.weight(of: ofPods[pod]) <= Self.weight(of: event) { ofPods[pod] = event }
    }
    let unobserved =
      status.isObserved ? [] : ["the DaemonSet controller has not looked at its last change yet"]
    let problems =
      (unobserved + ofDaemonSet.map { $0 + remedy(for: $0) })
      .map { PodProblem(subject: "\(daemonSet)", reason: $0) }
      + waiting.compactMap { PodProblem(pod: $0, warning: ofPods[$0.objectName]) }
      .sorted { $0.subject < $1.subject }
    return (problems, unseen)
  }

  /// Why reasons may be missing.
  public static func reasonsUnseen(_ plural: String, _ scope: ReleaseScope) -> String {
    "\(plural) may not be read in namespace \(scope.namespace), so that why pods are not ready may "
      + "be missing"
  }

  private func remedy(for reason: String) -> String {
    guard reason.contains("violates PodSecurity") else { return "" }
    return "; kubectl label namespace \(scope.namespace) pod-security.kubernetes.io/"
      + "enforce=privileged --overwrite lets the collector read the node's log files"
  }

  /// Nil for what may not be read, which is noted, or is not there.
  private func seen<Value>(
    _ daemonSet: ObjectReference, _ plural: String, _ unseen: inout [String],
    _ read: () throws(KubernetesError) -> Value
  ) throws(ReconcileFailure) -> Value? {
    do throws(KubernetesError) { return try read() } catch {
      if error.problem == .notFound { return nil }
      if error.problem == .forbidden {
        if !unseen.contains(plural) { unseen.append(plural) }
        return nil
      }
      throw ReconcileFailure(daemonSet, error)
    }
  }

  /// Events of the namespace that warn of something, the first 500.
  private func warnings(
    _ daemonSet: ObjectReference, of kind: String, named name: String?,
    _ unseen: inout [String]
  ) throws(ReconcileFailure) -> [JSONValue] {
    let selector =
      ["involvedObject.kind=\(kind)"] + (name.map { ["involvedObject.name=\($0)"] } ?? [])
    return try seen(daemonSet, "events", &unseen) { () throws(KubernetesError) in
      try client.send(
        APIRequest(
          "GET", APIRequest.path("api", "v1", "namespaces", scope.namespace, "events"),
          query: [
            (name: "fieldSelector", value: (selector + ["type=Warning"]).joined(separator: ",")),
            (name: "limit", value: "500"),
          ])
      ).json()["items"]?.array ?? []
    } ?? []
  }

  /// What failed tells more than what was merely noticed; then the later one. Times are texts of one
  /// form, which sort as they do.
  private static func weight(of event: JSONValue?) -> (Int, String) {
    (event?["reason"]?.string?.hasPrefix("Failed") == true ? 1 : 0, event?.eventTime ?? "")
  }
}

extension JSONValue {
  /// Of an event; text of one form, which sorts as time does.
  fileprivate var eventTime: String {
    self["series"]?["lastObservedTime"]?.string ?? self["lastTimestamp"]?.string
      ?? self["eventTime"]?.string ?? ""
  }
}

extension PodProblem {
  /// Of the warnings of a DaemonSet's controller the newest of each reason: each attempt is an event of
  /// its own.
  /// - Parameter hasAllPods: no pod is missing, so that what kept pods from being made has ended.
  static func newest(_ warnings: [JSONValue], hasAllPods: Bool) -> [String] {
    var newest: [String: JSONValue] = [:]
    for event in warnings {
      let reason = event["reason"]?.string ?? ""
      if hasAllPods, reason == "FailedCreate" { continue }
      if (newest[reason]?.eventTime ?? "") <= event.eventTime { newest[reason] = event }
    }
    let combined = "(combined from similar events): "
    return newest.sorted { $0.key < $1.key }.compactMap { event in
      event.value["message"]?.string.map {
        $0.hasPrefix(combined) ? String($0.dropFirst(combined.count)) : $0
      }
    }
  }

  /// Nil for a pod that is ready.
  /// - Parameter warning: the last event that warns of the pod, where its status tells no reason.
  init?(pod: JSONValue, warning: JSONValue?) {
    let status = pod["status"]
    let conditions = status?["conditions"]?.array ?? []
    func condition(_ type: String) -> JSONValue? { conditions.first { $0["type"]?.string == type } }
    if condition("Ready")?["status"] == "True" { return nil }
    let node = pod["spec"]?["nodeName"]?.string
    subject = "pod/\(pod.objectName)" + (node.map { " on \($0)" } ?? "")
    if pod.isBeingDeleted {
      reason = "is stopping"
      return
    }
    let containers =
      (status?["initContainerStatuses"]?.array ?? []) + (status?["containerStatuses"]?.array ?? [])
    for container in containers {
      guard let waiting = container["state"]?["waiting"], let reason = waiting["reason"]?.string,
        !["PodInitializing", "ContainerCreating"].contains(reason)
      else { continue }
      let message = waiting["message"]?.string.map { ": \($0)" } ?? ""
      self.reason = "container \(container["name"]?.string ?? ""): \(reason)\(message)"
      return
    }
    if let scheduled = condition("PodScheduled"), scheduled["status"] == "False" {
      reason = "not scheduled: \(scheduled["message"]?.string ?? "no reason given")"
      return
    }
    let initializing = (status?["initContainerStatuses"]?.array ?? []).first {
      $0["state"]?["running"] != nil && $0["name"]?.string != Contract.ContainerName.sync
    }
    if let name = initializing?["name"]?.string {
      reason = "init container \(name) has not ended; its log shows what it waits for"
      return
    }
    if status?["reason"] == nil, let message = warning?["message"]?.string {
      reason = "\(warning?["reason"]?.string ?? "warning"): \(message)"
      return
    }
    reason = status?["reason"]?.string ?? "not ready (\(status?["phase"]?.string ?? "unknown"))"
  }
}
