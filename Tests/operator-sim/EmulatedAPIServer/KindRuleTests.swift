import FoundationEssentials
import JSON
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

  private static func secret(
    _ type: String, _ data: JSONValue, _ problem: String?
  ) -> Rule {
    Rule(
      collection: core + "secrets",
      object: ["metadata": ["name": "x"], "type": .string("kubernetes.io/" + type), "data": data],
      message: problem.map { "Secret \"x\" is invalid: \($0)" })
  }

  private static func base64(_ text: String) -> JSONValue {
    .string(Data(text.utf8).base64EncodedString())
  }

  static let secrets: [Rule] = [
    secret("dockerconfigjson", [:], "data[.dockerconfigjson]: Required value"),
    secret(
      "dockerconfigjson", [".dockerconfigjson": base64("hello")],
      "data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid character "
        + "'h' looking for beginning of value"),
    secret(
      "dockercfg", [".dockercfg": base64("[]")],
      "data[.dockercfg]: Invalid value: \"<secret contents redacted>\": json: cannot unmarshal "
        + "array into Go value of type map[string]interface {}"),
    secret("dockerconfigjson", [".dockerconfigjson": base64("{}")], nil),
    secret(
      "basic-auth", [:],
      "[data[%s][username]: Required value, data[%s][password]: Required value]"),
    secret("basic-auth", ["username": ""], nil),
    secret("ssh-auth", ["ssh-privatekey": ""], "data[%s][ssh-privatekey]: Required value"),
    secret("tls", ["tls.crt": base64("c")], "data[tls.key]: Required value"),
    secret(
      "service-account-token", [:],
      "metadata.annotations[kubernetes.io/service-account.name]: Required value"),
  ]

  private static func service(_ spec: JSONValue, _ problem: String?) -> Rule {
    var spec = spec
    spec["ports"] = [["port": 80]]
    return Rule(
      collection: core + "services", object: ["metadata": ["name": "x"], "spec": spec],
      message: problem.map { "Service \"x\" is invalid: \($0)" })
  }

  static let services: [Rule] = [
    service(
      ["clusterIP": "abc"],
      "spec.clusterIPs[0]: Invalid value: \"abc\": must be a valid IP address, (e.g. 10.9.8.7 or "
        + "2001:db8::ffff)"),
    service(
      ["clusterIP": "192.168.0.1"],
      "spec.clusterIPs: Invalid value: [\"192.168.0.1\"]: failed to allocate IP 192.168.0.1: the "
        + "provided IP (192.168.0.1) is not in the valid range. The range of valid IPs is "
        + "10.96.0.0/16"),
    service(
      ["clusterIP": "10.96.200.1", "clusterIPs": ["10.96.200.2"]],
      "spec.clusterIPs: Invalid value: [\"10.96.200.2\"]: first value must match `clusterIP`"),
    service(["clusterIP": "10.96.200.1"], nil), service(["clusterIP": "None"], nil),
  ]

  private static func daemon(_ spec: JSONValue, _ problem: String?) -> Rule {
    var daemon = Daemons.object("x")
    for (name, value) in spec.object ?? [:] { daemon["spec"]?[name] = value }
    return Rule(
      collection: Daemons.all, object: daemon,
      message: problem.map { "DaemonSet.apps \"x\" is invalid: \($0)" })
  }

  private static func rolling(_ members: JSONValue, _ problem: String?) -> Rule {
    daemon(
      ["updateStrategy": ["rollingUpdate": members]],
      problem.map { "spec.updateStrategy.rollingUpdate.\($0)" })
  }

  static let daemons: [Rule] = [
    rolling(
      ["maxUnavailable": 1, "maxSurge": 1],
      "maxSurge: Invalid value: 1: may not be set when maxUnavailable is non-zero"),
    rolling(
      ["maxSurge": "10%"],
      "maxSurge: Invalid value: \"10%\": may not be set when maxUnavailable is non-zero"),
    rolling(
      ["maxUnavailable": "150%"],
      "maxUnavailable: Invalid value: \"150%\": must not be greater than 100%"),
    rolling(
      ["maxUnavailable": 0], "maxUnavailable: Required value: cannot be 0 when maxSurge is 0"),
    rolling(["maxUnavailable": 0, "maxSurge": 1], nil),
    daemon(
      [
        "template": [
          "metadata": ["labels": ["app": "x"]],
          "spec": ["activeDeadlineSeconds": 5, "containers": [["name": "c", "image": "i"]]],
        ]
      ],
      "spec.template.spec.activeDeadlineSeconds: Invalid value: 5: must not be specified"),
  ]

  private static func pod(_ spec: JSONValue, _ problem: String?) -> Rule {
    var spec = spec
    spec["containers"] = [["name": "c", "image": "i"]]
    return Rule(
      collection: core + "pods", object: ["metadata": ["name": "x"], "spec": spec],
      message: problem.map { "pods \"x\" is forbidden: \($0)" })
  }

  static let pods: [Rule] = [
    pod(["priorityClassName": "high"], "no PriorityClass with name high was found"),
    pod(
      ["priority": 5],
      "the integer value of priority (5) must not be provided in pod spec; priority admission "
        + "controller computed 0 from the given PriorityClass name"),
    pod(["priorityClassName": "system-node-critical"], nil),
    pod(["runtimeClassName": "gvisor"], "pod rejected: RuntimeClass \"gvisor\" not found"),
  ]

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

  @Test(arguments: secrets + services + daemons + pods + access + policies)
  func aRule(_ rule: Rule) throws {
    let reply = try TestCluster().post(rule.collection, rule.object)
    #expect(reply.status == (rule.message == nil ? 201 : reply.reason == "Forbidden" ? 403 : 422))
    #expect(reply.message == rule.message)
  }

  @Test func aServiceKeepsItsAddress() throws {
    let cluster = try TestCluster()
    let services = Self.core + "services"
    let object: JSONValue = ["metadata": ["name": "s"], "spec": ["ports": [["port": 80]]]]
    let created = cluster.post(services, object).json["spec"]?["clusterIP"]
    for address in ["None", "10.96.250.9"] {
      let reply = cluster.merge(services + "/s", ["spec": ["clusterIP": .string(address)]])
      #expect(
        reply.message
          == "Service \"s\" is invalid: spec.clusterIPs[0]: Invalid value: [\"\(address)\"]: may "
          + "not change once set")
    }
    #expect(cluster.put(services + "/s", object).json["spec"]?["clusterIP"] == created)
    var second = object
    second["metadata"]?["name"] = "t"
    second["spec"]?["clusterIP"] = created
    #expect(
      cluster.post(services, second).message?.hasSuffix(": provided IP is already allocated")
        == true)
  }
}
