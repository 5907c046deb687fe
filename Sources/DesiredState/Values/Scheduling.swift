internal import JSON

extension Scheduling {
  init(_ collectors: ObjectReader) {
    let tolerations = collectors["daemonSetTolerations"]
    Shape.list(of: Self.toleration, atLeast: 0).check(tolerations)
    self.tolerations = tolerations.value?.json.array ?? []

    let affinity = collectors["daemonSetNodeAffinity"]
    Self.affinity.check(affinity)
    Self.checkOperators(affinity)
    nodeAffinity = affinity.value.map(\.json).flatMap { $0 == [:] ? nil : $0 }

    let sysctls = collectors["daemonSetSysctls"]
    Shape.list(of: Self.sysctl, atLeast: 0).check(sysctls)
    self.sysctls = sysctls.value?.json.array ?? []

    priorityClassName = collectors["daemonSetPriorityClassName"].text(.resourceName)
  }

  private static var toleration: Shape {
    .object(
      required: [:],
      optional: [
        "effect": .word(["NoExecute", "NoSchedule", "PreferNoSchedule"]),
        "key": .text(.qualifiedName), "operator": .word(["Equal", "Exists"]),
        "tolerationSeconds": .integer(0...Int.max), "value": .text(.labelValue),
      ])
  }

  private static var sysctl: Shape {
    .object(required: ["name": .text(.any), "value": .text(.any)], optional: [:])
  }

  private static var affinity: Shape {
    .object(
      required: [:],
      optional: [
        "requiredDuringSchedulingIgnoredDuringExecution": .object(
          required: ["nodeSelectorTerms": .list(of: term, atLeast: 1)], optional: [:]),
        "preferredDuringSchedulingIgnoredDuringExecution": .list(
          of: .object(required: ["preference": term, "weight": .integer(1...100)], optional: [:]),
          atLeast: 0),
      ])
  }

  private static var term: Shape {
    .object(
      required: [:],
      optional: [
        "matchExpressions": .list(of: requirement, atLeast: 0),
        "matchFields": .list(of: requirement, atLeast: 0),
      ])
  }

  private static var requirement: Shape {
    .object(
      required: [
        "key": .text(.qualifiedName),
        "operator": .word(["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"]),
      ],
      optional: ["values": .list(of: .text(.labelValue), atLeast: 0)])
  }

  /// How many values an operator takes is the one thing that the shapes cannot say.
  private static func checkOperators(_ reader: ValueReader) {
    switch reader.value?.kind {
    case .list: for element in reader.elements() { checkOperators(element) }
    case .mapping(let members):
      if case .scalar(.string(let word))? = members["operator"]?.kind {
        checkCount(of: members["values"], for: word, reader)
      }
      for (_, member) in reader.members() { checkOperators(member) }
    default: break
    }
  }

  private static func checkCount(
    of list: SourcedValue?, for word: String, _ reader: ValueReader
  ) {
    var count = 0
    if case .list(let values) = list?.kind { count = values.count }
    let found = count == 0 ? "no values" : "\(count) values"
    switch word {
    case "In", "NotIn":
      if count == 0 { reader.reject(found: found, expected: "at least one value for \(word)") }
    case "Gt", "Lt":
      if count != 1 { reader.reject(found: found, expected: "exactly one value for \(word)") }
    case "Exists", "DoesNotExist":
      if count != 0 { reader.reject(found: found, expected: "no value for \(word)") }
    default: break
    }
  }
}

extension TextRule {
  static let qualifiedName = TextRule(
    expected: "a label key (name or example.com/name)", accepts: KubernetesName.isQualifiedName)
}
