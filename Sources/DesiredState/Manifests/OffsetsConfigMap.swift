/// The map that the sync containers store one snapshot for each node in; nil with a volume of the
/// user's. With one map for each node it stays, for the nodes that have not moved yet.
///
/// Labels only: its data belongs to the nodes, and whatever the operator stated there it would own
/// and one day take away.
func assembleFilelogOffsetsConfigMap(_ input: DesiredStateInput) -> Manifest? {
  guard input.values.offsetStorage.maps != nil else { return nil }
  return Manifest(
    apiVersion: "v1", kind: "ConfigMap",
    metadata: ObjectMetadata(Names(input.release).offsetsConfigMap, in: input.release))
}
