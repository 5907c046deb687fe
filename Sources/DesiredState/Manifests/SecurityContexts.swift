internal import Contract
internal import JSON

/// What the processes of the pod may do. Each context is stated once.
enum SecurityContext {
  /// For the pod: nobody is root, and system calls that no container needs are blocked.
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

  /// For every container: no way to more privileges, and nothing to write to but volumes.
  static let container: JSONValue = [
    "allowPrivilegeEscalation": false,
    "capabilities": ["drop": ["ALL"]],
    "readOnlyRootFilesystem": true,
  ]

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
