internal import FilelogJSON

/// Checks an apply configuration against the schema. Unlike other writes, server-side apply refuses
/// what the schema does not know.
enum TypedValidation {
  /// - Returns: what is wrong, in the API server's words; nil when nothing is.
  static func problem(_ value: JSONValue, _ type: ObjectType) -> String? {
    var problems: [String] = []
    check(value, .object(type.name), list: .atomic, path: [], &problems)
    if problems.count < 2 { return problems.first }
    return "errors:\n" + problems.map { "  " + $0 }.joined(separator: "\n")
  }

  private static func check(
    _ value: JSONValue, _ type: FieldType, list: ListSemantics, path: [PathStep],
    _ problems: inout [String]
  ) {
    func refuse(_ expected: String) {
      let isScalar = value.object == nil && value.array == nil
      let shown =
        isScalar && !["map", "list"].contains(expected)
        ? "&value.valueUnstructured{Value:\(ResponseWriter.untyped(value))}"
        : "&{\(GoText.value(value))}"
      problems.append("\(PathText.of(path)): expected \(expected), got \(shown)")
    }
    switch (value, type) {
    case (.null, _), (_, .any): break
    case (.object(let members), .object(let name)):
      let fields = Schema.kubernetes[name].fields
      for (key, member) in members.sorted(by: { $0.key < $1.key }) {
        let path = path + [.field(key)]
        guard let field = fields[key] else {
          problems.append("\(PathText.of(path)): field not declared in schema")
          return
        }
        check(member, field.type, list: field.list, path: path, &problems)
      }
    case (.object(let members), .map(let element)):
      for (key, member) in members.sorted(by: { $0.key < $1.key }) {
        check(member, element, list: .atomic, path: path + [.field(key)], &problems)
      }
    case (.array(let elements), .list(let element)):
      checkList(elements, element, list, path: path, &problems)
    case (_, .object), (_, .map): refuse("map")
    case (_, .list): refuse("list")
    case (.object, _), (.array, _): refuse("scalar")
    case (.string, .string), (.string, .bytes), (.string, .time), (.string, .microTime): break
    case (_, .string), (_, .bytes), (_, .time), (_, .microTime): refuse("string")
    case (.bool, .bool): break
    case (_, .bool): refuse("boolean")
    case (.integer, .int32), (.integer, .int64), (.integer, .number), (.number, .number): break
    case (_, .int32), (_, .int64), (_, .number): refuse("numeric (int or float)")
    default: break
    }
  }

  private static func checkList(
    _ elements: [JSONValue], _ type: FieldType, _ list: ListSemantics, path: [PathStep],
    _ problems: inout [String]
  ) {
    var seen: Set<PathStep> = []
    for (index, element) in elements.enumerated() {
      var step = PathStep.index(index)
      if let named = Shape.step(for: element, in: type, list) {
        if !seen.insert(named).inserted {
          problems.append("\(PathText.of(path)): duplicate entries for key \(PathText.of([named]))")
        }
        step = named
      } else if case .map(let keys) = list {
        let shown = keys.map { "\"\($0)\"" }.joined(separator: " ")
        problems.append(
          "\(PathText.of(path)): element \(index): associative list with keys has an element that "
            + "omits all key fields [\(shown)] (and doesn't have default values for any key fields)"
        )
      }
      check(element, type, list: .atomic, path: path + [step], &problems)
    }
  }
}
