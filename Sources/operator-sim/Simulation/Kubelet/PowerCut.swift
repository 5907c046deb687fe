internal import FilelogSystemCalls

/// What a power cut leaves of a database whose writer does not sync.
enum PowerCut {
  private static let page = 4096

  /// Every other page, drawn by chance, is as it was; the two meta pages are as they are.
  static func torn(
    _ bytes: [UInt8], earlier: [UInt8], random: inout SeededRandom
  ) -> [UInt8] {
    var torn = bytes
    for place in stride(from: 2 * page, to: min(bytes.count, earlier.count) - page + 1, by: page)
    where Bool.random(using: &random) {
      torn.replaceSubrange(place..<(place + page), with: earlier[place..<(place + page)])
    }
    return torn
  }
}
