internal import FilelogSystemCalls

extension SeededRandom {
  /// Lower-case letters and digits, as Kubernetes appends them to names.
  mutating func word(_ length: Int) -> String {
    let letters = Array("bcdfghjklmnpqrstvwxz2456789")
    return String((0..<length).map { _ in letters[Int.random(in: letters.indices, using: &self)] })
  }

  mutating func uuid() -> String {
    let hex = (0..<32).map { _ in String(Int.random(in: 0..<16, using: &self), radix: 16) }
    let groups = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32]
    return groups.map { hex[$0].joined() }.joined(separator: "-")
  }
}
