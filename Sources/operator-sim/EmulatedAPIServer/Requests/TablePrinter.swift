internal import JSON

/// The table form of objects, which kubectl prints.
struct TablePrinter: Sendable {
  let now: Timestamp

  struct Column: Sendable {
    var name: String
    var type = "string"
    /// 1: only in wide output.
    var priority = 0
  }

  /// - Parameter metadata: of the list that the objects come from.
  func table(_ objects: [JSONValue], _ kind: String, _ metadata: JSONValue, version: String)
    -> JSONValue
  {
    let columns = columns(kind)
    return [
      "kind": "Table", "apiVersion": .string("meta.k8s.io/\(version)"), "metadata": metadata,
      "columnDefinitions": .array(
        columns.map { column in
          [
            "name": .string(column.name), "type": .string(column.type),
            "format": .string(column.name == "Name" ? "name" : ""), "description": "",
            "priority": .integer(column.priority),
          ]
        }),
      "rows": .array(
        objects.map { object in
          [
            "cells": .array(cells(object, kind)),
            "object": [
              "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
              "metadata": object["metadata"] ?? [:],
            ],
          ]
        }),
    ]
  }

  private func columns(_ kind: String) -> [Column] {
    let name = Column(name: "Name")
    let age = Column(name: "Age")
    func number(_ name: String) -> Column { Column(name: name, type: "integer") }
    func wide(_ name: String) -> Column { Column(name: name, priority: 1) }
    switch kind {
    case "ConfigMap": return [name, Column(name: "Data"), age]
    case "Secret": return [name, Column(name: "Type"), Column(name: "Data"), age]
    case "ServiceAccount": return [name, Column(name: "Secrets"), age]
    case "Namespace": return [name, Column(name: "Status"), age]
    case "Node":
      return [name, Column(name: "Status"), Column(name: "Roles"), age, Column(name: "Version")]
    case "Pod":
      return [
        name, Column(name: "Ready"), Column(name: "Status"), Column(name: "Restarts"), age,
        wide("IP"), wide("Node"),
      ]
    case "DaemonSet":
      return [
        name, number("Desired"), number("Current"), number("Ready"), number("Up-to-date"),
        number("Available"), Column(name: "Node Selector"), age, wide("Containers"),
        wide("Images"), wide("Selector"),
      ]
    case "Service":
      return [
        name, Column(name: "Type"), Column(name: "Cluster-IP"), Column(name: "External-IP"),
        Column(name: "Port(s)"), age, wide("Selector"),
      ]
    case "Role", "ClusterRole": return [name, Column(name: "Created At")]
    case "RoleBinding", "ClusterRoleBinding":
      return [
        name, Column(name: "Role"), age, wide("Users"), wide("Groups"), wide("ServiceAccounts"),
      ]
    case "Event":
      return [
        Column(name: "Last Seen"), Column(name: "Type"), Column(name: "Reason"),
        Column(name: "Object"), Column(name: "Message"),
      ]
    case "ValidatingAdmissionPolicy": return [name, number("Validations"), age]
    case "ValidatingAdmissionPolicyBinding": return [name, Column(name: "PolicyName"), age]
    default: return [name, age]
    }
  }

  private func cells(_ object: JSONValue, _ kind: String) -> [JSONValue] {
    let name = object["metadata"]?["name"] ?? ""
    let created = object["metadata"]?["creationTimestamp"]
    let age = age(created)
    let status = object["status"]
    func count(_ names: String...) -> JSONValue {
      .integer(
        names.reduce(0) { sum, name in
          sum + (object[name]?.object?.count ?? object[name]?.array?.count ?? 0)
        })
    }
    switch kind {
    case "ConfigMap": return [name, count("data", "binaryData"), age]
    case "Secret": return [name, object["type"] ?? "", count("data"), age]
    case "ServiceAccount": return [name, count("secrets"), age]
    case "Namespace": return [name, status?["phase"] ?? "", age]
    case "Node":
      return [
        name, .string(Self.nodeStatus(object)), .string(Self.nodeRoles(object)), age,
        status?["nodeInfo"]?["kubeletVersion"] ?? "",
      ]
    case "Pod": return podCells(object, name, age)
    case "DaemonSet": return daemonSetCells(object, name, age)
    case "Service": return serviceCells(object, name, age)
    case "Role", "ClusterRole": return [name, created ?? ""]
    case "RoleBinding", "ClusterRoleBinding": return bindingCells(object, name, age)
    case "Event":
      let involved = object["involvedObject"]
      return [
        self.age(object["lastTimestamp"]), object["type"] ?? "", object["reason"] ?? "",
        .string(
          "\((involved?["kind"]?.string ?? "").lowercased())/\(involved?["name"]?.string ?? "")"),
        object["message"] ?? "",
      ]
    case "ValidatingAdmissionPolicy":
      return [name, .integer(object["spec"]?["validations"]?.array?.count ?? 0), age]
    case "ValidatingAdmissionPolicyBinding":
      return [name, object["spec"]?["policyName"] ?? "", age]
    default: return [name, age]
    }
  }

  private static func nodeStatus(_ node: JSONValue) -> String {
    let ready = node["status"]?["conditions"]?.array?.first { $0["type"] == .some("Ready") }
    var text =
      ready.map { $0["status"] == .some("True") ? "Ready" : "NotReady" } ?? "Unknown"
    if node["spec"]?["unschedulable"] == .some(.bool(true)) { text += ",SchedulingDisabled" }
    return text
  }

  private static func nodeRoles(_ node: JSONValue) -> String {
    let prefix = "node-role.kubernetes.io/"
    let roles = (node["metadata"]?["labels"]?.object ?? [:]).keys.filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }.sorted()
    return roles.isEmpty ? "<none>" : roles.joined(separator: ",")
  }

  private func podCells(_ pod: JSONValue, _ name: JSONValue, _ age: JSONValue) -> [JSONValue] {
    let statuses = pod["status"]?["containerStatuses"]?.array ?? []
    let ready = statuses.count { $0["ready"] == .some(.bool(true)) }
    let restarts = statuses.reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }
    let total = pod["spec"]?["containers"]?.array?.count ?? 0
    let isGoing = pod["metadata"]?["deletionTimestamp"] != nil
    return [
      name, .string("\(ready)/\(total)"),
      isGoing ? "Terminating" : pod["status"]?["phase"] ?? "Unknown", .string(String(restarts)),
      age, pod["status"]?["podIP"] ?? "<none>", pod["spec"]?["nodeName"] ?? "<none>",
    ]
  }

  private func daemonSetCells(
    _ set: JSONValue, _ name: JSONValue, _ age: JSONValue
  ) -> [JSONValue] {
    func number(_ name: String) -> JSONValue { set["status"]?[name] ?? 0 }
    let pod = set["spec"]?["template"]?["spec"]
    let containers = pod?["containers"]?.array ?? []
    return [
      name, number("desiredNumberScheduled"), number("currentNumberScheduled"),
      number("numberReady"), number("updatedNumberScheduled"), number("numberAvailable"),
      Self.labels(pod?["nodeSelector"]), age,
      .string(containers.compactMap { $0["name"]?.string }.joined(separator: ",")),
      .string(containers.compactMap { $0["image"]?.string }.joined(separator: ",")),
      Self.labels(set["spec"]?["selector"]?["matchLabels"]),
    ]
  }

  private func serviceCells(
    _ service: JSONValue, _ name: JSONValue, _ age: JSONValue
  ) -> [JSONValue] {
    let spec = service["spec"]
    let ports = (spec?["ports"]?.array ?? []).map { port in
      "\(port["port"]?.integer ?? 0)/\(port["protocol"]?.string ?? "TCP")"
    }
    return [
      name, spec?["type"] ?? "", spec?["clusterIP"] ?? "<none>", "<none>",
      .string(ports.isEmpty ? "<none>" : ports.joined(separator: ",")), age,
      Self.labels(spec?["selector"]),
    ]
  }

  private func bindingCells(
    _ binding: JSONValue, _ name: JSONValue, _ age: JSONValue
  ) -> [JSONValue] {
    let subjects = binding["subjects"]?.array ?? []
    func names(_ kind: String) -> JSONValue {
      .string(
        subjects.filter { $0["kind"]?.string == kind }.map { subject in
          let name = subject["name"]?.string ?? ""
          return kind == "ServiceAccount"
            ? "\(subject["namespace"]?.string ?? "")/\(name)" : name
        }.joined(separator: ", "))
    }
    let role = binding["roleRef"]
    return [
      name, .string("\(role?["kind"]?.string ?? "")/\(role?["name"]?.string ?? "")"), age,
      names("User"), names("Group"), names("ServiceAccount"),
    ]
  }

  private static func labels(_ labels: JSONValue?) -> JSONValue {
    let pairs = (labels?.object ?? [:]).sorted { $0.key < $1.key }
      .map { "\($0.key)=\($0.value.string ?? "")" }
    return .string(pairs.isEmpty ? "<none>" : pairs.joined(separator: ","))
  }

  private func age(_ moment: JSONValue?) -> JSONValue {
    guard let moment = moment?.string.flatMap({ Timestamp($0) }) else { return "<unknown>" }
    return .string(Self.duration(max(0, now.seconds - moment.seconds)))
  }

  /// A duration in at most two units, as kubectl shows it.
  static func duration(_ seconds: Int) -> String {
    let (minutes, hours, days, years) = (
      seconds / 60, seconds / 3600, seconds / 86_400, seconds / 86_400 / 365
    )
    func pair(_ one: Int, _ unit: String, _ other: Int, _ smaller: String) -> String {
      other == 0 ? "\(one)\(unit)" : "\(one)\(unit)\(other)\(smaller)"
    }
    if seconds < 120 { return "\(seconds)s" }
    if minutes < 10 { return pair(minutes, "m", seconds % 60, "s") }
    if minutes < 180 { return "\(minutes)m" }
    if hours < 8 { return pair(hours, "h", minutes % 60, "m") }
    if hours < 48 { return "\(hours)h" }
    if days < 8 { return pair(days, "d", hours % 24, "h") }
    if years < 2 { return "\(days)d" }
    if years < 8 { return pair(years, "y", days % 365, "d") }
    return "\(years)y"
  }
}
