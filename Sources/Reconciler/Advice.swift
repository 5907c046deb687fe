internal import FilelogKubernetesAPI

/// What an error means for an object, and what to do about it.
enum Advice {
  static func message(_ reference: ObjectReference, _ error: KubernetesError) -> Message {
    guard let status = error.status, let advice = advice(reference, status) else {
      return Message("\(reference): \(error)", error.remedy)
    }
    return Message("\(reference): \(advice.text)", advice.remedy)
  }

  private static func advice(
    _ reference: ObjectReference, _ status: KubernetesStatus
  ) -> Message? {
    let conflicts = FieldConflict.list(status)
    if !conflicts.isEmpty {
      return Message("conflict: \(FieldConflict.present(conflicts))", .forceConflicts)
    }
    if isAdmission(status) {
      return Message("refused by admission: \(status.message); change the values, or the policy")
    }
    switch status.problem {
    case .forbidden where status.message.contains("attempting to grant RBAC permissions"):
      return Message(
        "not permitted: \(status.message); a user can grant only what the user may do: ask for the "
          + "verbs escalate and bind on \(reference.type.plural), or have an administrator apply it"
      )
    case .forbidden where status.isRefusedByAuthorizer:
      return Message(
        "not permitted: \(status.message); ask for the verbs get, create, patch and delete on "
          + "\(reference.type.plural)\(place(reference))")
    case .unauthenticated:
      return Message("the API server does not accept these credentials", .changeCredentials)
    case .namespaceNotFound: return Message(missingNamespace(reference.namespace ?? ""))
    case .forbidden, .denied: return Message("refused: \(status.message)")
    case .invalid where status.message.contains("immutable"):
      return Message(
        "cannot be changed in place: \(status.message); delete the object and apply again")
    case .invalid, .mapFull, .tooLarge: return Message("not valid: \(status.message)")
    default: return nil
    }
  }

  private static func place(_ reference: ObjectReference) -> String {
    reference.namespace.map { " in namespace \($0)" } ?? " of the cluster"
  }

  /// A policy or a webhook refused, with whatever code its author chose.
  private static func isAdmission(_ status: KubernetesStatus) -> Bool {
    status.message.contains("admission webhook") || status.message.contains("denied request: ")
  }

  static func missingNamespace(_ name: String) -> String {
    "namespace \(name) does not exist; create it first: kubectl create namespace \(name)"
  }
}
