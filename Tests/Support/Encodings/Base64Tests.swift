import FilelogEncodings
import Testing

@Suite struct Base64Tests {
  /// RFC 4648, section 10.
  @Test(arguments: [
    ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="),
    ("fooba", "Zm9vYmE="), ("foobar", "Zm9vYmFy"), ("\u{3ff}\u{3fe}", "z7/Pvg=="),
  ])
  func textAndBytesStandForEachOther(_ bytes: String, _ text: String) {
    #expect(Base64.encode(Array(bytes.utf8)) == text)
    #expect(Base64.decode(text) == Array(bytes.utf8))
    #expect(Base64.encodedCount(bytes.utf8.count) == text.utf8.count)
    #expect(Base64.decodedCount(Array(text.utf8)[...]) == bytes.utf8.count)
  }

  @Test(arguments: [
    "Zg", "Zg=", "Zg===", "Zh==", "Zm9=", "Z===", "Zm8=Zm8=", "Zm 8", "Zm-_", "Zé=",
  ])
  func whatNoEncoderWritesIsRefused(_ text: String) {
    #expect(Base64.decode(text) == nil)
  }
}
