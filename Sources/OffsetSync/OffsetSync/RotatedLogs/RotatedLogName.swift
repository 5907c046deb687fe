internal import FilelogText

/// The name of a log file after its rotation.
///
/// The kubelet renames `0.log` to `0.log.20261128-101500` and later packs it as
/// `0.log.20261128-101500.gz`, writing `….tmp` meanwhile (`pkg/kubelet/logs` in Kubernetes). The number
/// counts the container's restarts. Other rotators append a number or a date of their own.
struct RotatedLogName: Hashable {
  /// How often the container had been restarted.
  let restart: Int
  /// The name without `.gz`: the same before and after packing.
  let plainName: String
  /// The time in a name of the kubelet's, `2026-11-28T10:15:00`, in the time zone of the node.
  let localTime: String?

  /// Nil for a name that the receiver's own pattern `*.log` takes, for files that are being written
  /// (`.tmp`), and for everything else that is not a rotated log's.
  init?(_ name: String) {
    let bytes = Array(name.utf8)
    let digits = bytes.prefix { (0x30...0x39).contains($0) }
    let rest = bytes.dropFirst(digits.count)
    guard (1...9).contains(digits.count), rest.starts(with: ".log".utf8), name.utf8.count <= 255,
      let restart = Int(String(decoding: digits, as: UTF8.self))
    else { return nil }
    let suffix = rest.dropFirst(4)
    guard suffix.count > 1, suffix.first == UInt8(ascii: ".") || suffix.first == UInt8(ascii: "-"),
      suffix.allSatisfy(Self.isHarmless), !name.hasSuffix(".tmp"), !name.hasSuffix(".log")
    else { return nil }
    self.restart = restart
    plainName = name.hasSuffix(".gz") ? String(name.dropLast(3)) : name
    localTime = Self.localTime(Array(plainName.utf8).dropFirst(digits.count + 5))
  }

  /// Nothing that a log, a pattern or a shell would trip over.
  static func isHarmless(_ byte: UInt8) -> Bool {
    switch byte {
    case 0x30...0x39, 0x41...0x5a, 0x61...0x7a: true
    case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "+"),
      UInt8(ascii: ":"):
      true
    default: false
    }
  }

  private static func localTime(_ text: ArraySlice<UInt8>) -> String? {
    let text = Array(text)
    guard text.count == 15, text[8] == UInt8(ascii: "-") else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
    return "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))"
      + "T\(part(9..<11)):\(part(11..<13)):\(part(13..<15))"
  }
}

/// Whose logs lie in a directory, by the names that the container parser of the collector reads from
/// a path: `<namespace>_<pod>_<uid>/<container>`.
struct ContainerPlace: Hashable {
  let pod: String
  let container: String

  /// Nil where the parser would not recognize the path.
  init?(pod: String, container: String) {
    guard Self.isPod(pod), Self.isContainer(container) else { return nil }
    self.pod = pod
    self.container = container
  }

  static func isPod(_ name: String) -> Bool {
    let parts = name.utf8.split(separator: UInt8(ascii: "_"), omittingEmptySubsequences: false)
    guard parts.count == 3, name.utf8.count <= 255, !parts.contains(where: \.isEmpty),
      parts[..<2].allSatisfy({ $0.allSatisfy(RotatedLogName.isHarmless) })
    else { return false }
    return parts[2].allSatisfy {
      (0x30...0x39).contains($0) || (0x61...0x66).contains($0) || $0 == UInt8(ascii: "-")
    }
  }

  private static func isContainer(_ name: String) -> Bool {
    let excluded = Array("._+:".utf8)
    return (1...253).contains(name.utf8.count)
      && name.utf8.allSatisfy { RotatedLogName.isHarmless($0) && !excluded.contains($0) }
  }
}
