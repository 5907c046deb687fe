internal import JSON

private let apiVersion = "admissionregistration.k8s.io/v1"

/// Lets a collector pod change only its own node's entry in the shared map and its own node's maps,
/// which no role can express: the API server knows from the pod's token which node it runs on. Nil
/// unless it is wanted.
func assembleAdmissionPolicy(_ input: DesiredStateInput) -> Manifest? {
  guard input.values.offsetStorage.maps?.hasAdmissionPolicy == true else { return nil }
  let expressions = AdmissionExpressions(release: input.release)
  let account = "system:serviceaccount:\(input.release.namespace):"
  let names = Names(input.release)
  return Manifest(
    apiVersion: apiVersion, kind: "ValidatingAdmissionPolicy",
    metadata: ObjectMetadata(clusterWide: names.admissionPolicy, input.release),
    content: [
      "spec": [
        "failurePolicy": "Fail",
        "matchConstraints": [
          "namespaceSelector": [
            "matchLabels": ["kubernetes.io/metadata.name": .string(input.release.namespace)]
          ],
          "resourceRules": [
            [
              "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
              "operations": ["CREATE", "UPDATE", "DELETE"],
            ]
          ],
        ],
        "matchConditions": [
          [
            "name": "only-collectors",
            "expression": .string(
              "request.userInfo.username == \(CEL.text(account + names.serviceAccount))"),
          ]
        ],
        "variables": .array(
          expressions.variables.map {
            ["name": .string($0.name), "expression": .string($0.expression)]
          }),
        "validations": .array(expressions.validations.map(\.json)),
      ]
    ])
}

/// Puts the policy in force. Nil unless it is wanted.
func assembleAdmissionPolicyBinding(_ input: DesiredStateInput) -> Manifest? {
  guard input.values.offsetStorage.maps?.hasAdmissionPolicy == true else { return nil }
  let name = Names(input.release).admissionPolicy
  return Manifest(
    apiVersion: apiVersion, kind: "ValidatingAdmissionPolicyBinding",
    metadata: ObjectMetadata(clusterWide: name, input.release),
    content: ["spec": ["policyName": .string(name), "validationActions": ["Deny"]]])
}

/// Texts of the Common Expression Language.
enum CEL {
  /// A literal. Names and labels hold no quotes and no backslashes.
  static func text(_ text: String) -> String { "'\(text)'" }

  /// A literal map, members sorted.
  static func map(_ members: [String: String]) -> String {
    let pairs = members.sorted { $0.key < $1.key }.map { "\(text($0.key)): \(text($0.value))" }
    return "{\(pairs.joined(separator: ", "))}"
  }
}
