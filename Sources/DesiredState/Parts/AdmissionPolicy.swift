internal import FilelogJSON

private let apiVersion = "admissionregistration.k8s.io/v1"

/// Whose changes of which config maps an admission policy judges.
public struct OffsetsAdmissionScope: Hashable, Sendable {
  /// The policy's name and its binding's; there is one for the whole cluster.
  public var name: String
  /// The labels of the policy and its binding.
  public var labels: [String: String]
  /// The namespace of pods and maps.
  public var namespace: String
  /// The pods' service account.
  public var serviceAccount: String
  /// The map that all nodes share, from which the names of others are made.
  public var configMapName: String
  /// The labels of maps that sync containers make.
  public var mapLabels: [String: String]
  /// How names of labels and annotations begin that mutating policies of the cluster set in stores; the
  /// pods could set them, too.
  public var foreignPrefixes: [String] = []
  /// How many bytes one node may hold in the shared map; nil: all that fits.
  public var sharedLimit: Int?

  /// A scope with nothing left open.
  public init(
    name: String, labels: [String: String], namespace: String, serviceAccount: String,
    configMapName: String, mapLabels: [String: String]
  ) {
    self.name = name
    self.labels = labels
    self.namespace = namespace
    self.serviceAccount = serviceAccount
    self.configMapName = configMapName
    self.mapLabels = mapLabels
  }

  fileprivate var metadata: ObjectMetadata {
    ObjectMetadata(name, namespace: nil, labels: labels)
  }
}

/// Lets a collector pod change only its own node's entry in the shared map and its own node's maps,
/// which no role can express: the API server knows from the pod's token which node it runs on.
public func assembleFilelogOffsetsAdmissionPolicy(_ scope: OffsetsAdmissionScope) -> Manifest {
  let expressions = AdmissionExpressions(
    sharedMap: scope.configMapName, labels: scope.mapLabels,
    foreignPrefixes: scope.foreignPrefixes, sharedLimit: scope.sharedLimit)
  let account = "system:serviceaccount:\(scope.namespace):\(scope.serviceAccount)"
  return Manifest(
    apiVersion: apiVersion, kind: "ValidatingAdmissionPolicy", metadata: scope.metadata,
    content: [
      "spec": [
        "failurePolicy": "Fail",
        "matchConstraints": matchConstraints(scope.namespace),
        "matchConditions": [
          [
            "name": "only-collectors",
            "expression": .string("request.userInfo.username == \(CEL.text(account))"),
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

/// With the defaults of the API server, since it is one field as a whole: without them another
/// manager's apply of this very policy would be a conflict.
private func matchConstraints(_ namespace: String) -> JSONValue {
  [
    "matchPolicy": "Equivalent",
    "objectSelector": [:],
    "namespaceSelector": ["matchLabels": ["kubernetes.io/metadata.name": .string(namespace)]],
    "resourceRules": [
      [
        "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"],
        "operations": ["CREATE", "UPDATE", "DELETE"], "scope": "*",
      ]
    ],
  ]
}

/// Puts the policy in force.
public func assembleFilelogOffsetsAdmissionPolicyBinding(
  _ scope: OffsetsAdmissionScope
) -> Manifest {
  Manifest(
    apiVersion: apiVersion, kind: "ValidatingAdmissionPolicyBinding", metadata: scope.metadata,
    content: ["spec": ["policyName": .string(scope.name), "validationActions": ["Deny"]]])
}
