internal import FilelogJSON

/// The objects that every cluster has from its first moment.
struct Bootstrap: Sendable {
  let store: ObjectStore
  let now: @Sendable () -> Timestamp
  let newUID: @Sendable () -> String

  /// Makes what is missing.
  func run() {
    for name in ["default", "kube-system", "kube-public", "kube-node-lease"] {
      make(
        "namespaces", name,
        [
          "metadata": ["labels": ["kubernetes.io/metadata.name": .string(name)]],
          "spec": ["finalizers": ["kubernetes"]], "status": ["phase": "Active"],
        ])
      makeServiceAccount(in: name)
    }
    let everything: JSONValue = [
      ["apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]],
      ["nonResourceURLs": ["*"], "verbs": ["*"]],
    ]
    makeRole("cluster-admin", everything, for: ["system:masters"])
    let discovery = ["/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*"]
    let health = ["/healthz", "/livez", "/readyz", "/version", "/version/"]
    makeRole("system:discovery", paths(discovery + health), for: ["system:authenticated"])
    makeRole(
      "system:public-info-viewer", paths(health),
      for: ["system:authenticated", "system:unauthenticated"])
    makeRole("system:basic-user", Self.reviews, for: ["system:authenticated"])
  }

  /// The service account of pods that name none.
  func makeServiceAccount(in namespace: String) {
    make("serviceaccounts", "default", [:], namespace: namespace)
  }

  /// Every user may ask what they may do.
  private static let reviews: JSONValue = [
    [
      "apiGroups": ["authorization.k8s.io"], "verbs": ["create"],
      "resources": ["selfsubjectaccessreviews"],
    ],
    [
      "apiGroups": ["authentication.k8s.io"], "verbs": ["create"],
      "resources": ["selfsubjectreviews"],
    ],
  ]

  private func paths(_ paths: [String]) -> JSONValue {
    [["nonResourceURLs": .array(paths.map { .string($0) }), "verbs": ["get"]]]
  }

  private func makeRole(_ name: String, _ rules: JSONValue, for groups: [String]) {
    let labels: JSONValue = ["kubernetes.io/bootstrapping": "rbac-defaults"]
    make("clusterroles", name, ["metadata": ["labels": labels], "rules": rules])
    let group: JSONValue = "rbac.authorization.k8s.io"
    make(
      "clusterrolebindings", name,
      [
        "metadata": ["labels": labels],
        "roleRef": ["apiGroup": group, "kind": "ClusterRole", "name": .string(name)],
        "subjects": .array(
          groups.map { ["apiGroup": group, "kind": "Group", "name": .string($0)] }),
      ])
  }

  private func make(
    _ plural: String, _ name: String, _ object: JSONValue, namespace: String = ""
  ) {
    let kind = ResourceRegistry.named(plural)
    let key = ObjectKey(resource: kind.qualifiedPlural, namespace: namespace, name: name)
    guard store.object(key) == nil else { return }
    var object = object
    object["kind"] = .string(kind.kind)
    object["apiVersion"] = .string(kind.apiVersion)
    if object["metadata"] == nil { object["metadata"] = [:] }
    object["metadata"]?["name"] = .string(name)
    object["metadata"]?["namespace"] = namespace.nonEmpty.map { .string($0) }
    object["metadata"]?["uid"] = .string(newUID())
    object["metadata"]?["creationTimestamp"] = .string(now().text)
    _ = try? store.commit(key, from: nil, to: object)
  }
}
