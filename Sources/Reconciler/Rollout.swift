public import DesiredState
public import JSON
public import KubernetesAPI

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
            "waiting for \(reference): \(status.ready) of \(status.desired) pods are ready, "
              + "\(status.updated) updated"))
      }
      last = status
      guard host.now() < deadline else {
        let problems = try podProblems(reference)
        throw ReconcileFailure(
          problems.prefix(10).map { Message($0.description) } + [
            Message(
              "\(reference): \(status.ready) of \(status.desired) pods are ready after "
                + "\(patience.components.seconds) s")
          ], isLasting: false)
      }
      host.wait(.seconds(1))
    }
  }

  /// What keeps pods of a DaemonSet from being ready; what may not be read is left out.
  public func podProblems(
    _ daemonSet: ObjectReference
  ) throws(ReconcileFailure) -> [PodProblem] {
    do throws(KubernetesError) {
      let live = try client.object(daemonSet)
      let labels = live?["spec"]?["selector"]?["matchLabels"]?.object ?? [:]
      guard let type = ResourceType.named("Pod"), !labels.isEmpty else { return [] }
      let pods =
        try client.list(
          type, namespace: scope.namespace, labels: labels.compactMapValues(\.string)) ?? []
      let events =
        try client.send(
          APIRequest(
            "GET", APIRequest.path("api", "v1", "namespaces", scope.namespace, "events"),
            query: [
              (
                name: "fieldSelector",
                value:
                  "involvedObject.kind=DaemonSet,involvedObject.name=\(daemonSet.name),type=Warning"
              )
            ])
        ).json()["items"]?.array ?? []
      let warnings = events.compactMap { $0["message"]?.string }
      return Set(warnings).sorted().map { PodProblem(subject: "\(daemonSet)", reason: $0) }
        + pods.compactMap(PodProblem.init(pod:)).sorted { $0.subject < $1.subject }
    } catch {
      if error.problem == .forbidden || error.problem == .notFound { return [] }
      throw ReconcileFailure(daemonSet, error)
    }
  }
}

extension PodProblem {
  /// Nil for a pod that is ready.
  init?(pod: JSONValue) {
    let status = pod["status"]
    let conditions = status?["conditions"]?.array ?? []
    func condition(_ type: String) -> JSONValue? { conditions.first { $0["type"]?.string == type } }
    if condition("Ready")?["status"] == "True" { return nil }
    let node = pod["spec"]?["nodeName"]?.string
    subject = "pod/\(pod.objectName)" + (node.map { " on \($0)" } ?? "")
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
    reason = status?["reason"]?.string ?? "not ready (\(status?["phase"]?.string ?? "unknown"))"
  }
}
