internal import FilelogEncodings

/// What changed since a whole payload was stored, the base, or since changes of before were set aside
/// (``Steps``). Cumulative: base, steps and difference together are the state, and of differences only
/// the last one counts.
///
/// docs/layouts.md describes the bytes.
struct Difference: Hashable {
  /// Which base it belongs to: one that says the same and was written at another time is another one.
  struct Base: Hashable {
    /// Another with every base of a node's map.
    let number: Int
    /// The first half of the payload's SHA-256.
    let digest: [UInt8]

    static let digestSize = 16

    init(number: Int, digest: [UInt8]) {
      self.number = number
      self.digest = digest
    }

    init(number: Int, payload: [UInt8]) {
      self.init(number: number, digest: Array(SHA256.hash(payload).prefix(Self.digestSize)))
    }
  }

  /// JSON readers that know numbers as floating point tell integers apart up to here.
  static let largestNumber = 1 << 53 - 1

  /// The most bytes that one difference takes in a map; beyond it a new base is written.
  static let mostBytes = 256 << 10
  /// To how many bytes each of its two parts may expand.
  static let mostExpanded = 1 << 20
  /// What a payload, its content and another payload or content may take together, so that a container
  /// of 32 MiB holds them.
  static let mostMemory = 14 << 20

  var base: Base
  /// A new base is about to be written over the one that is named: a sidecar that finds this and did
  /// not write it must write a base, or what it stores could be made void unnoticed.
  var isBaseUnderWay = false
  /// The steps from the base to where the changes begin; nil: they begin at the base.
  var steps: Steps.Reference?
  /// Empty: the state is what they would begin with. They begin with the version of their form, which in
  /// the map stands at its beginning alone.
  var changes: [UInt8] = []
  /// Of the form that it has in the map.
  private(set) var version = Self.version

  private enum Flag {
    static let baseUnderWay: UInt8 = 1
    static let changes: UInt8 = 2
    static let steps: UInt8 = 4
  }

  static let version: UInt8 = 2
  /// Of earlier versions of this program.
  static let formerVersion: UInt8 = 1

  var bytes: [UInt8] {
    var out = [version]
    Varint.append(UInt64(base.number), to: &out)
    out += base.digest
    out.append(
      (isBaseUnderWay ? Flag.baseUnderWay : 0) | (changes.isEmpty ? 0 : Flag.changes)
        | (steps == nil ? 0 : Flag.steps))
    if let steps {
      Varint.append(UInt64(steps.bytes), to: &out)
      out += steps.digest
    }
    return out + changes.dropFirst()
  }

  /// Reads which base a difference belongs to; its changes are read when they are applied.
  init(parsing bytes: [UInt8]) throws(DifferenceError) {
    var cursor = DifferenceCursor(bytes[...])
    version = try cursor.byte()
    guard (Self.formerVersion...Self.version).contains(version) else {
      throw DifferenceError(
        .format, "it has another version than \(Self.formerVersion) to \(Self.version)")
    }
    let number = try cursor.number(atMost: Self.largestNumber)
    base = Base(number: number, digest: Array(try cursor.bytes(Base.digestSize)))
    let flags = try cursor.byte()
    guard flags < 8 else { throw DifferenceError(.format, "it has unknown flags") }
    isBaseUnderWay = flags & Flag.baseUnderWay != 0
    if flags & Flag.steps != 0 {
      let bytes = try cursor.number(atMost: Steps.mostBytes)
      steps = Steps.Reference(bytes: bytes, digest: Array(try cursor.bytes(Base.digestSize)))
    }
    if !cursor.rest.isEmpty { changes = [version] + cursor.rest }
    guard changes.isEmpty == (flags & Flag.changes == 0) else {
      throw DifferenceError(.format, "its flags do not fit its length")
    }
  }

  init(
    base: Base, isBaseUnderWay: Bool = false, steps: Steps.Reference? = nil, changes: [UInt8] = []
  ) {
    self.base = base
    self.isBaseUnderWay = isBaseUnderWay
    self.steps = steps
    self.changes = changes
  }
}

/// A difference that cannot be applied to its base.
typealias DifferenceError = DamageError<DifferenceDamage>

/// What is wrong with a difference.
enum DifferenceDamage: String, DamageCode {
  /// It is not one that a sidecar writes.
  case format
  /// It expands to more than the limits allow.
  case tooLarge
  /// It does not fit the base that it names.
  case base
  /// The steps that it refers to are not there.
  case steps
  /// Applied, it gives another state than it tells.
  case digest

  static let subject = "damaged difference"
}

/// Reads bytes that any client may have written, from the first to the last.
struct DifferenceCursor {
  private(set) var rest: ArraySlice<UInt8>

  init(_ bytes: ArraySlice<UInt8>) { rest = bytes }

  mutating func byte() throws(DifferenceError) -> UInt8 {
    guard let byte = rest.popFirst() else { throw DifferenceError(.format, "it is cut off") }
    return byte
  }

  mutating func bytes(_ count: Int) throws(DifferenceError) -> ArraySlice<UInt8> {
    guard count <= rest.count else { throw DifferenceError(.format, "it is cut off") }
    defer { rest = rest.dropFirst(count) }
    return rest.prefix(count)
  }

  mutating func number() throws(DifferenceError) -> UInt64 {
    guard let (number, next) = Varint.read(rest, at: rest.startIndex, to: rest.endIndex) else {
      throw DifferenceError(.format, "it holds a number that is cut off or too long")
    }
    rest = rest[next...]
    return number
  }

  mutating func number(atMost limit: Int) throws(DifferenceError) -> Int {
    let number = try number()
    guard number <= UInt64(limit) else {
      throw DifferenceError(.format, "it holds a number that is out of bounds")
    }
    return Int(number)
  }

  /// Ascending numbers below a limit.
  mutating func list(below limit: Int) throws(DifferenceError) -> [Int] {
    let count = try number(atMost: limit)
    // Each takes a byte at least.
    guard count <= rest.count else { throw DifferenceError(.format, "it is cut off") }
    var list: [Int] = []
    list.reserveCapacity(count)
    var next = 0
    for _ in 0..<count {
      let gap = try number(atMost: limit)
      guard gap < limit - next else {
        throw DifferenceError(.format, "it names an item that is out of bounds")
      }
      list.append(next + gap)
      next += gap + 1
    }
    return list
  }

  /// A deflated section.
  mutating func section(dictionary: [UInt8] = []) throws(DifferenceError) -> [UInt8] {
    let expanded = try number()
    guard expanded <= UInt64(Difference.mostExpanded) else {
      throw DifferenceError(.tooLarge, "it expands to more than \(Difference.mostExpanded) bytes")
    }
    let compressed = try bytes(try number(atMost: Difference.mostBytes))
    guard
      let bytes = Deflate.expand(compressed, count: Int(expanded), dictionary: dictionary)
    else { throw DifferenceError(.format, "it cannot be expanded") }
    return bytes
  }
}
