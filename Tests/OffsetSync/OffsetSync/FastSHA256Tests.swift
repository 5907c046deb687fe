import FilelogEncodings
import Testing

@testable import OffsetSync

@Suite struct FastSHA256Tests {
  /// Two implementations of one standard.
  @Test func bothImplementationsAgreeAtEveryLength() {
    for count in 0...260 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
      var fast = FastSHA256()
      fast.update(bytes)
      #expect(fast.finish() == SHA256.hash(bytes), "\(count)")
    }
  }
}
