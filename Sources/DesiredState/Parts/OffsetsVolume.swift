public import FilelogContract
public import FilelogJSON

/// The volume that a collector keeps its offsets in when init and sync containers carry them: it dies
/// with the pod, and the kubelet evicts a pod whose volume grows past the limit.
public func filelogReceiverOffsetsVolume(
  name: String = Contract.OffsetsVolume.name,
  sizeLimit: String = Contract.OffsetsVolume.sizeLimit
) -> JSONValue {
  ["name": .string(name), "emptyDir": ["sizeLimit": .string(sizeLimit)]]
}

/// Where a container finds the offsets; writable.
/// - Parameters:
///   - name: the volume's.
///   - directory: the collector's storage extension has the same.
///   - isSharedByNodes: gives every node a directory of its own on the volume. The container needs
///     the variable `K8S_NODE_NAME` for it.
public func filelogReceiverOffsetsVolumeMount(
  _ name: String = Contract.OffsetsVolume.name,
  at directory: String = Contract.OffsetsVolume.mountPath,
  isSharedByNodes: Bool = false
) -> JSONValue {
  var mount: JSONValue = ["name": .string(name), "mountPath": .string(directory)]
  if isSharedByNodes {
    mount["subPathExpr"] = .string("$(\(Contract.Variable.nodeName.rawValue))")
  }
  return mount
}
