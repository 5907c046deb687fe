internal import Contract
internal import JSON

/// What the admission policy asks about a change of a config map by a collector pod.
struct AdmissionExpressions {
  struct Variable {
    let name: String
    let expression: String
  }

  struct Validation {
    let expression: String
    /// What the pod is told, as an expression.
    let message: String

    var json: JSONValue {
      [
        "expression": .string(expression), "messageExpression": .string(message),
        "reason": "Forbidden",
      ]
    }
  }

  /// The map that all nodes share.
  let sharedMap: String
  /// The labels of maps that sync containers make; their version may change.
  let labels: [String: String]

  // MARK: What is known

  /// In an order in which each uses only those before it.
  var variables: [Variable] {
    let sharedMap = CEL.text(self.sharedMap)
    let nodePrefix = CEL.text(Contract.NodeMap.prefix(sharedMap: self.sharedMap))
    let variables = [
      Variable(name: "node", expression: Self.claim("node-name")),
      Variable(name: "nodeUID", expression: Self.claim("node-uid")),
      Variable(name: "map", expression: "request.operation == 'DELETE' ? oldObject : object"),
      Variable(
        name: "name",
        expression: "has(variables.map.metadata.name) ? variables.map.metadata.name : ''"),
      Variable(name: "isShared", expression: "variables.name == \(sharedMap)"),
      Variable(name: "isNodeMap", expression: Self.isNamed(nodePrefix)),
      Variable(name: "partNumber", expression: partNumber),
      Variable(name: "isPart", expression: isPart),
      Variable(name: "oldBinary", expression: Self.get("binaryData", of: "oldObject", else: "{}")),
      Variable(name: "newBinary", expression: Self.get("binaryData", of: "object", else: "{}")),
      Variable(name: "oldData", expression: Self.get("data", of: "oldObject", else: "{}")),
      Variable(name: "newData", expression: Self.get("data", of: "object", else: "{}")),
    ]
    return variables
      + Self.metadata.flatMap { field in
        [("old", "oldObject"), ("new", "object")].map { prefix, object in
          Variable(
            name: prefix + field.suffix,
            expression: Self.get("metadata.\(field.name)", of: object, else: field.empty))
        }
      }
  }

  /// What the token of the pod says besides who it is; empty when it says nothing.
  private static func claim(_ name: String) -> String {
    let extra = "request.userInfo.extra"
    let key = "'authentication.kubernetes.io/\(name)'"
    return "has(\(extra)) && \(key) in \(extra) && size(\(extra)[\(key)]) == 1 "
      + "? \(extra)[\(key)][0] : ''"
  }

  private static func get(_ field: String, of object: String, else empty: String) -> String {
    "\(object) != null && has(\(object).\(field)) ? \(object).\(field) : \(empty)"
  }

  /// Whether a map is the node's: its name is a prefix and the node's, or, where that is too long,
  /// the prefix, a hyphen and a digest. The node's name in the annotation is asked for besides.
  private static func isNamed(_ prefix: String) -> String {
    """
    size(\(prefix) + variables.node) <= \(Contract.NodeMap.longestName) \
    ? variables.name == \(prefix) + variables.node \
    : variables.name.startsWith(\(prefix) + '-') \
    && variables.name.substring(size(\(prefix)) + 1).matches('^[0-9a-f]{64}$')
    """
  }

  /// The digits between the prefix and the next hyphen.
  private var partNumber: String {
    let prefix = Contract.NodeMap.partPrefix(sharedMap: sharedMap)
    return """
      variables.name.startsWith(\(CEL.text(prefix))) \
      ? variables.name.substring(\(prefix.utf8.count)).split('-')[0] : ''
      """
  }

  private var isPart: String {
    let prefix = CEL.text(Contract.NodeMap.partPrefix(sharedMap: sharedMap))
    return """
      variables.partNumber.matches('^(0|[1-9][0-9]?)$') \
      && int(variables.partNumber) < \(Contract.NodeMap.partNumbers) \
      && (\(Self.isNamed("(\(prefix) + variables.partNumber + '-')")))
      """
  }

  /// The metadata that other clients could act on.
  private static let metadata = [
    (name: "labels", suffix: "Labels", empty: "{}"),
    (name: "annotations", suffix: "Annotations", empty: "{}"),
    (name: "finalizers", suffix: "Finalizers", empty: "[]"),
    (name: "ownerReferences", suffix: "Owners", empty: "[]"),
  ]

  // MARK: What must hold

  var validations: [Validation] {
    [
      Validation(
        expression: "variables.node != ''",
        message: "'the service account token is not bound to a node'"),
      Validation(
        expression: """
          variables.isShared ? request.operation == 'UPDATE' \
          : request.operation != 'DELETE' && (variables.isNodeMap || variables.isPart)
          """,
        message: """
          'node ' + variables.node + ' may not ' + request.operation + ' config map ' \
          + variables.name
          """),
      Validation(
        expression: """
          !variables.isShared || (variables.newBinary.all(k, k == variables.node \
          || (k in variables.oldBinary && variables.oldBinary[k] == variables.newBinary[k])) \
          && variables.oldBinary.all(k, k == variables.node || k in variables.newBinary))
          """,
        message: "'node ' + variables.node + ' may only change binaryData[' + variables.node + ']'"),
      Validation(
        expression: """
          variables.isShared || (variables.newBinary.all(k, k == variables.node) \
          && variables.newData.all(k, variables.isNodeMap && k == \(Self.partsKey)))
          """,
        message: "'config map ' + variables.name + ' may hold nothing but offsets'"),
      Validation(
        expression: """
          (request.operation == 'UPDATE' && \(unchanged)) \
          || (!variables.isShared && \(own.joined(separator: " && ")))
          """,
        message: "'node ' + variables.node + ' may change nothing but offsets'"),
      Validation(
        expression: """
          variables.isShared || request.operation != 'UPDATE' \
          || (\(Self.annotation) in variables.oldAnnotations \
          && variables.oldAnnotations[\(Self.annotation)] == variables.node)
          """,
        message: "'config map ' + variables.name + ' is of another node'"),
    ]
  }

  private static let partsKey = CEL.text(Contract.NodeMap.partsKey)
  private static let annotation = CEL.text(Contract.NodeMap.nodeAnnotation)

  /// Everything but offsets is as before; a node's own map may change its list of parts.
  private var unchanged: String {
    let metadata = Self.metadata.map { "variables.old\($0.suffix) == variables.new\($0.suffix)" }
    let immutable = ["object", "oldObject"].map {
      "(\(Self.get("immutable", of: $0, else: "false")))"
    }
    return
      (metadata + [
        "(!variables.isShared || variables.oldData == variables.newData)",
        immutable.joined(separator: " == "),
      ]).joined(separator: " && ")
  }

  /// What a sync container applies: the release's labels, whatever its version, and the node as the
  /// owner, or none.
  private var own: [String] {
    var labels = labels
    labels[Labels.changing] = nil
    let fixed = CEL.map(labels)
    let kind = """
      (variables.isPart ? \(CEL.text(Contract.NodeMap.partKind)) \
      : \(CEL.text(Contract.NodeMap.nodeKind)))
      """
    return [
      """
      variables.newLabels.all(k, k == \(CEL.text(Labels.changing)) \
      || (k == \(CEL.text(Contract.NodeMap.kindLabel)) && variables.newLabels[k] == \(kind)) \
      || (k in \(fixed) && \(fixed)[k] == variables.newLabels[k]))
      """,
      "variables.newAnnotations == {\(Self.annotation): variables.node}",
      "size(variables.newFinalizers) == 0",
      """
      size(variables.newOwners) <= 1 && variables.newOwners.all(o, o.apiVersion == 'v1' \
      && o.kind == 'Node' && o.name == variables.node && o.uid == variables.nodeUID \
      && !(has(o.controller) && o.controller) \
      && !(has(o.blockOwnerDeletion) && o.blockOwnerDeletion))
      """,
      "!(has(object.immutable) && object.immutable)",
    ]
  }
}
