internal import FilelogKubernetesAPI

/// Fields that another manager owns and sets otherwise.
struct FieldConflict: Hashable {
  let manager: String
  /// The manager is one that applies configurations, as this one does; otherwise the fields
  /// were changed by hand, as `kubectl edit` does.
  let applies: Bool
  var fields: [String]

  /// The conflicts that an apply was refused for; empty when it was refused for something else.
  ///
  /// The server's words for each are `conflict with "manager"`, followed by `using v1` for managers
  /// that do not apply.
  static func list(_ status: KubernetesStatus) -> [FieldConflict] {
    guard status.code == 409 else { return [] }
    var conflicts: [FieldConflict] = []
    for cause in status.causes where cause.reason == "FieldManagerConflict" {
      let parts = cause.message.split(separator: "\"", omittingEmptySubsequences: false)
      let manager = parts.count > 2 ? String(parts[1]) : "another manager"
      let applies = !(parts.last ?? "").contains("using ")
      let field = cause.field ?? "a field"
      if let index = conflicts.firstIndex(where: {
        $0.manager == manager && $0.applies == applies
      }) {
        conflicts[index].fields.append(field)
      } else {
        conflicts.append(FieldConflict(manager: manager, applies: applies, fields: [field]))
      }
    }
    return conflicts
  }

  /// How many fields of one manager are shown.
  private static let shownFields = 4

  private var fieldText: String {
    let shown = fields.prefix(Self.shownFields).joined(separator: ", ")
    let rest = fields.count - Self.shownFields
    return rest > 0 ? "\(shown) and \(rest) more" : shown
  }

  /// `kubectl-edit had set .spec.a, .spec.b`
  static func past(_ conflicts: [FieldConflict]) -> String? {
    if conflicts.isEmpty { return nil }
    return conflicts.map { "\($0.manager) had set \($0.fieldText)" }.joined(separator: "; ")
  }

  /// `kubectl sets .spec.a; other sets .spec.b`
  static func present(_ conflicts: [FieldConflict]) -> String {
    conflicts.map { "\($0.manager) sets \($0.fieldText)" }.joined(separator: "; ")
  }
}
