/// Where a character of the input stands: libyaml counts characters, an edit of text counts bytes.
///
/// Keeps a pointer into the buffer, which must outlive it.
struct ByteOffsets {
  private let buffer: UnsafeBufferPointer<UInt8>
  /// libyaml does not count a byte order mark.
  private let start: Int
  /// The byte at which every ``stride``th character begins; nil when all characters are one byte.
  private let checkpoints: [Int]?

  private static let stride = 256

  init(_ buffer: UnsafeBufferPointer<UInt8>) {
    self.buffer = buffer
    start = buffer.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    guard !Self.isASCII(UnsafeRawBufferPointer(buffer).dropFirst(start)) else {
      checkpoints = nil
      return
    }
    var checkpoints: [Int] = []
    var characters = 0
    for index in start..<buffer.count where !Self.continues(buffer[index]) {
      if characters % Self.stride == 0 { checkpoints.append(index) }
      characters += 1
    }
    self.checkpoints = checkpoints
  }

  private static func isASCII(_ bytes: Slice<UnsafeRawBufferPointer>) -> Bool {
    let raw = UnsafeRawBufferPointer(rebasing: bytes)
    let words = raw.count / 8
    for word in 0..<words
    where raw.loadUnaligned(fromByteOffset: word * 8, as: UInt64.self) & 0x8080_8080_8080_8080 != 0
    {
      return false
    }
    return raw[(words * 8)...].allSatisfy { $0 < 0x80 }
  }

  /// The end of the input for a character behind it.
  func byte(ofCharacter character: Int) -> Int {
    guard let checkpoints else { return min(start + character, buffer.count) }
    let checkpoint = character / Self.stride
    guard checkpoint < checkpoints.count else { return buffer.count }
    var byte = checkpoints[checkpoint]
    var rest = character % Self.stride
    while rest > 0, byte < buffer.count {
      byte += 1
      while byte < buffer.count, Self.continues(buffer[byte]) { byte += 1 }
      rest -= 1
    }
    return byte
  }

  private static func continues(_ byte: UInt8) -> Bool { byte & 0xc0 == 0x80 }
}
