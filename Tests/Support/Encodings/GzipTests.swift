import FilelogEncodings
import Testing

@Suite struct GzipTests {
  private let text = Array(String(repeating: "offsets of a log file ", count: 9000).utf8)

  @Test(arguments: [GzipWriter.Content.text, .records, .stored])
  func compressedBytesExpandToTheOriginal(_ content: GzipWriter.Content) throws {
    let packed = Gzip.compress(text, content)
    #expect(try Gzip.expand(packed, limit: text.count) == text)
    #expect(Gzip.compress(text, content) == packed)
  }

  @Test func expandingBeyondTheLimitThrows() {
    let packed = Gzip.compress(text)
    #expect(throws: GzipError.tooLarge(limit: text.count - 1)) {
      try Gzip.expand(packed, limit: text.count - 1)
    }
  }

  @Test func severalMembersAreOneStream() throws {
    let two = Gzip.compress([1, 2]) + Gzip.compress([3])
    #expect(try Gzip.expand(two, limit: 3) == [1, 2, 3])
  }

  @Test func damageThrows() {
    var packed = Gzip.compress(text)
    #expect(throws: GzipError.damaged("cut off")) {
      try Gzip.expand(packed.dropLast(), limit: 1 << 20)
    }
    #expect(throws: GzipError.damaged("1 bytes behind its end")) {
      try Gzip.expand(packed + [0], limit: 1 << 20)
    }
    packed[packed.count - 8] ^= 1
    #expect(throws: GzipError.self) { try Gzip.expand(packed, limit: 1 << 20) }
  }

  @Test func skippingCountsWhatThereIs() throws {
    let reader = GzipReader(Gzip.compress(text), limit: 1 << 21)
    #expect(try reader.skip(100_000) == 100_000)
    #expect(try reader.read(4) == Array(text[100_000..<100_004]))
    #expect(try reader.skip(1 << 20) == text.count - 100_004)
  }
}

@Suite struct PercentEncodingTests {
  @Test func onlyUnreservedCharactersStay() {
    #expect(PercentEncoding.encode("aZ0-._~ /é%") == "aZ0-._~%20%2F%C3%A9%25")
    #expect(PercentEncoding.decode("aZ0-._~%20%2f%C3%A9%25") == "aZ0-._~ /é%")
  }

  @Test(arguments: ["%", "%4", "%zz", "%C3", "%+1"])
  func brokenEscapesAreRefusedOrKept(_ text: String) {
    #expect(PercentEncoding.decode(text) == nil)
    let kept = text == "%C3" ? "\u{fffd}" : text
    #expect(PercentEncoding.decodeLeniently(text) == kept)
  }

  @Test func plusIsSpaceInFormsOnly() {
    #expect(PercentEncoding.decodeLeniently("a+b", plusIsSpace: true) == "a b")
    #expect(PercentEncoding.decodeLeniently("a+b") == "a+b")
  }
}
