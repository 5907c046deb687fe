/// SplitMix64: the same seed gives the same simulation.
struct SeededRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
    return mixed ^ (mixed >> 31)
  }

  /// A generator of its own for one part of the simulation, so that parts do not disturb each other.
  mutating func branch() -> SeededRandom { SeededRandom(seed: next()) }

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
