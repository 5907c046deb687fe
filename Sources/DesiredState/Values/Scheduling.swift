internal import FilelogJSON

extension Scheduling {
  init(_ collectors: ObjectReader) {
    let tolerations = collectors["daemonSetTolerations"]
    self.tolerations = Shape.list(of: Self.toleration, atLeast: 0).read(tolerations)?.array ?? []
    for (element, toleration) in zip(tolerations.elements(), self.tolerations) {
      Self.checkToleration(element, toleration)
    }

    let affinity = collectors["daemonSetNodeAffinity"]
    nodeAffinity = Self.affinity.read(affinity).flatMap { $0 == [:] ? nil : $0 }
    Self.checkOperators(affinity)

    let sysctls = collectors["daemonSetSysctls"].unlessFalsy
    self.sysctls = Shape.list(of: Self.sysctl, atLeast: 0).read(sysctls)?.array ?? []
    Self.checkNames(sysctls)

    priorityClassName = collectors["daemonSetPriorityClassName"].unlessFalsy
      .text(.resourceName, isPrinted: true)
  }

  private static var toleration: Shape {
    .object(
      required: [:],
      optional: [
        "effect": .word(["NoExecute", "NoSchedule", "PreferNoSchedule"]),
        "key": .text(.qualifiedName), "operator": .word(["Equal", "Exists"]),
        "tolerationSeconds": .integer(Int.min...Int.max), "value": .text(.labelValue),
      ])
  }

  private static var sysctl: Shape {
    .object(required: ["name": .text(.sysctlName), "value": .text(.any)], optional: [:])
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
        "matchFields": .list(of: fieldRequirement, atLeast: 0),
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

  /// Of all fields the API server knows this one alone.
  private static var fieldRequirement: Shape {
    .object(
      required: ["key": .word(["metadata.name"]), "operator": .word(["In", "NotIn"])],
      optional: ["values": .list(of: .text(.resourceName), atLeast: 0)])
  }

  /// What members of a toleration ask of each other.
  private static func checkToleration(_ reader: ValueReader, _ toleration: JSONValue) {
    guard let members = toleration.object else { return }
    let comparison = members["operator"]?.string ?? "Equal"
    if comparison == "Exists", members["value"]?.string?.isEmpty == false {
      reader.reject(found: "a value beside Exists", expected: "no value, or operator Equal")
    }
    if comparison == "Equal", members["key"]?.string?.isEmpty != false {
      reader.reject(found: "no key", expected: "a key, or operator Exists")
    }
    if members["tolerationSeconds"] != nil, members["effect"] != "NoExecute" {
      reader.reject(
        found: "tolerationSeconds without effect NoExecute",
        expected: "effect NoExecute, or no tolerationSeconds")
    }
  }

  /// Each name once.
  private static func checkNames(_ list: ValueReader) {
    var seen: Set<String> = []
    for element in list.elements() {
      guard let name = element.value?.json["name"]?.string else { continue }
      // The kernel takes both marks between parts.
      if !seen.insert(String(name.map { $0 == "/" ? "." : $0 })).inserted {
        element.reject(
          found: "\(SourcedValue.quote(name)) a second time", expected: "each name once")
      }
    }
  }

  /// How many values an operator takes, and which, the shapes cannot express.
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
      if count != 1 {
        reader.reject(found: found, expected: "exactly one value for \(word)")
      } else if case .list(let values)? = list?.kind, let value = values.first?.json,
        value.integer == nil, value.string.flatMap(Int.init) == nil
      {
        reader.reject(
          found: values[0].summary, expected: "a whole number for \(word)")
      }
    case "Exists", "DoesNotExist":
      if count != 0 { reader.reject(found: found, expected: "no value for \(word)") }
    default: break
    }
  }
}

extension TextRule {
  /// Source: k8s.io/kubernetes/pkg/apis/core/validation.
  static let sysctlName = TextRule(
    expected: "the name of a sysctl like net.core.somaxconn"
  ) { text in
    text.utf8.count <= 253
      && text.split(omittingEmptySubsequences: false, whereSeparator: { $0 == "." || $0 == "/" })
        .allSatisfy { part in
          guard let first = part.utf8.first, let last = part.utf8.last else { return false }
          return isLowerAlphanumeric(first) && isLowerAlphanumeric(last)
            && part.utf8.allSatisfy {
              isLowerAlphanumeric($0) || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")
            }
        }
  }

  private static func isLowerAlphanumeric(_ byte: UInt8) -> Bool {
    (byte >= UInt8(ascii: "a") && byte <= UInt8(ascii: "z"))
      || (byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9"))
  }

  static let qualifiedName = TextRule(
    expected: "a label key (name or example.com/name)", accepts: KubernetesName.isQualifiedName)
}
