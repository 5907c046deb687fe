import FilelogJSON
import Testing

@testable import EmulatedAPIServer

/// Rules of kinds other than the config map: what is refused when it is created.
@Suite struct KindRuleTests {
  struct Rule: Sendable, CustomTestStringConvertible {
    var collection: String
    var object: JSONValue
    var message: String?

    var testDescription: String { message ?? "accepted: \(object)" }
  }

  private static let core = "/api/v1/namespaces/default/"
  private static let rbac = "/apis/rbac.authorization.k8s.io/v1/"
  private static let admission = "/apis/admissionregistration.k8s.io/v1/"

  static let access: [Rule] = [
    Rule(
      collection: rbac + "clusterrolebindings",
      object: [
        "metadata": ["name": "x"], "roleRef": ["kind": "ClusterRole", "name": "r"],
        "subjects": [["kind": "ServiceAccount", "name": "a"]],
      ],
      message:
        "ClusterRoleBinding.rbac.authorization.k8s.io \"x\" is invalid: subjects[0].namespace: "
        + "Required value"),
    Rule(
      collection: rbac + "namespaces/default/rolebindings",
      object: [
        "metadata": ["name": "x"], "roleRef": ["kind": "ClusterRole", "name": "r"],
        "subjects": [["kind": "User", "name": "a", "apiGroup": "apps"]],
      ],
      message:
        "RoleBinding.rbac.authorization.k8s.io \"x\" is invalid: subjects[0].apiGroup: Unsupported "
        + "value: \"apps\": supported values: \"rbac.authorization.k8s.io\""),
  ]

  static let policies: [Rule] = [
    Rule(
      collection: admission + "validatingadmissionpolicies",
      object: ["metadata": ["name": "x"], "spec": [:]],
      message:
        "ValidatingAdmissionPolicy.admissionregistration.k8s.io \"x\" is invalid: "
        + "[spec.matchConstraints: Required value, spec.validations: Required value: validations or "
        + "auditAnnotations must contain at least one item, spec.auditAnnotations: Required value: "
        + "validations or auditAnnotations must contain at least one item]"),
    Rule(
      collection: admission + "validatingadmissionpolicybindings",
      object: ["metadata": ["name": "x"], "spec": ["validationActions": ["Deny"]]],
      message:
        "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io \"x\" is invalid: "
        + "spec.policyName: Required value"),
    Rule(
      collection: admission + "validatingadmissionpolicybindings",
      object: [
        "metadata": ["name": "x"],
        "spec": ["policyName": "p", "validationActions": ["Deny", "Warn"]],
      ],
      message:
        "ValidatingAdmissionPolicyBinding.admissionregistration.k8s.io \"x\" is invalid: "
        + "spec.validationActions: Invalid value: [\"Deny\",\"Warn\"]: must not contain both Deny "
        + "and Warn (repeating the same validation failure information in the API response and "
        + "headers serves no purpose)"),
  ]

  @Test(arguments: access + policies)
  func kindValidationMessages(_ rule: Rule) throws {
    let reply = try TestCluster().post(rule.collection, rule.object)
    #expect(reply.status == (rule.message == nil ? 201 : reply.reason == "Forbidden" ? 403 : 422))
    #expect(reply.message == rule.message)
  }
}
