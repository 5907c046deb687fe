internal import FilelogContract
internal import FilelogJSON

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
  /// Labels and annotations whose names begin so are not the pods' business: a mutating policy may set
  /// them in a store.
  var foreignPrefixes: [String] = []
  /// How many bytes a node may hold in the shared map; nil: all that fits.
  var sharedLimit: Int?

  // MARK: What is known

  /// In an order in which each uses only those before it.
  var variables: [Variable] {
    let sharedMap = CEL.text(self.sharedMap)
    let differencePrefix = CEL.text(
      Contract.NodeMap.differencePrefix(sharedMap: self.sharedMap))
    let variables = [
      Variable(name: "node", expression: Self.claim("node-name")),
      Variable(name: "nodeUID", expression: Self.claim("node-uid")),
      Variable(name: "map", expression: "request.operation == 'DELETE' ? oldObject : object"),
      Variable(
        name: "name",
        expression: "has(variables.map.metadata.name) ? variables.map.metadata.name : ''"),
      Variable(name: "isShared", expression: "variables.name == \(sharedMap)"),
      Variable(name: "isNodeMap", expression: Self.isNamed(nodePrefix)),
      Variable(name: "isDifference", expression: Self.isNamed(differencePrefix)),
      Variable(name: "partNumber", expression: partNumber),
      Variable(name: "isPart", expression: isPart),
      Variable(name: "oldBinary", expression: Self.get("binaryData", of: "oldObject", else: "{}")),
      Variable(name: "newBinary", expression: Self.get("binaryData", of: "object", else: "{}")),
      Variable(name: "oldData", expression: Self.get("data", of: "oldObject", else: "{}")),
      Variable(name: "newData", expression: Self.get("data", of: "object", else: "{}")),
      Variable(name: "oldAppliers", expression: Self.appliers(of: "oldObject")),
      Variable(name: "newAppliers", expression: Self.appliers(of: "object")),
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

  /// Who owns fields by server-side apply, and would take them away by the next one that does not name
  /// them. A sync container applies the metadata of its own maps.
  private static func appliers(of object: String) -> String {
    let all = get("metadata.managedFields", of: object, else: "[]")
    return """
      (\(all)).filter(e, e.operation == 'Apply' \
      && (variables.isShared || e.manager != \(CEL.text(Contract.sidecarFieldManager))))
      """
  }

  /// Whether a map is the node's: its name is a prefix and the node's, or, where that is too long,
  /// the prefix, a hyphen and a digest. The node's name in the annotation is asked for besides.
  private static func isNamed(_ prefix: String, _ name: String = "variables.name") -> String {
    """
    size(\(prefix) + variables.node) <= \(Contract.NodeMap.longestName) \
    ? \(name) == \(prefix) + variables.node \
    : \(name).startsWith(\(prefix) + '-') \
    && \(name).substring(size(\(prefix)) + 1).matches('^[0-9a-f]{64}$')
    """
  }

  private var nodePrefix: String {
    CEL.text(Contract.NodeMap.prefix(sharedMap: sharedMap))
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
          : request.operation != 'DELETE' \
          && (variables.isNodeMap || variables.isPart || variables.isDifference)
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
          || (!variables.isShared && (variables.isDifference \
          ? \(ownOfDifference.joined(separator: " && ")) : \(own.joined(separator: " && "))))
          """,
        message: "'node ' + variables.node + ' may change nothing but offsets'"),
      Validation(
        expression: """
          variables.isShared || request.operation != 'UPDATE' \
          || (variables.isDifference ? variables.oldBinary.all(k, k == variables.node) \
          : \(Self.annotation) in variables.oldAnnotations \
          && variables.oldAnnotations[\(Self.annotation)] == variables.node)
          """,
        message: "'config map ' + variables.name + ' is of another node'"),
      Validation(
        expression: appliersStay,
        message: "'node ' + variables.node + ' may not change what others apply'"),
    ] + share
  }

  /// A node could claim in `managedFields` that an applier owns other nodes' offsets, which its next
  /// apply would then take away; or make upgrades a conflict. So no applier gains anything; and in the
  /// shared map none loses anything but the node's own key, which a store takes over from whoever
  /// restored it by apply.
  private var appliersStay: String {
    let same = """
      (has(o.manager) ? o.manager : '') == (has(e.manager) ? e.manager : '') \
      && o.apiVersion == e.apiVersion \
      && (has(o.subresource) ? o.subresource : '') == (has(e.subresource) ? e.subresource : '')
      """
    // The fields of config maps lie three levels deep.
    let isCovered = """
      e.fieldsV1.all(k, k in o.fieldsV1 && (e.fieldsV1[k] == o.fieldsV1[k] \
      || e.fieldsV1[k].all(f, f in o.fieldsV1[k] && (e.fieldsV1[k][f] == o.fieldsV1[k][f] \
      || e.fieldsV1[k][f].all(g, g in o.fieldsV1[k][f] \
      && e.fieldsV1[k][f][g] == o.fieldsV1[k][f][g])))))
      """
    let isOwn = "f in ['.', 'f:' + variables.node]"
    let hadOnlyOwn = "o.fieldsV1.all(k, k == 'f:binaryData' && o.fieldsV1[k].all(f, \(isOwn)))"
    let keeps = """
      o.fieldsV1.all(k, k == 'f:binaryData' \
      ? o.fieldsV1[k].all(f, \(isOwn) || (k in e.fieldsV1 && f in e.fieldsV1[k])) \
      : (k in e.fieldsV1 && e.fieldsV1[k] == o.fieldsV1[k]))
      """
    return """
      request.operation != 'UPDATE' \
      || (variables.newAppliers.all(e, variables.oldAppliers.exists(o, \(same) && \(isCovered))) \
      && (!variables.isShared || variables.oldAppliers.all(o, (\(hadOnlyOwn)) \
      || variables.newAppliers.exists(e, \(same) && \(keeps)))))
      """
  }

  /// Keys hold base64: four characters for three bytes.
  private var share: [Validation] {
    guard let sharedLimit else { return [] }
    return [
      Validation(
        expression: """
          !variables.isShared || !(variables.node in variables.newBinary) \
          || size(variables.newBinary[variables.node]) <= \((sharedLimit + 2) / 3 * 4)
          """,
        message: "'node ' + variables.node + ' may hold \(sharedLimit) bytes of the shared map'")
    ]
  }

  private static let partsKey = CEL.text(Contract.NodeMap.partsKey)
  private static let annotation = CEL.text(Contract.NodeMap.nodeAnnotation)

  /// Everything but offsets is as before; a node's own map may change its list of parts.
  private var unchanged: String {
    let metadata = Self.metadata.map { field in
      let (old, new) = ("variables.old\(field.suffix)", "variables.new\(field.suffix)")
      guard field.empty == "{}", let foreign = isForeign else { return "\(old) == \(new)" }
      return """
        \(new).all(k, \(foreign) || (k in \(old) && \(old)[k] == \(new)[k])) \
        && \(old).all(k, \(foreign) || k in \(new))
        """
    }
    let immutable = ["object", "oldObject"].map {
      "(\(Self.get("immutable", of: $0, else: "false")))"
    }
    return
      (metadata + [
        "(!variables.isShared || variables.oldData == variables.newData)",
        immutable.joined(separator: " == "),
      ]).joined(separator: " && ")
  }

  /// Whether a label or an annotation `k` is of others; nil: none is.
  private var isForeign: String? {
    if foreignPrefixes.isEmpty { return nil }
    return "(" + foreignPrefixes.map { "k.startsWith(\(CEL.text($0)))" }.joined(separator: " || ")
      + ")"
  }

  /// What was there before, from an administrator, or is of others.
  private func stays(_ name: String) -> String {
    let was = "(k in variables.old\(name) && variables.old\(name)[k] == variables.new\(name)[k])"
    return isForeign.map { "\($0) || \(was)" } ?? was
  }

  /// What a sync container makes of the map with a difference: next to nothing, since it is written at
  /// every store. Its one key names the node, and the node's map is its owner.
  private var ownOfDifference: [String] {
    let kind = CEL.text(Contract.NodeMap.kindLabel)
    let fixed = CEL.map(labels.filter { $0.key == Contract.NodeMap.releaseLabel })
    return [
      """
      variables.newLabels.all(k, (k == \(kind) \
      && variables.newLabels[k] == \(CEL.text(Contract.NodeMap.differenceKind))) \
      || (k in \(fixed) && \(fixed)[k] == variables.newLabels[k]) || \(stays("Labels")))
      """,
      """
      \(fixed).all(k, k in variables.newLabels && variables.newLabels[k] == \(fixed)[k]) \
      && \(kind) in variables.newLabels
      """,
      "variables.newAnnotations.all(k, \(stays("Annotations")))",
      "size(variables.newFinalizers) == 0",
      """
      size(variables.newOwners) == 1 && variables.newOwners.all(o, o.apiVersion == 'v1' \
      && o.kind == 'ConfigMap' && (\(Self.isNamed(nodePrefix, "o.name"))) \
      && !(has(o.controller) && o.controller) \
      && !(has(o.blockOwnerDeletion) && o.blockOwnerDeletion))
      """,
      "!(has(object.immutable) && object.immutable)",
    ]
  }

  /// What a sync container applies: the release's labels, whatever its version, so that no map hides
  /// from commands; and the node as the owner, so that the garbage collector finds it, or none where
  /// the token names no node's UID.
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
      || (k in \(fixed) && \(fixed)[k] == variables.newLabels[k]) || \(stays("Labels")))
      """,
      """
      \(fixed).all(k, k in variables.newLabels && variables.newLabels[k] == \(fixed)[k]) \
      && \(CEL.text(Contract.NodeMap.kindLabel)) in variables.newLabels
      """,
      """
      \(Self.annotation) in variables.newAnnotations \
      && variables.newAnnotations.all(k, k == \(Self.annotation) \
      ? variables.newAnnotations[k] == variables.node : \(stays("Annotations")))
      """,
      "size(variables.newFinalizers) == 0",
      """
      size(variables.newOwners) <= 1 \
      && (request.operation != 'CREATE' || variables.nodeUID == '' \
      || size(variables.newOwners) == 1) && variables.newOwners.all(o, o.apiVersion == 'v1' \
      && o.kind == 'Node' && o.name == variables.node && o.uid == variables.nodeUID \
      && !(has(o.controller) && o.controller) \
      && !(has(o.blockOwnerDeletion) && o.blockOwnerDeletion))
      """,
      "!(has(object.immutable) && object.immutable)",
    ]
  }
}
