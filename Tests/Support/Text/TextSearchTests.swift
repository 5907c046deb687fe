import FilelogText
import Testing

@Suite struct TextSearchTests {
  @Test(arguments: [
    ("", "a", nil), ("a", "", nil), ("ab", "abc", nil), ("abc", "c", 2), ("aab", "ab", 1),
    ("aaaab", "aab", 2), ("x\0ab", "ab", 2), ("ababac", "abac", 2), ("abab", "ba", 1),
  ])
  func bytesAreFoundWhereTheyFirstStand(_ text: String, _ wanted: String, _ place: Int?) {
    // A slice that does not begin at 0.
    let bytes = Array(("ab" + text).utf8)[2...]
    #expect(bytes.firstPlace(of: wanted.utf8)?.lowerBound == place.map { $0 + 2 })
    #expect(text.holds(wanted) == (place != nil))
  }

  /// To Swift's characters, a letter before a combining mark is another one.
  @Test func textIsFoundByItsBytes() {
    #expect("e\u{301}".holds("e"))
    #expect("exceeded quota: a, b".rest(after: "quota: ") == "a, b")
    #expect("exceeded".rest(after: "quota") == nil)
  }

  @Test func everyPlaceIsReplaced() {
    #expect("aXbXX".replacingEach("X", with: "--") == "a--b----")
    #expect("abc".replacingEach("x", with: "y") == "abc")
    #expect("aaa".replacingEach("aa", with: "b") == "ba")
    #expect("abc".replacingEach("", with: "y") == "abc")
  }
}
