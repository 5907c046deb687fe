internal import FilelogJSON

/// Who the collector runs as: its databases have mode 0600, so the sync container has to be the same.
struct CollectorUserDecision {
  /// Nil: the platform says.
  let user: Int?
  let group: Int?
  /// Where it is known from.
  let source: String

  init(_ workload: Workload, _ given: AttachOptions.CollectorUser?) throws(Refused) {
    let contexts = [
      (workload.collector["securityContext"], "container"), (workload.podSecurityContext, "pod"),
    ]
    // Templates write large numbers with an exponent, which the API server takes.
    let stated = contexts.compactMap { context, source in
      context?["runAsUser"]?.wholeNumber.map { ($0, source) }
    }.first
    let statedGroup = contexts.compactMap { context, _ in context?["runAsGroup"]?.wholeNumber }
      .first
    switch given {
    case .platform?:
      (user, group, source) = (nil, nil, "platform")
      return
    case .ids(let id, let groupID)?:
      if let stated, stated.0 != id {
        throw Refused(
          .collectorUser,
          "\(id) is not who the collector runs as (\(stated.0), from the \(stated.1)); leave the "
            + "option out")
      }
      (user, group, source) = (id, groupID ?? statedGroup, "option")
      return
    case nil: break
    }
    if let stated {
      (user, group, source) = (stated.0, statedGroup, stated.1)
      return
    }
    let reference = workload.collector["image"]?.string ?? ""
    guard let image = KnownImage.find(reference), let id = image.user else {
      let ofNone = workload.form == .collectorResource ? "(the operator's own)" : "(none is set)"
      let name = reference.isEmpty ? ofNone : reference
      throw Refused(
        (workload.collectorPath + ["securityContext"]).text,
        "neither container nor pod says who the collector runs as, and the image \(name) is not "
          + "known; set runAsUser, or give \(option: .collectorUser) UID[:GID]"
      )
    }
    (user, group, source) = (id, statedGroup ?? image.group, "image")
  }

  /// `10001:10001 (image)`
  var text: String {
    let ids = user.map { user in "\(user)" + (group.map { ":\($0)" } ?? "") }
    return ids.map { "\($0) (\(source))" } ?? "as the platform says"
  }

  /// Whether the collector may read log files, which are root:root with mode 0640.
  func readsLogFiles(_ workload: Workload) -> Bool {
    let groups = workload.podSecurityContext?["supplementalGroups"]?.array ?? []
    return user == nil || user == 0 || group == 0 || groups.contains(0)
      || workload.podSecurityContext?["fsGroup"]?.integer == 0
  }
}
