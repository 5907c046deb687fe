internal import FilelogJSON

/// The table form of objects, which kubectl prints: the columns of a real API server but for those of
/// wide output.
struct TablePrinter: Sendable {
  let now: Timestamp

  private struct Column {
    let name: String
    var type = "string"
    let cell: (JSONValue) -> JSONValue
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
            "priority": 0,
          ]
        }),
      "rows": .array(
        objects.map { object in
          [
            "cells": .array(columns.map { $0.cell(object) }),
            "object": [
              "kind": "PartialObjectMetadata", "apiVersion": .string("meta.k8s.io/\(version)"),
              "metadata": object["metadata"] ?? [:],
            ],
          ]
        }),
    ]
  }

  private func columns(_ kind: String) -> [Column] {
    let name = Column(name: "Name") { $0["metadata"]?["name"] ?? "" }
    let age = Column(name: "Age") { self.age($0["metadata"]?["creationTimestamp"]) }
    func text(_ name: String, _ path: String...) -> Column {
      Column(name: name) { Self.value($0, path) ?? "" }
    }
    func number(_ name: String, _ path: String...) -> Column {
      Column(name: name, type: "integer") { Self.value($0, path) ?? 0 }
    }
    func count(_ name: String, _ members: String...) -> Column {
      Column(name: name) { object in .integer(members.reduce(0) { $0 + Self.count(object[$1]) }) }
    }
    switch kind {
    case "ConfigMap": return [name, count("Data", "data", "binaryData"), age]
    case "Secret": return [name, text("Type", "type"), count("Data", "data"), age]
    case "ServiceAccount": return [name, count("Secrets", "secrets"), age]
    case "Namespace": return [name, text("Status", "status", "phase"), age]
    case "Node":
      let status = Column(name: "Status") { .string(Self.nodeStatus($0)) }
      return [name, status, age, text("Version", "status", "nodeInfo", "kubeletVersion")]
    case "Pod": return [name] + Self.podColumns + [age]
    case "DaemonSet":
      return [
        name, number("Desired", "status", "desiredNumberScheduled"),
        number("Current", "status", "currentNumberScheduled"),
        number("Ready", "status", "numberReady"),
        number("Up-to-date", "status", "updatedNumberScheduled"),
        number("Available", "status", "numberAvailable"),
        Column(name: "Node Selector") { Self.nodeSelector($0) }, age,
      ]
    case "Service":
      return [name, text("Type", "spec", "type"), text("Cluster-IP", "spec", "clusterIP"), age]
    case "Role", "ClusterRole": return [name, text("Created At", "metadata", "creationTimestamp")]
    case "RoleBinding", "ClusterRoleBinding":
      let role = Column(name: "Role") { binding in
        let role = binding["roleRef"]
        return .string("\(role?["kind"]?.string ?? "")/\(role?["name"]?.string ?? "")")
      }
      return [name, role, age]
    case "Event":
      return [
        Column(name: "Last Seen") { self.age($0["lastTimestamp"]) }, text("Type", "type"),
        text("Reason", "reason"), text("Object", "involvedObject", "name"),
        text("Message", "message"),
      ]
    case "ValidatingAdmissionPolicy":
      let validations = Column(name: "Validations", type: "integer") {
        .integer(Self.count($0["spec"]?["validations"]))
      }
      return [name, validations, age]
    case "ValidatingAdmissionPolicyBinding":
      return [name, text("PolicyName", "spec", "policyName"), age]
    default: return [name, age]
    }
  }

  private static var podColumns: [Column] {
    [
      Column(name: "Ready") { pod in
        let ready = (pod["status"]?["containerStatuses"]?.array ?? []).count { $0["ready"] == true }
        return .string("\(ready)/\(count(pod["spec"]?["containers"]))")
      },
      Column(name: "Status") { pod in
        pod["metadata"]?["deletionTimestamp"] != nil
          ? "Terminating" : pod["status"]?["phase"] ?? "Unknown"
      },
      Column(name: "Restarts") { pod in
        let statuses = pod["status"]?["containerStatuses"]?.array ?? []
        return .string(String(statuses.reduce(0) { $0 + ($1["restartCount"]?.integer ?? 0) }))
      },
    ]
  }

  private static func value(_ object: JSONValue, _ path: [String]) -> JSONValue? {
    path.reduce(object) { value, name in value?[name] }
  }

  private static func count(_ value: JSONValue?) -> Int {
    value?.object?.count ?? value?.array?.count ?? 0
  }

  private static func nodeStatus(_ node: JSONValue) -> String {
    let ready = node["status"]?["conditions"]?.array?.first { $0["type"] == "Ready" }
    let text = ready.map { $0["status"] == "True" ? "Ready" : "NotReady" } ?? "Unknown"
    return node["spec"]?["unschedulable"] == true ? text + ",SchedulingDisabled" : text
  }

  private static func nodeSelector(_ set: JSONValue) -> JSONValue {
    let selector = set["spec"]?["template"]?["spec"]?["nodeSelector"]?.object ?? [:]
    let pairs = selector.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.string ?? "")" }
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
