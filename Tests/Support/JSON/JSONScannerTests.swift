import FilelogJSON
import FilelogSystemCalls
import Testing

@Suite struct JSONScannerTests {
  private static func skip(_ bytes: [UInt8]) -> Bool {
    var scanner = JSONScanner(bytes)
    return (try? scanner.skip()) != nil && (try? scanner.end()) != nil
  }

  private static func failure(_ bytes: [UInt8]) -> JSONScanner.Failure? {
    var scanner = JSONScanner(bytes)
    do {
      try scanner.skip()
      return nil
    } catch { return error }
  }

  /// What is skipped is as strictly JSON as what is read, but for texts, which are not decoded.
  @Test(arguments: UInt64(1)...400)
  func skippingAcceptsWhatParsingAccepts(_ seed: UInt64) {
    var random = SeededRandom(seed: seed)
    let pieces = [
      "{", "}", "[", "]", ",", ":", #""a""#, "1", "-0.0e+3", "true", "null", " ", #""\n""#, "01",
      "tru", "-",
    ]
    for _ in 0..<200 {
      let count = Int.random(in: 1...7, using: &random)
      let text = (0..<count).map { _ in pieces[Int.random(in: pieces.indices, using: &random)] }
        .joined()
      let isJSON = (try? JSONValue(parsing: text)) != nil
      #expect(Self.skip(Array(text.utf8)) == isJSON, "\(text)")
    }
  }

  @Test func aMegabyteOfBracketsIsSkipped() {
    let count = 1 << 20
    let open = [UInt8](repeating: UInt8(ascii: "["), count: count)
    #expect(Self.skip(open + [UInt8](repeating: UInt8(ascii: "]"), count: count)))
    #expect(!Self.skip(open))
    #expect(!Self.skip(open + [UInt8](repeating: UInt8(ascii: "}"), count: count)))
  }

  @Test func textThatEndsTooEarlyIsTruncatedRatherThanMalformed() {
    let whole = Array(#"{"a":[1.5e3,"x\n",true,null],"b":{"c":-0}}"#.utf8)
    for end in whole.indices {
      #expect(Self.failure(Array(whole[..<end])) == .truncated)
    }
  }
}
