internal import FoundationEssentials

/// A whole expected output, kept beside the tests.
///
/// With `RECORD_GOLDEN` in the environment it is written anew. One that is missing is written too,
/// and the test fails all the same: no person has looked at it yet.
public struct GoldenFile: Sendable {
  public let path: String

  /// - Parameter name: in `Tests/Golden`.
  public init(_ name: String) {
    path = String(Fixtures.directory.dropLast("Fixtures".count)) + "Golden/" + name
  }

  /// - Parameter path: of a file elsewhere.
  public init(path: String) { self.path = path }

  /// - Returns: nil when the file holds exactly this text, else what is different.
  public func difference(from text: String) -> String? {
    let expected = (try? HostFiles.read(path)).map { String(decoding: $0, as: UTF8.self) }
    let isRecording = ProcessInfo.processInfo.environment["RECORD_GOLDEN"] != nil
    if expected == nil || isRecording {
      do {
        try HostFiles.write(Array(text.utf8), to: path)
      } catch {
        return "\(path) cannot be written: \(error)"
      }
      return isRecording ? nil : "\(path) was missing; look at what was recorded, and commit it"
    }
    guard let expected, expected != text else { return nil }
    let before = expected.split(separator: "\n", omittingEmptySubsequences: false)
    let after = text.split(separator: "\n", omittingEmptySubsequences: false)
    let same = zip(before, after).prefix { $0 == $1 }.count
    return """
      \(path):\(same + 1):
      expected: \(same < before.count ? before[same] : "the end")
      found:    \(same < after.count ? after[same] : "the end")
      """
  }
}
