/// How far apart stores are: as wished for while the API server keeps up, further apart when it does not.
///
/// The rate is halved with every sign of trouble and comes back by small equal steps, so that nodes that
/// know nothing of each other end up with equal shares of what the server bears, and do not all come back
/// at once.
struct StorePace {
  /// A store takes some 5 ms where nothing is short of anything.
  static let slow = Duration.seconds(1)
  /// Whatever the server does, offsets are not older than this.
  static let longest = Duration.seconds(120)
  /// By how much of the wished-for rate a good store speeds up.
  private static let step = 1.0 / 16

  let wished: Duration
  private var rate = 1.0

  init(wished: Duration) { self.wished = wished }

  /// Between two stores.
  var interval: Duration { min(wished * (1 / rate), max(wished, Self.longest)) }

  /// Whether the server does not bear what was wished for.
  var isHeldBack: Bool { rate < 1 }

  mutating func stored(took: Duration) {
    if took >= Self.slow { slowDown() } else { rate = min(1, rate + Self.step) }
  }

  /// The server gave no answer, or asked for patience.
  mutating func refused() { slowDown() }

  private mutating func slowDown() {
    rate = max(rate / 2, min(1, wished / Self.longest))
  }
}
