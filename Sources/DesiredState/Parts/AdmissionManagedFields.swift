internal import FilelogContract

/// What the admission policy asks about `metadata.managedFields`, which any client may write.
extension AdmissionExpressions {
  static func fields(of object: String) -> String {
    "(\(get("metadata.managedFields", of: object, else: "[]"))).filter(e, has(e.fieldsV1))"
  }

  private static func manager(_ entry: String) -> String {
    "(has(\(entry).manager) ? \(entry).manager : '')"
  }

  /// Who owns fields by server-side apply, and would take them away by the next one that does not name
  /// them. A sync container applies the metadata of its own maps.
  static func appliers(of object: String) -> String {
    """
    (\(get("metadata.managedFields", of: object, else: "[]"))).filter(e, e.operation == 'Apply' \
    && (variables.isShared || e.manager != \(CEL.text(Contract.sidecarFieldManager))))
    """
  }

  /// A node could claim in `managedFields` that an applier owns other nodes' offsets, which its next
  /// apply would then take away; or make upgrades a conflict. So no applier gains anything; and in the
  /// shared map none loses anything but the node's own key, which a store takes over from the
  /// client that restored it by apply.
  var appliersStay: String {
    let same = """
      \(Self.manager("o")) == \(Self.manager("e")) && o.apiVersion == e.apiVersion \
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

  /// The API server drops all managed fields of an object that they make too large, appliers included,
  /// whose ever patch it is: a node that filled them up would have other nodes' stores refused. And an
  /// entry that names another's labels makes them a conflict. So each entry names offsets that are
  /// there, and else what it named before, itself or the entries that the API server put together.
  var claimsAreTrue: String {
    func wasNamed(_ path: String) -> String {
      """
      variables.oldFields.exists(o, o.operation == e.operation \
      && (\(Self.manager("o")) == \(Self.manager("e")) || \(Self.manager("e")) == 'ancient-changes') && \(path))
      """
    }
    let key = "k in o.fieldsV1"
    let field = "\(key) && f in o.fieldsV1[k]"
    let member = "\(field) && g in o.fieldsV1[k][f] && o.fieldsV1[k][f][g] == e.fieldsV1[k][f][g]"
    let isOffset = """
      k == 'f:binaryData' && size(e.fieldsV1[k][f]) == 0 \
      && (f == '.' || f.substring(2) in variables.newBinary)
      """
    var isKey = "k == 'f:binaryData' || \(wasNamed(key))"
    var isField = wasNamed(field)
    var isMember = wasNamed(member)
    if let foreign = isForeign("g.substring(2)") {
      isKey = "k == 'f:metadata' || \(isKey)"
      isField = "(k == 'f:metadata' && f in ['f:labels', 'f:annotations']) || \(isField)"
      isMember = """
        (k == 'f:metadata' && size(e.fieldsV1[k][f][g]) == 0 && (g == '.' || (\(foreign) \
        && g.substring(2) in (f == 'f:labels' ? variables.newLabels : variables.newAnnotations)))) \
        || \(isMember)
        """
    }
    return """
      request.operation != 'UPDATE' || !variables.isShared || variables.newFields.all(e, \
      e.fieldsV1.all(k, (\(isKey)) && e.fieldsV1[k].all(f, (\(isOffset)) \
      || ((\(isField)) && e.fieldsV1[k][f].all(g, \(isMember))))))
      """
  }
}
