internal import DesiredState
internal import FilelogContract
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// An admission policy is in force before the permissions exist that it limits.
enum AdmissionOrder {
  private static let policies = ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"]
  private static let permissions = ["Role", "RoleBinding"]

  static func sorted(_ manifests: [Manifest]) -> [Manifest] {
    guard let first = manifests.firstIndex(where: { permissions.contains($0.kind) }) else {
      return manifests
    }
    let late = manifests[first...].filter { policies.contains($0.kind) }
    let others = manifests[first...].filter { !policies.contains($0.kind) }
    return manifests[..<first] + late + others
  }

  static func isPolicy(_ reference: ObjectReference) -> Bool {
    policies.contains(reference.type.kind)
  }
}

extension Reconciler {
  /// How long a policy may take to come into force; measured: 0.95 s after its binding was written.
  private static let longestDelay = Duration.seconds(5)
  /// Waited where it cannot be tried out.
  private static let blindDelay = Duration.seconds(2)

  /// Waits until the API server refuses what the policy forbids: a config map made by the release's
  /// service account without a node, tried in a dry run as that account.
  func waitForPolicy(_ plan: [PlannedObject]) {
    guard
      let account = plan.first(where: { $0.reference.type.kind == "ServiceAccount" })?.reference,
      let type = ResourceType.named("ConfigMap")
    else { return }
    let name = Contract.offsetsConfigMapName(release: scope.release) + "-trial"
    let object: JSONValue = [
      "apiVersion": "v1", "kind": "ConfigMap",
      "metadata": ["name": .string(name), "namespace": .string(scope.namespace)],
    ]
    var request = APIRequest(
      "POST", type.path(namespace: scope.namespace), query: [(name: "dryRun", value: "All")],
      contentType: MediaType.json, body: JSONWriter.compact.bytes(object))
    request.impersonation = Impersonation(
      user: "system:serviceaccount:\(scope.namespace):\(account.name)", groups: ["system:masters"])
    let deadline = host.now() + Self.longestDelay
    while host.now() < deadline, !host.isStopRequested() {
      do throws(KubernetesError) {
        _ = try client.send(request)
      } catch {
        if error.problem == .denied { return }
        // The caller may not act as another user.
        host.wait(Self.blindDelay)
        return
      }
      host.wait(.milliseconds(100))
    }
    say(
      .note("the admission policy refuses nothing yet; what it forbids is possible until it does"))
  }
}
