/// The map that the sync containers store one snapshot for each node in. With one map for each node
/// it stays, for the nodes that have not moved yet.
///
/// Metadata only: its data belongs to the nodes, and data stated by the operator would be owned by it
/// and removed by a later apply.
public func assembleFilelogOffsetsConfigMap(_ metadata: ObjectMetadata) -> Manifest {
  Manifest(apiVersion: "v1", kind: "ConfigMap", metadata: metadata)
}
