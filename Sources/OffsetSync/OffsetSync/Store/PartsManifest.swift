internal import FilelogContract
internal import FilelogEncodings
internal import FilelogJSON
internal import FilelogKubernetesAPI

/// Which part maps make up a node's payload. It lies in the node's map beside the key that holds a
/// smaller payload, and one patch of that map changes both: that makes a set of parts atomic.
struct PartsManifest: Hashable {
  /// The key in the node's map: no node's name begins with an underscore.
  static let key = Contract.NodeMap.partsKey
  /// Of part maps: the set that is stored and the one that replaces it.
  static let numbers = 0..<Contract.NodeMap.partNumbers
  /// Of the part map with ``Steps``: the last one, which only payloads need that are too large for
  /// differences.
  static let stepsNumber = Contract.NodeMap.partNumbers - 1
  /// The most parts of one payload, which ``PayloadLimits`` keep below that.
  static let mostParts = Contract.NodeMap.partNumbers / 2
  /// The longest text that is read, in bytes; sixteen parts take 3 kB.
  static let longestText = 16 << 10

  struct Part: Hashable {
    var number: Int
    var bytes: Int
    /// Of the part, in hexadecimal.
    var sha256: String
    /// The part map's version when the part was written.
    var resourceVersion: String

    /// The part as it was read, if it is the one.
    func check(_ found: [UInt8]?) throws(PartsError) -> [UInt8] {
      guard let found else { throw PartsError(.missing, "part \(number) is missing") }
      guard found.count == bytes else {
        throw PartsError(.size, "part \(number) has \(found.count) bytes, not \(bytes)")
      }
      guard found.sha256 == sha256 else {
        throw PartsError(.digest, "part \(number) is not the one that the list names")
      }
      return found
    }
  }

  /// Another with every claim, so that a claim never looks like the one that it replaces: the API
  /// server takes a patch that changes nothing as no write, and would leave the version as it is.
  var round = 0
  /// The highest one.
  static let largestRound = Difference.largestNumber
  /// The round after this one.
  var nextRound: Int { round < Self.largestRound ? round + 1 : 0 }

  /// In the order in which they are put together; none: the payload lies in the node's map.
  var parts: [Part] = []
  /// Part maps that belong to no set: emptied, or to be emptied or filled. Sorted.
  var spares: [Int] = []

  /// What the payload is called by differences to it; nil where there are none. A list that has it is
  /// of another version than 1, which earlier versions of this program refuse: what they would find is
  /// not the whole truth.
  var base: Difference.Base?
  /// Of a list with a base. Earlier ones are of sidecars that know no steps (2), or differences in their
  /// former form alone (3).
  var version = Self.version

  static let version = 4

  /// Bytes of the payload.
  var bytes: Int { parts.reduce(0) { $0 + $1.bytes } }

  var text: String {
    var json: JSONValue = [
      "version": .integer(base == nil ? 1 : version),
      "round": .integer(round),
      "parts": .array(
        parts.map {
          [
            "number": .integer($0.number), "bytes": .integer($0.bytes),
            "sha256": .string($0.sha256), "resourceVersion": .string($0.resourceVersion),
          ]
        }),
      "spares": .array(spares.map { .integer($0) }),
    ]
    if let base {
      json["base"] = [
        "number": .integer(base.number), "sha256": .string(base.digest.hexadecimal),
      ]
    }
    return JSONWriter.compact.string(json)
  }
}

/// A payload in parts that cannot be put together.
typealias PartsError = DamageError<PartsDamage>

/// What is wrong with a payload in parts.
enum PartsDamage: String, DamageCode {
  /// The list of parts is not one that a sidecar writes.
  case manifest
  case missing
  case size
  case digest

  static let subject = "damaged parts"
}

extension PartsManifest {
  /// Reads what stands in a node's map, which any client may have written there.
  init(parsing text: String) throws(PartsError) {
    guard text.utf8.count <= Self.longestText else {
      throw PartsError(.manifest, "the list has \(text.utf8.count) bytes")
    }
    guard let members = (try? JSONValue(parsing: text))?.object else {
      throw PartsError(.manifest, "the list is not a JSON object")
    }
    let version = members["version"]?.integer
    let names: Set = ["version", "round", "parts", "spares"]
    let hasBase = (2...Self.version).contains(version ?? 0)
    try Self.check(members, has: hasBase ? names.union(["base"]) : names)
    guard let version, (1...Self.version).contains(version) else {
      throw PartsError(.manifest, "the list has another version than 1 to \(Self.version)")
    }
    if hasBase {
      base = try Self.base(members["base"] ?? .null)
      self.version = version
    }
    guard let round = members["round"]?.integer, (0...Self.largestRound).contains(round),
      let parts = members["parts"]?.array, parts.count <= Self.mostParts,
      let spares = members["spares"]?.array, spares.count <= Self.numbers.count
    else { throw PartsError(.manifest, "a number or a count is out of bounds") }
    self.round = round
    for part in parts { self.parts.append(try Self.part(part)) }
    for spare in spares { self.spares.append(try Self.number(spare)) }
    let numbers = self.parts.map(\.number) + self.spares
    guard Set(numbers).count == numbers.count else {
      throw PartsError(.manifest, "a part is named twice")
    }
  }

  private static func part(_ value: JSONValue) throws(PartsError) -> Part {
    guard let members = value.object else {
      throw PartsError(.manifest, "a part is not a JSON object")
    }
    try check(members, has: ["number", "bytes", "sha256", "resourceVersion"])
    guard let bytes = members["bytes"]?.integer, (1...ConfigMapUsage.limit).contains(bytes) else {
      throw PartsError(.manifest, "a part's size is out of bounds")
    }
    guard let sha256 = members["sha256"]?.string, sha256.utf8.count == 64,
      sha256.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
    else { throw PartsError(.manifest, "a part's digest is not a SHA-256 in hexadecimal") }
    guard let version = members["resourceVersion"]?.string, (1...64).contains(version.utf8.count),
      version.utf8.allSatisfy({ (0x21..<0x7f).contains($0) })
    else { throw PartsError(.manifest, "a part's version is not a resourceVersion") }
    return Part(
      number: try number(members["number"] ?? .null), bytes: bytes, sha256: sha256,
      resourceVersion: version)
  }

  private static func base(_ value: JSONValue) throws(PartsError) -> Difference.Base {
    guard let members = value.object else {
      throw PartsError(.manifest, "the base is not a JSON object")
    }
    try check(members, has: ["number", "sha256"])
    guard let number = members["number"]?.integer, (0...largestRound).contains(number),
      let digest = members["sha256"]?.string.flatMap(Self.digest)
    else { throw PartsError(.manifest, "the base's number or digest is out of bounds") }
    return Difference.Base(number: number, digest: digest)
  }

  private static func digest(_ text: String) -> [UInt8]? {
    let digits = Array(text.utf8)
    guard digits.count == 2 * Difference.Base.digestSize else { return nil }
    var bytes: [UInt8] = []
    for index in stride(from: 0, to: digits.count, by: 2) {
      guard let byte = UInt8(String(decoding: digits[index...index + 1], as: UTF8.self), radix: 16)
      else { return nil }
      bytes.append(byte)
    }
    return bytes.hexadecimal == text ? bytes : nil
  }

  private static func number(_ value: JSONValue) throws(PartsError) -> Int {
    guard let number = value.integer, numbers.contains(number) else {
      throw PartsError(.manifest, "a part's number is out of bounds")
    }
    return number
  }

  private static func check(
    _ members: [String: JSONValue], has names: Set<String>
  ) throws(PartsError) {
    guard Set(members.keys) == names else {
      throw PartsError(.manifest, "the list has other members than it should")
    }
  }
}
