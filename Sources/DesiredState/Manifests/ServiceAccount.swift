/// Whom the pods act as towards the API server.
func assembleServiceAccount(_ input: DesiredStateInput) -> Manifest {
  Manifest(
    apiVersion: "v1", kind: "ServiceAccount",
    metadata: ObjectMetadata(Names(input.release).serviceAccount, in: input.release))
}
