internal import FilelogJSON
internal import Synchronization

/// Enforces ValidatingAdmissionPolicies whose bindings deny. Parameters, audit annotations and warnings
/// are not supported, and policies hold at once, where a real API server takes about a second.
final class PolicyAdmission: Sendable {
  /// A write that is about to be stored.
  struct Write: Sendable {
    /// `CREATE`, `UPDATE` or `DELETE`
    let operation: String
    let kind: ResourceKind
    let subresource: String
    let namespace: String
    let name: String
    let identity: Identity
    /// Nil for a deletion.
    let object: JSONValue?
    /// Nil for a creation.
    let oldObject: JSONValue?
    let isDryRun: Bool
  }

  private let store: ObjectStore
  /// The policies that were read, by the version of their object.
  private let read = Mutex<[String: (revision: Int, policy: Policy)]>([:])

  private static let group = "admissionregistration.k8s.io"

  init(store: ObjectStore) { self.store = store }

  /// - Throws: ``APIStatus`` of the first policy that denies the write.
  func check(_ write: @autoclosure () -> Write) throws(APIStatus) {
    let bindings = objects("validatingadmissionpolicybindings")
    if bindings.isEmpty { return }
    let write = write()
    // Policies cannot keep their own removal from being written.
    if write.kind.group == Self.group { return }
    for binding in bindings {
      let spec = binding.object.value["spec"]
      let actions = spec?["validationActions"]?.array ?? []
      let name = spec?["policyName"]?.string ?? ""
      guard actions.contains("Deny"), let policy = policy(name),
        matches(spec?["matchResources"], write, emptyMatches: true),
        matches(policy.constraints, write, emptyMatches: false)
      else { continue }
      if let denial = policy.denial(of: write) {
        throw status(denial, write, "'\(name)' with binding '\(binding.key.name)'")
      }
    }
  }

  private func objects(_ plural: String) -> [(key: ObjectKey, object: StoredObject)] {
    (try? store.list("\(plural).\(Self.group)", namespace: nil))?.objects ?? []
  }

  private func policy(_ name: String) -> Policy? {
    let key = ObjectKey(
      resource: "validatingadmissionpolicies.\(Self.group)", namespace: "", name: name)
    guard let stored = store.object(key) else { return nil }
    return read.withLock { read in
      if let found = read[name], found.revision == stored.revision { return found.policy }
      let policy = Policy(stored.value["spec"])
      read[name] = (stored.revision, policy)
      return policy
    }
  }

  private func status(_ denial: Policy.Denial, _ write: Write, _ policy: String) -> APIStatus {
    let message = "ValidatingAdmissionPolicy \(policy) denied request: \(denial.message)"
    var status = APIStatus.forbidden(
      group: write.kind.group, resource: write.kind.plural, name: write.name, message,
      causes: [.init(message: message)])
    if denial.reason != "Forbidden" {
      status.code = 422
      status.reason = "Invalid"
    }
    return status
  }

  // MARK: Which writes

  private func matches(_ match: JSONValue?, _ write: Write, emptyMatches: Bool) -> Bool {
    guard let match else { return emptyMatches }
    func covered(_ name: String) -> Bool {
      (match[name]?.array ?? []).contains { Self.covers($0, write) }
    }
    let hasRules = !(match["resourceRules"]?.array ?? []).isEmpty
    guard hasRules ? covered("resourceRules") : emptyMatches, !covered("excludeResourceRules"),
      selects(match["objectSelector"], write.object)
        || selects(match["objectSelector"], write.oldObject)
    else { return false }
    if write.namespace.isEmpty { return true }
    let key = ObjectKey(resource: "namespaces", namespace: "", name: write.namespace)
    return selects(match["namespaceSelector"], store.object(key)?.value ?? [:])
  }

  private func selects(_ selector: JSONValue?, _ object: JSONValue?) -> Bool {
    guard let selector, let object else { return selector == nil && object != nil }
    return WorkloadValidation.matches(selector, object)
  }

  private static func covers(_ rule: JSONValue, _ write: Write) -> Bool {
    func lists(_ name: String, _ value: String) -> Bool {
      (rule[name]?.array ?? []).contains { $0 == "*" || $0 == .string(value) }
    }
    let resource =
      write.subresource.isEmpty ? write.kind.plural : "\(write.kind.plural)/\(write.subresource)"
    let names = rule["resourceNames"]?.array ?? []
    return lists("apiGroups", write.kind.group) && lists("apiVersions", write.kind.version)
      && lists("operations", write.operation) && lists("resources", resource)
      && (names.isEmpty || names.contains(.string(write.name)))
  }
}

extension PolicyAdmission {
  /// A policy with its expressions read.
  struct Policy: Sendable {
    struct Denial {
      let message: String
      let reason: String
    }

    private struct Validation: Sendable {
      let text: String
      let expression: Result<CELExpression, CELSyntaxError>
      let message: String?
      let messageExpression: CELExpression?
      let reason: String
    }

    let constraints: JSONValue?
    private let failsOpen: Bool
    private let conditions: [Result<CELExpression, CELSyntaxError>]
    private let variables: [(name: String, expression: CELExpression)]
    private let validations: [Validation]

    init(_ spec: JSONValue?) {
      func expressions(_ name: String) -> [JSONValue] { spec?[name]?.array ?? [] }
      constraints = spec?["matchConstraints"]
      failsOpen = spec?["failurePolicy"] == "Ignore"
      conditions = expressions("matchConditions").map { Self.parsed($0["expression"]) }
      variables = expressions("variables").compactMap { variable in
        guard let name = variable["name"]?.string,
          let expression = try? Self.parsed(variable["expression"]).get()
        else { return nil }
        return (name, expression)
      }
      validations = expressions("validations").map { validation in
        Validation(
          text: validation["expression"]?.string ?? "",
          expression: Self.parsed(validation["expression"]),
          message: validation["message"]?.string,
          messageExpression: validation["messageExpression"].flatMap {
            try? Self.parsed($0).get()
          }, reason: validation["reason"]?.string ?? "Invalid")
      }
    }

    private static func parsed(_ text: JSONValue?) -> Result<CELExpression, CELSyntaxError> {
      Result { () throws(CELSyntaxError) in try CELParser.parse(text?.string ?? "") }
    }

    /// - Returns: nil when the policy has nothing against a write.
    func denial(of write: Write) -> Denial? {
      var evaluator = CELEvaluator(roots: write.roots, definitions: variables)
      for condition in conditions {
        switch Self.outcome(condition, &evaluator) {
        case .success(true): continue
        case .success(false): return nil
        case .failure(let failure):
          return failsOpen ? nil : Denial(message: failure.message, reason: "Invalid")
        }
      }
      for validation in validations {
        switch Self.outcome(validation.expression, &evaluator) {
        case .success(true): continue
        case .success(false):
          return Denial(message: message(of: validation, &evaluator), reason: validation.reason)
        case .failure(let failure):
          if failsOpen { continue }
          return Denial(
            message: "expression '\(validation.text)' resulted in error: \(failure.message)",
            reason: validation.reason)
        }
      }
      return nil
    }

    private static func outcome(
      _ expression: Result<CELExpression, CELSyntaxError>, _ evaluator: inout CELEvaluator
    ) -> Result<Bool, CELEvaluator.Failure> {
      do {
        let expression = try expression.get()
        return .success(try evaluator.bool(expression))
      } catch let error as CELSyntaxError {
        return .failure(.init(message: "compilation error: \(error.message)"))
      } catch {
        return .failure(error as? CELEvaluator.Failure ?? .init(message: "\(error)"))
      }
    }

    private func message(of validation: Validation, _ evaluator: inout CELEvaluator) -> String {
      if let expression = validation.messageExpression,
        case .string(let text)? = try? evaluator.value(expression), !text.isEmpty
      {
        return text
      }
      return validation.message ?? "failed expression: \(validation.text)"
    }
  }
}

extension PolicyAdmission.Write {
  /// What expressions see.
  var roots: [String: JSONValue] {
    var user: JSONValue = [
      "username": .string(identity.name), "groups": .array(identity.groups.map { .string($0) }),
      "extra": .object(
        identity.extra.mapValues { values in .array(values.map { .string($0) }) }),
    ]
    user["uid"] = identity.uid.map { .string($0) }
    return [
      "object": object ?? .null, "oldObject": oldObject ?? .null,
      "request": [
        "operation": .string(operation), "userInfo": user, "name": .string(name),
        "namespace": .string(namespace), "dryRun": .bool(isDryRun),
      ],
    ]
  }
}
