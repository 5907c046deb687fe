internal import FilelogContract
public import FilelogJSON

/// `securityContext` of a container that has no way to more privileges and nothing to write to but
/// volumes.
/// - Parameters:
///   - user: the UID of its processes; nil: the pod's, or the image's.
///   - group: the GID; nil: the pod's, or the image's.
///   - seLinuxOptions: of the collector's container, where that has any.
///   - setsSeccompProfile: blocks system calls that no container needs, where the pod does not say it
///     for all of them.
public func containerSecurityContext(
  user: Int? = nil, group: Int? = nil, seLinuxOptions: JSONValue? = nil,
  setsSeccompProfile: Bool = false
) -> JSONValue {
  .object(
    omittingNil: [
      "allowPrivilegeEscalation": false,
      "capabilities": ["drop": ["ALL"]],
      "readOnlyRootFilesystem": true,
      // The restricted standard of Pod Security asks for it where the pod does not say it for all.
      "runAsNonRoot": user.flatMap { $0 > 0 ? true : nil },
      "runAsUser": user.map(JSONValue.integer),
      "runAsGroup": group.map(JSONValue.integer),
      "seLinuxOptions": seLinuxOptions,
      "seccompProfile": setsSeccompProfile ? ["type": "RuntimeDefault"] : nil,
    ])
}

/// What the processes of the pod may do. Each context is stated once.
enum SecurityContext {
  /// For the pod: no process is root, and system calls that no container needs are blocked.
  ///
  /// No `fsGroup`: an emptyDir is writable for all, all containers run as the same user, and a
  /// volume of the user's is handed over by its own init container. The kubelet would give every
  /// file of a claim to the group at each start instead.
  static func pod(sysctls: [JSONValue]) -> JSONValue {
    .object(
      omittingNil: [
        "runAsNonRoot": true,
        "runAsUser": .integer(Contract.userID),
        "runAsGroup": .integer(Contract.groupID),
        "seccompProfile": ["type": "RuntimeDefault"],
        "sysctls": .list(sysctls),
      ])
  }

  /// For the container that hands a volume to the collector's user: root, but of all that root may
  /// do, only changing owners.
  static let volumeOwnership: JSONValue = [
    "allowPrivilegeEscalation": false,
    "capabilities": ["add": ["CHOWN"], "drop": ["ALL"]],
    "readOnlyRootFilesystem": true,
    "runAsNonRoot": false,
    "runAsUser": 0,
  ]
}
