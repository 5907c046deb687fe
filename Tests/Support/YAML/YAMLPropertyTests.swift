import FilelogJSON
import FilelogSystemCalls
import FilelogYAML
import Testing

/// What holds for any tree and any bytes, tried on random ones that are the same in every run.
@Suite struct YAMLPropertyTests {
  @Test(arguments: UInt64(1)...200)
  func anyTreeReadsBackAsItself(_ seed: UInt64) throws {
    var random = RandomYAML(seed: seed)
    let tree: JSONValue = ["root": random.tree(depth: 4)]
    let text = YAML.emit(tree)
    #expect(try YAML.parse(text, file: "f").map(\.value) == [tree], "\(text)")
    #expect(YAML.emit(tree) == text)
  }

  @Test(arguments: UInt64(1)...500)
  func damagedBytesAreRefusedOrReadButNeverTrap(_ seed: UInt64) {
    var random = RandomYAML(seed: seed)
    let bytes = random.damage(Array(YAML.emit(["root": random.tree(depth: 3)]).utf8))
    do {
      for node in try YAML.parse(bytes, file: "f") { _ = YAML.emit(node.value) }
    } catch {
      #expect(error.line >= 1 && error.column >= 1 && !error.message.isEmpty)
    }
  }
}

/// Trees and damage drawn from a seed.
private struct RandomYAML: RandomNumberGenerator {
  private var random: SeededRandom

  init(seed: UInt64) { random = SeededRandom(seed: seed) }

  mutating func next() -> UInt64 { random.next() }

  mutating func tree(depth: Int) -> JSONValue {
    switch Int.random(in: 0...(depth > 0 ? 9 : 6), using: &self) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &self))
    case 2: return .integer(Int(truncatingIfNeeded: next()))
    case 3: return .number(Double.random(in: -1e9...1e9, using: &self))
    case 4...6: return .string(text())
    case 7:
      return .array((0..<count()).map { _ in tree(depth: depth - 1) })
    default:
      var members: [String: JSONValue] = [:]
      for _ in 0..<count() { members[text()] = tree(depth: depth - 1) }
      return .object(members)
    }
  }

  mutating func damage(_ bytes: [UInt8]) -> [UInt8] {
    var damaged = bytes
    for _ in 0..<Int.random(in: 1...8, using: &self) where !damaged.isEmpty {
      let index = Int.random(in: damaged.indices, using: &self)
      switch Int.random(in: 0...3, using: &self) {
      case 0: damaged[index] = UInt8(truncatingIfNeeded: next())
      case 1: damaged.remove(at: index)
      case 2:
        damaged.insert(Self.marks[Int.random(in: Self.marks.indices, using: &self)], at: index)
      default: damaged.removeSubrange(index...)
      }
    }
    return damaged
  }

  private mutating func count() -> Int { Int.random(in: 0...4, using: &self) }

  private mutating func text() -> String {
    (0..<Int.random(in: 0...8, using: &self)).map { _ in
      Self.pieces[Int.random(in: Self.pieces.indices, using: &self)]
    }.joined()
  }

  private static let marks = Array("{}[]:-&*!|>'\"#%@`,?~<= \t\n".utf8)

  private static let pieces = [
    "a", "Z", "0", "9", " ", "\t", "\n", ":", "-", "#", "'", "\"", "{", "}", "[", "]", "$", "%",
    "&",
    "*", "!", "|", ">", "@", "`", ",", "?", ".", "\\", "/", "=", "~", "<", "+", "_", "yes", "null",
    "1e3", "0x1f", "<<", "---", ": ", " #", "é", "日", "😀", "\u{2028}", "\u{85}", "\u{feff}",
    "\u{1}",
  ]
}
