internal import FilelogCheckpoint

/// A value is refused, or decoded to files that survive being encoded; and every value, decodable or
/// not, has a canonical form of its own length that is its own canonical form.
enum CheckpointCheck {
  static func violation(_ bytes: [UInt8]) -> String? {
    let canonical = canonicalContent(of: bytes)
    guard canonical.count == bytes.count else { return "the canonical form has another length" }
    guard canonicalContent(of: canonical) == canonical else {
      return "the canonical form is not canonical"
    }
    guard let checkpoint = try? Checkpoint(decoding: bytes) else { return nil }
    guard var again = try? Checkpoint(decoding: checkpoint.encoded()) else {
      return "what was encoded is refused"
    }
    guard again == checkpoint else { return "encoding changes the content" }
    again.files.reverse()
    let reversed = canonicalContent(of: again.encoded())
    return reversed == canonicalContent(of: checkpoint.encoded())
      ? nil : "the canonical form depends on the order of files"
  }
}
