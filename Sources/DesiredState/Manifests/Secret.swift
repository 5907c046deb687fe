internal import FilelogEncodings
internal import FilelogJSON

/// The tokens and secret header values that were given in the values as text; nil when there are
/// none. They reach the collector as environment variables; no config map ever holds them.
func assembleSecret(_ input: DesiredStateInput) -> Manifest? {
  let literals = Credentials(input).literals
  guard !literals.isEmpty else { return nil }
  let data = literals.mapValues { Base64.encode(Array($0.utf8)) }
  return Manifest(
    apiVersion: "v1", kind: "Secret",
    metadata: ObjectMetadata(Names(input.release).secret, in: input.release),
    content: ["type": "Opaque", "data": .texts(data)])
}
