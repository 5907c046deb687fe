import FilelogCheckpoint
import Testing

@Suite struct CanonicalContentTests {
  static let files = (0..<5).map { index in
    KnownFile(fingerprint: Array("file \(index)".utf8), offset: Int64(index * 100))
  }

  @Test(arguments: [Checkpoint.Encoding.protobuf, .json])
  func anotherOrderIsTheSameContent(_ encoding: Checkpoint.Encoding) {
    let one = Checkpoint(files: Self.files, encoding: encoding).encoded()
    let other = Checkpoint(files: Self.files.reversed(), encoding: encoding).encoded()
    #expect(one != other)
    #expect(canonicalContent(of: one) == canonicalContent(of: other))
  }

  @Test(arguments: [Checkpoint.Encoding.protobuf, .json])
  func anotherOffsetIsAnotherContent(_ encoding: Checkpoint.Encoding) {
    let one = Checkpoint(files: Self.files, encoding: encoding)
    var other = one
    other.files[2].offset += 1
    #expect(canonicalContent(of: one.encoded()) != canonicalContent(of: other.encoded()))
  }

  @Test(arguments: [Checkpoint.Encoding.protobuf, .json])
  func anEntryStoredTwiceIsNotAnEntryStoredOnce(_ encoding: Checkpoint.Encoding) {
    let one = Checkpoint(files: Self.files, encoding: encoding)
    let other = Checkpoint(files: Self.files + [Self.files[0]], encoding: encoding)
    #expect(canonicalContent(of: one.encoded()) != canonicalContent(of: other.encoded()))
  }

  @Test func fieldsUnknownHereCount() {
    // Field 31 of an entry and field 9 of the list: 1, then 2.
    let entry: [UInt8] = [0x0a, 0x03, 0xf8, 0x01]
    #expect(canonicalContent(of: entry + [1]) != canonicalContent(of: entry + [2]))
    #expect(canonicalContent(of: [0x0a, 0, 0x48, 1]) != canonicalContent(of: [0x0a, 0, 0x48, 2]))
    #expect(canonicalContent(of: [0x48, 1, 0x48, 2]) != canonicalContent(of: [0x48, 2, 0x48, 1]))
  }

  @Test(arguments: [
    "", "21\n", "not any encoding", "2\n{}\nx\n", "1\n{}", "\u{0a}", "12", "{\n}\n",
  ])
  func whatIsInNeitherEncodingIsItsOwnContent(_ text: String) {
    let value = Array(text.utf8)
    #expect(canonicalContent(of: value) == value)
  }

  @Test func linesThatAreNotObjectsKeepTheirOrder() {
    let one = Array("2\n[1]\n[2]\n".utf8)
    let other = Array("2\n[2]\n[1]\n".utf8)
    #expect(canonicalContent(of: one) != canonicalContent(of: other))
  }
}
