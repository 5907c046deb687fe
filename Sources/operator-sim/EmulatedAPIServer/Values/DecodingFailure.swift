/// What cannot be decoded, in Go's words.
struct DecodingFailure: Error, Hashable {
  let message: String
}
